"""TIFF directories, the form that Exif, TIFF and DNG share: read entries out of a block, lay directories out in one.

TIFF 6.0 (1992) §2; BigTIFF as libtiff defines it. Values are kept as little-endian bytes, so that a tag is carried
from one file to another exactly as it was written, whatever its type.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SRATIONAL, LONG8 = 1, 2, 3, 4, 5, 7, 10, 16
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_WORDS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 1, 7: 1, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_MOST_ENTRIES = 2000
_LONGEST_VALUE = 64 << 10


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag: its TIFF type (`kind`), how many values, and their little-endian bytes."""

    tag: int
    kind: int
    count: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Directory:
    """Entries, and the directories that a tag points to."""

    entries: Mapping[int, Entry] = field(default_factory=dict)
    subs: Mapping[int, Sequence[Directory]] = field(default_factory=dict)

    def with_entries(self, *entries: Entry) -> Directory:
        """Return the directory with these entries put in, in the place of others of their tags."""
        return Directory({**self.entries, **{entry.tag: entry for entry in entries}}, self.subs)


def text(tag: int, value: str) -> Entry:
    """Make a text entry; what is not ASCII goes as UTF-8, as most programs read it."""
    data = value.replace("\0", " ").encode(errors="replace") + b"\0"
    return Entry(tag, ASCII, len(data), data)


def raw_bytes(tag: int, data: bytes, kind: int = UNDEFINED) -> Entry:
    """Make an entry of plain bytes."""
    return Entry(tag, kind, len(data), data)


def shorts(tag: int, *values: int) -> Entry:
    """Make an entry of 16-bit numbers."""
    return Entry(tag, SHORT, len(values), struct.pack(f"<{len(values)}H", *values))


def longs(tag: int, values: Sequence[int], kind: int = LONG) -> Entry:
    """Make an entry of 32-bit numbers, or of 64-bit ones with `kind` LONG8."""
    code = "Q" if kind == LONG8 else "I"
    return Entry(tag, kind, len(values), struct.pack(f"<{len(values)}{code}", *values))


def rationals(tag: int, values: Iterable[tuple[int, int]], kind: int = RATIONAL) -> Entry:
    """Make an entry of fractions, signed with `kind` SRATIONAL."""
    flat = [number for pair in values for number in pair]
    return Entry(tag, kind, len(flat) // 2, struct.pack(f"<{len(flat)}{'i' if kind == SRATIONAL else 'I'}", *flat))


def read_directory(block: bytes, at: int, order: str) -> tuple[dict[int, Entry], int]:
    """Return the entries of the classic directory at `at`, and where the next one lies (0: there is none).

    `order` is '<' or '>'. Entries that point outside of the block, or are longer than 64 KiB, are passed over.
    """
    if not 0 < at <= len(block) - 2:
        return {}, 0
    count = min(struct.unpack_from(f"{order}H", block, at)[0], _MOST_ENTRIES)
    found: dict[int, Entry] = {}
    for index in range(count):
        place = at + 2 + 12 * index
        if place + 12 > len(block):
            return found, 0
        tag, kind, number = struct.unpack_from(f"{order}HHI", block, place)
        length = _SIZES.get(kind, 0) * number
        start = place + 8 if length <= 4 else struct.unpack_from(f"{order}I", block, place + 8)[0]
        if 0 < length <= _LONGEST_VALUE and start + length <= len(block):
            data = _little(bytes(block[start : start + length]), kind, order)
            found.setdefault(tag, Entry(tag, kind, number, data))
    end = at + 2 + 12 * count
    following = struct.unpack_from(f"{order}I", block, end)[0] if end + 4 <= len(block) else 0
    return found, following


def _little(data: bytes, kind: int, order: str) -> bytes:
    word = _WORDS[kind]
    if order == "<" or word == 1:
        return data
    return b"".join(data[at : at + word][::-1] for at in range(0, len(data), word))


def first_number(entry: Entry | None) -> int:
    """Return an entry's first whole number, 0 where there is none."""
    if entry is None or entry.kind not in (BYTE, SHORT, LONG, 13, UNDEFINED):
        return 0
    return int.from_bytes(entry.data[: _WORDS[entry.kind]], "little")


def header(*, big: bool = False) -> bytes:
    """Return a little-endian file header whose first directory follows at once."""
    return struct.pack("<2sHHHQ", b"II", 43, 8, 0, 16) if big else struct.pack("<2sHI", b"II", 42, 8)


def lay_out(directory: Directory, at: int, *, big: bool = False, following: int = 0) -> bytes:
    """Return the bytes of a directory that begins at offset `at`, with its values and sub-directories after it.

    `following` is where the file's next directory lies.
    """
    number, count_code, slot = ("Q", "Q", 8) if big else ("I", "H", 4)
    tags = sorted({*directory.entries, *directory.subs})
    table_size = struct.calcsize(f"<{count_code}") + (20 if big else 12) * len(tags) + slot
    table, body = struct.pack(f"<{count_code}", len(tags)), b""
    for tag in tags:
        if tag in directory.subs:
            places = []
            for sub in directory.subs[tag]:
                places.append(at + table_size + len(body))
                body += lay_out(sub, places[-1], big=big)
            entry = longs(tag, places, LONG8 if big else LONG)
        else:
            entry = directory.entries[tag]
        value = entry.data
        if len(value) > slot:
            value = struct.pack(f"<{number}", at + table_size + len(body))
            body += entry.data + b"\0" * (-len(entry.data) % 8)
        table += struct.pack(f"<HH{number}", tag, entry.kind, entry.count) + value.ljust(slot, b"\0")
    return table + struct.pack(f"<{number}", following) + body
