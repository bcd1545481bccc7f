"""Read the standard tags with exifread, from a small block that was checked tag by tag before.

exifread raises half a dozen kinds of exception on damaged files, and on a few it never ends; all of them come from
counts, offsets and nested directories that it takes at their word. So it is given a new block with just the tags that
the catalog wants, each of its proper type, short, and lying inside the file.
"""

from __future__ import annotations

import io
import logging
import math
import struct
from collections.abc import Mapping
from fractions import Fraction

import exifread

from catalog.metadata.tiff import Directory, Entry

_TEXT, _WHOLE, _RATIO = (2, 7), (3, 4), (5, 10)
_MAIN_TAGS: Mapping[int, tuple[int, ...]] = {
    0x010F: _TEXT,  # Make
    0x0110: _TEXT,  # Model
    0x0112: _WHOLE,  # Orientation
    0x0131: _TEXT,  # Software
    0x9003: _TEXT,  # DateTimeOriginal, which some cameras put here
}
_EXIF_TAGS: Mapping[int, tuple[int, ...]] = {
    0x829A: _RATIO,  # ExposureTime
    0x829D: _RATIO,  # FNumber
    0x8827: _WHOLE,  # PhotographicSensitivity
    0x8832: _WHOLE,  # RecommendedExposureIndex
    0x8833: _WHOLE,  # ISOSpeed
    0x9003: _TEXT,  # DateTimeOriginal
    0x9004: _TEXT,  # DateTimeDigitized
    0x9011: _TEXT,  # OffsetTimeOriginal
    0x9012: _TEXT,  # OffsetTimeDigitized
    0x9204: _RATIO,  # ExposureBiasValue
    0x9206: _RATIO,  # SubjectDistance
    0x920A: _RATIO,  # FocalLength
    0x9291: _TEXT,  # SubSecTimeOriginal
    0x9292: _TEXT,  # SubSecTimeDigitized
    0xA002: _WHOLE,  # PixelXDimension
    0xA003: _WHOLE,  # PixelYDimension
    0xA431: _TEXT,  # BodySerialNumber
    0xA432: _RATIO,  # LensSpecification
    0xA434: _TEXT,  # LensModel
    0xA435: _TEXT,  # LensSerialNumber
    0xA460: _WHOLE,  # CompositeImage
}
_LONGEST = 256
_EXIF_POINTER = 0x8769
# What it has been seen to raise on files whose counts and offsets were sound.
_LEAKED = (
    *(ArithmeticError, AssertionError, EOFError, LookupError, NotImplementedError, TypeError, ValueError),
    struct.error,
)

logging.getLogger("exifread").addHandler(logging.NullHandler())

Value = list[float] | str


class StandardTags:
    """The values of the standard tags, of the main directory and of the Exif one."""

    def __init__(self, values: Mapping[tuple[bool, int], Value]) -> None:
        self._values = values

    def text(self, tag: int, *, main: bool = False) -> str | None:
        """Give a string without the blanks around it; None where it is absent or empty."""
        value = self._values.get((not main, tag))
        return value.strip() or None if isinstance(value, str) else None

    def numbers(self, tag: int) -> list[float]:
        """Give the numbers of an Exif tag; a ratio over 0 is infinite, 0 over 0 is nan."""
        value = self._values.get((True, tag))
        return value if isinstance(value, list) else []

    def number(self, tag: int) -> float | None:
        """Give the first number of an Exif tag where it is finite."""
        found = self.numbers(tag)
        return float(found[0]) if found and math.isfinite(found[0]) else None

    def positive(self, tag: int) -> float | None:
        """Give the first number of an Exif tag where it is more than nothing; cameras write 0 for unknown."""
        found = self.number(tag)
        return found if found is not None and found > 0 else None

    def whole(self, tag: int, *, main: bool = False) -> int | None:
        """Give the first number of a tag as an integer."""
        value = self._values.get((not main, tag))
        return int(value[0]) if isinstance(value, list) and value and math.isfinite(value[0]) else None


def _kept(directory: Directory | None, wanted: Mapping[int, tuple[int, ...]]) -> list[tuple[int, Entry, bytes]]:
    if directory is None:
        return []
    kept = []
    for tag in sorted(wanted.keys() & directory.entries.keys()):
        entry = directory.entries[tag]
        if entry.kind in wanted[tag] and 0 < entry.size <= _LONGEST:
            # Text that a camera mistyped as bytes is handed on as text.
            kind = 2 if entry.kind == 7 else entry.kind
            kept.append((tag, entry._replace(kind=kind), directory.raw(tag)))
    return kept


def _pack(order: str, entries: list[tuple[int, Entry, bytes]], offset: int) -> bytes:
    tail = offset + 2 + 12 * len(entries) + 4
    rows = [struct.pack(order + "H", len(entries))]
    values = bytearray()
    for tag, entry, raw in entries:
        row = struct.pack(order + "HHI", tag, entry.kind, entry.values)
        if len(raw) <= 4:
            rows.append(row + raw.ljust(4, b"\0"))
        else:
            rows.append(row + struct.pack(order + "I", tail + len(values)))
            values += raw
    return b"".join((*rows, b"\0\0\0\0", values))


def _safe_block(main: Directory | None, exif: Directory | None) -> bytes:
    order = main.block.order if main else exif.block.order if exif else "<"
    first = _kept(main, _MAIN_TAGS)
    second = _kept(exif, _EXIF_TAGS) if exif and exif.block.order == order else []
    length = len(_pack(order, first, 8)) + 12
    pointer = (_EXIF_POINTER, Entry(4, 1, 0, 4), struct.pack(order + "I", 8 + length))
    head = b"II*\0\x08\0\0\0" if order == "<" else b"MM\0*\0\0\0\x08"
    return head + _pack(order, [*first, pointer], 8) + _pack(order, second, 8 + length)


def _plain(values: object) -> Value:
    """Give exifread's values in plain types; text that is no UTF-8 reaches us as bytes."""
    if isinstance(values, str):
        return values
    if isinstance(values, bytes):
        return values.decode("latin-1")
    return [_number(value) for value in values] if isinstance(values, list) else []


def _number(value: Fraction | int) -> float:
    if value.denominator:
        return value.numerator / value.denominator if value.denominator != 1 else value.numerator
    return math.inf if value.numerator else math.nan


def read_tags(main: Directory | None, exif: Directory | None) -> StandardTags:
    """Read the wanted tags of the two directories; what exifread cannot make sense of is left out."""
    block = io.BytesIO(_safe_block(main, exif))
    try:
        found = exifread.process_file(block, details=False, extract_thumbnail=False)
    except _LEAKED:
        return StandardTags({})
    return StandardTags({(name.startswith("EXIF"), tag.tag): _plain(tag.values) for name, tag in found.items()})
