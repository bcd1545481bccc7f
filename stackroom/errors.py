"""What can go wrong in a use-case.

StackroomError
├── LibraryUnusable    the library folder cannot be made, read or written
├── NotFound           a sequence, capture or preset that was asked for is not there
├── NothingToDo        the words given leave nothing to work on
├── PictureUnreadable  a picture that has to be looked at cannot be decoded
└── WatchedLibrary     a folder to be watched is the library, or lies in it
"""

from __future__ import annotations

from pathlib import Path


class StackroomError(Exception):
    """Base of the application's own errors; the message is one clear line."""


class LibraryUnusable(StackroomError):
    """The library folder cannot be used."""

    def __init__(self, library: Path, why: str) -> None:
        super().__init__(f"{library}: cannot be used as a library ({why}); choose another with --library")


class NotFound(StackroomError):
    """Something that was asked for by name or number is not in the catalog."""


class NothingToDo(StackroomError):
    """The words given leave nothing to work on."""


class PictureUnreadable(StackroomError):
    """A picture that has to be looked at cannot be decoded."""


class WatchedLibrary(StackroomError):
    """A folder to be watched is the library itself, or lies in it."""

    def __init__(self, folder: Path, library: Path) -> None:
        super().__init__(f"{folder}: lies in the library {library}; watch a folder outside it")
