"""Open the tag directory inside a maker's note."""

from __future__ import annotations

from dataclasses import replace

from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.header import MakerNote
from catalog.metadata.tiff import Directory, Order, read_directory


def head_of(note: MakerNote, size: int = 16) -> bytes:
    """Give the first bytes of a note, by which makers mark its layout."""
    return note.block.bytes_at(note.start, min(size, note.size))


def note_directory(note: MakerNote, skip: int, *, base: int | None = None, order: Order | None = None) -> Directory:
    """Read the directory `skip` bytes into the note.

    Offsets in it count from `base`, absolute, where the maker counts from the note; else as in the Exif block.
    Raises BrokenHeaderError where there is none.
    """
    block = note.block
    if base is not None or order is not None:
        block = replace(block, base=block.base if base is None else base, order=order or block.order)
    return read_directory(block, note.start + skip - block.base)


def sub_directory(parent: Directory, tag: int) -> Directory | None:
    """Read a directory that a tag points to, or holds where it is typed as plain bytes."""
    entry = parent.entries.get(tag)
    if entry is None:
        return None
    offset = entry.start - parent.block.base if entry.kind == 7 else parent.number(tag)
    try:
        return read_directory(parent.block, offset) if offset else None
    except BrokenHeaderError:
        return None


def byte_order(mark: bytes) -> Order | None:
    """Give the order that 'II' or 'MM' names."""
    if mark == b"II":
        return "<"
    return ">" if mark == b"MM" else None
