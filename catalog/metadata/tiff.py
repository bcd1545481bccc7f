"""Walk the tag directories of TIFF and Exif without trusting a single count or offset in them."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.file_bytes import FileBytes

Order = Literal["<", ">"]

MOST_ENTRIES = 1024
"""No camera writes a directory of more; a larger count is damage, or meant to keep us busy."""
MOST_DIRECTORIES = 32
MOST_VALUES = 4096

# TIFF 6.0, section 2, and the IFD type of TIFF technical note 1: bytes a value, and struct's letter for it.
_WIDTH = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)
_LETTER = " BsHIIbBhiifdI"
ASCII, RATIONAL, SIGNED_RATIONAL = 2, 5, 10


class Entry(NamedTuple):
    """One tag as it stands in its directory."""

    kind: int
    values: int
    """How many."""
    start: int
    """Where the value begins, absolute in the buffer."""
    size: int
    """Bytes of the value."""


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a buffer in which offsets count from `base`."""

    data: FileBytes
    base: int
    start: int
    end: int
    order: Order

    def bytes_at(self, start: int, size: int) -> bytes:
        """Give the bytes at an absolute position, or nothing where the block has not got them all."""
        if size <= 0 or start < self.start or start + size > self.end:
            return b""
        return self.data[start : start + size]

    def numbers_at(self, start: int, letters: str) -> tuple[int, ...]:
        """Unpack integers at an absolute position, or give an empty tuple where the block ends before."""
        form = self.order + letters
        found = self.bytes_at(start, struct.calcsize(form))
        return struct.unpack(form, found) if found else ()


@dataclass(frozen=True, slots=True)
class Directory:
    """The tags of one directory; a tag whose value lies outside the block is as good as absent."""

    block: Block
    start: int
    entries: dict[int, Entry] = field(default_factory=dict)
    next: int = 0
    """Offset of the directory that follows, counted from the block's base; 0 where none does."""
    end: int = 0
    """Where its table ends by the number of tags it claims, which may be past the end of the file."""
    outside: frozenset[int] = frozenset()
    """Tags whose values lie outside the block, and were left out."""

    def raw(self, tag: int, most: int = 65536) -> bytes:
        """Give the bytes of a value, at most `most` of them."""
        entry = self.entries.get(tag)
        return self.block.bytes_at(entry.start, min(entry.size, most)) if entry else b""

    def numbers(self, tag: int, most: int = MOST_VALUES) -> tuple[int, ...]:
        """Give the integers of a tag; rationals come as numerator and denominator in turn."""
        entry = self.entries.get(tag)
        if not entry or entry.kind in (ASCII, 11, 12):
            return ()
        count = min(entry.values, most) * (2 if entry.kind in (RATIONAL, SIGNED_RATIONAL) else 1)
        return self.block.numbers_at(entry.start, f"{count}{_LETTER[entry.kind]}") if count else ()

    def number(self, tag: int) -> int | None:
        """Give the first integer of a tag."""
        found = self.numbers(tag, 1)
        return found[0] if found else None

    def ratio(self, tag: int, index: int = 0) -> float | None:
        """Give one rational as a float; None where it is absent or its denominator is 0."""
        pairs = self.numbers(tag, index + 1)[2 * index : 2 * index + 2]
        return pairs[0] / pairs[1] if len(pairs) == 2 and pairs[1] else None

    def text(self, tag: int) -> str | None:
        """Give a string up to its first NUL, without the blanks around it; None where nothing is left."""
        return clean_text(self.raw(tag, 1024))


def clean_text(raw: bytes) -> str | None:
    """Decode the text of a camera: up to the first NUL, trimmed, None where empty."""
    text = raw.split(b"\0", 1)[0].decode("utf-8", "replace").strip()
    return text or None


def open_block(data: FileBytes, start: int, end: int) -> Block:
    """Read a TIFF header's byte order; its offsets count from `start`."""
    mark = data[start : start + 2]
    if mark not in (b"II", b"MM") or end - start < 8:
        raise BrokenHeaderError("no TIFF header where one should be")
    return Block(data, start, start, min(end, len(data)), "<" if mark == b"II" else ">")


def first_offset(block: Block) -> int:
    """Give the offset of the first directory of a block that begins with a TIFF header."""
    found = block.numbers_at(block.start + 4, "I")
    return found[0] if found else 0


def read_directory(block: Block, offset: int) -> Directory:
    """Read one directory `offset` bytes after the block's base.

    Raises BrokenHeaderError where the directory lies outside the block or claims more tags than any camera writes.
    """
    start = block.base + offset
    counted = block.numbers_at(start, "H")
    if not counted:
        raise BrokenHeaderError("a tag directory lies outside the file")
    if counted[0] > MOST_ENTRIES:
        raise BrokenHeaderError(f"a tag directory claims {counted[0]} tags")
    return _read_entries(block, start, counted[0])


def _read_entries(block: Block, start: int, count: int) -> Directory:
    table = start + 2
    end = table + 12 * count
    # A directory that the file's end cuts short still gives the tags before the cut.
    count = min(count, max(0, (block.end - table) // 12))
    entries: dict[int, Entry] = {}
    outside: list[int] = []
    rows = block.data[table : table + 12 * count]
    at = table + 8
    for tag, kind, values, offset in struct.iter_unpack(block.order + "HHII", rows):
        if 0 < kind < 14 and tag not in entries:
            size = _WIDTH[kind] * values
            where = at if size <= 4 else block.base + offset
            if where >= block.start and where + size <= block.end:
                entries[tag] = Entry(kind, values, where, size)
            else:
                outside.append(tag)
        at += 12
    following = block.numbers_at(table + 12 * count, "I")
    return Directory(block, start, entries, following[0] if following else 0, end, frozenset(outside))


def read_chain(block: Block, offset: int) -> list[Directory]:
    """Read a directory and those linked after it, each once."""
    found: list[Directory] = []
    seen: set[int] = set()
    while offset and offset not in seen and len(found) < MOST_DIRECTORIES:
        seen.add(offset)
        try:
            directory = read_directory(block, offset)
        except BrokenHeaderError:
            if not found:
                raise
            break
        found.append(directory)
        offset = directory.next
    return found
