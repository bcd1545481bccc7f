"""Open Fujifilm's RAF: big-endian offsets to a JPEG that holds the Exif, and to records of its own."""

from __future__ import annotations

from dataclasses import replace

from catalog.metadata.boxes import number
from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.file_bytes import FileBytes
from catalog.metadata.header import Header
from catalog.metadata.jpeg import open_jpeg

HEADER_SIZE = 108
_FULL_SIZE, _CROPPED_SIZE = 0x0100, 0x0111
_MOST_RECORDS = 256


def raf_extents(data: FileBytes) -> tuple[tuple[int, int], ...]:
    """Give (start, length) of the JPEG, of the records and of the sensor data."""
    return tuple((number(data, at, 4), number(data, at + 4, 4)) for at in (84, 92, 100))


def _size(data: FileBytes, start: int, end: int) -> tuple[int, int] | None:
    at, sizes = start + 4, dict[int, tuple[int, int]]()
    for _ in range(min(number(data, start, 4), _MOST_RECORDS)):
        if at + 8 > end:
            break
        tag, length = number(data, at, 2), number(data, at + 2, 2)
        if tag in (_FULL_SIZE, _CROPPED_SIZE) and length == 4:
            sizes[tag] = (number(data, at + 6, 2), number(data, at + 4, 2))
        at += 4 + length
    return sizes.get(_CROPPED_SIZE) or sizes.get(_FULL_SIZE)


def open_raf(data: FileBytes, end: int) -> Header:
    """Open a RAF file."""
    if end < HEADER_SIZE:
        raise BrokenHeaderError("the RAF ends inside its header")
    (jpeg, length), (records, _), _ = raf_extents(data)
    found = open_jpeg(data, jpeg, min(jpeg + length, end), "raf")
    return replace(found, size=_size(data, records, end) or found.size)
