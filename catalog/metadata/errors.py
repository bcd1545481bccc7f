"""What can go wrong while reading a header.

MetadataError       one file cannot be read (the only error that leaves this package)
BrokenHeaderError   a structure inside it contradicts itself
  UnknownKindError  its first bytes are those of no picture that is known
"""

from __future__ import annotations

from pathlib import Path


class MetadataError(Exception):
    """A file's header cannot be read; says which file, and what is wrong with it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class BrokenHeaderError(ValueError):
    """A structure inside a file contradicts itself; the reader names the file when it passes this on."""


class UnknownKindError(BrokenHeaderError):
    """The first bytes of a file are those of no container that is known."""
