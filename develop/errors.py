"""What can go wrong while developing.

DevelopError
├── SettingsError            a setting, preset, recipe or sidecar that cannot be used
├── DecodeError              a picture that cannot be read
│   ├── UnreadablePicture    damaged, cut short, or not what it says it is
│   └── UnsupportedPicture   a format or variant that is not read here
└── WriteError               a file that cannot be written: disk full, no permission, read-only
"""

from __future__ import annotations

import errno
from pathlib import Path


class DevelopError(Exception):
    """The base of all: one clear line."""


class SettingsError(DevelopError):
    """A setting, preset, recipe or sidecar cannot be used."""


class DecodeError(DevelopError):
    """A picture cannot be read."""


class UnreadablePicture(DecodeError):
    """A picture is damaged."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: cannot be read ({why}); copy it from the card again, or leave it out")


class UnsupportedPicture(DecodeError):
    """A picture's format is not read or written here; `remedy` says what to do about it."""

    def __init__(self, path: Path, why: str, remedy: str = "convert it to TIFF, DNG or JPEG first") -> None:
        super().__init__(f"{path}: {why}; {remedy}")


_WORDS = {
    errno.ENOSPC: "the disk is full; make room",
    errno.EDQUOT: "the disk quota is used up; make room",
    errno.EROFS: "the disk is read-only; choose another place",
    errno.EACCES: "permission denied; choose another place, or give this user the right to write there",
    errno.EPERM: "permission denied; choose another place, or give this user the right to write there",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    errno.ENOTDIR: "a part of its path is a file, not a folder; choose another place",
}


class WriteError(DevelopError):
    """A file cannot be written."""

    def __init__(self, path: Path, error: OSError) -> None:
        why = _WORDS.get(error.errno or 0, error.strerror or str(error))
        super().__init__(f"{path}: cannot be written: {why}")
        self.errno = error.errno
