"""What can go wrong in the daemon.

WatcherError
├── FolderMissing      the watched folder is not there, or is no folder
├── FolderUnreadable   it is there but may not be read
└── LibraryBusy        another process already works on this library
"""

from __future__ import annotations

from pathlib import Path


class WatcherError(Exception):
    """Base of all errors of the daemon; the message is one clear line."""


class FolderMissing(WatcherError):
    """The watched folder is not there, or is no folder."""

    def __init__(self, folder: Path) -> None:
        if folder.exists():
            super().__init__(f"{folder}: a file, not a folder; name the folder that it lies in")
        else:
            super().__init__(f"{folder}: no such folder; check the path, or mount the card or volume")


class FolderUnreadable(WatcherError):
    """The watched folder may not be read."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(f"{folder}: cannot be read ({why}); give this user permission to read it")


class LibraryBusy(WatcherError):
    """Another process holds the library."""

    def __init__(self, library: Path, holder: str) -> None:
        super().__init__(f"{library}: already in use by {holder}; stop it first, or use another --library")
