"""What can go wrong in a use-case.

StackroomError
├── FolderUnusable     a folder for results cannot be made or written to
├── LibraryUnusable    the library folder cannot be made, read or written
├── NameTaken          an export's name is taken, and its recipe says to stop then
├── NoRoom             a disk has too little room for what is to be exported
├── NotFound           a sequence, capture or preset that was asked for is not there
├── NothingToDo        the words given leave nothing to work on
├── PictureUnreadable  a picture that has to be looked at cannot be decoded
├── SettingsUnedited   no editor could be run on the settings file
├── WatchedLibrary     a folder to be watched is the library, or lies in it
├── WorkFailed         work in a process of its own ended with a clear error
└── WorkerCrashed      a process that worked for a command died
"""

from __future__ import annotations

from pathlib import Path


class StackroomError(Exception):
    """Base of the application's own errors; the message is one clear line."""


class LibraryUnusable(StackroomError):
    """The library folder cannot be used."""

    def __init__(self, library: Path, why: str) -> None:
        super().__init__(f"{library}: cannot be used as a library ({why}); choose another with --library")


class SettingsUnedited(StackroomError):
    """No editor could be run on the settings file."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: not edited ({why}); set EDITOR, or edit the file as any other")


class NotFound(StackroomError):
    """Something that was asked for by name or number is not in the catalog."""


def unknown_sequence(number: int) -> NotFound:
    """Return the error for a sequence that is not there."""
    return NotFound(f"sequence {number}: not in the catalog; `stackroom sequences list` shows what is")


class NothingToDo(StackroomError):
    """The words given leave nothing to work on."""


class PictureUnreadable(StackroomError):
    """A picture that has to be looked at cannot be decoded."""


class WatchedLibrary(StackroomError):
    """A folder to be watched is the library itself, or lies in it."""

    def __init__(self, folder: Path, library: Path) -> None:
        super().__init__(f"{folder}: lies in the library {library}; watch a folder outside it")


class FolderUnusable(StackroomError):
    """A folder for results cannot be made or written to."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(f"{folder}: cannot be written to ({why}); choose another folder for results")


class NameTaken(StackroomError):
    """An export's name is taken, and its recipe says to stop then."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}; nothing was written: change the recipe's name_template or collision")


class NoRoom(StackroomError):
    """A disk has too little room for what is to be exported."""

    def __init__(self, folder: Path, needed: int, free: int) -> None:
        super().__init__(
            f"{folder}: about {_size(needed)} are needed and {_size(free)} are free;"
            " make room, or choose another folder with --to"
        )


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


class WorkFailed(StackroomError):
    """Work in a process of its own failed; the message is its own clear line."""


class WorkerCrashed(StackroomError):
    """A process that worked for a command died: a decoder that crashes, or no memory."""

    def __init__(self, code: int) -> None:
        why = f"signal {-code}" if code < 0 else f"code {code}"
        super().__init__(f"the process that did the work died ({why}); make room in memory, or leave out damaged files")
