"""Open Minolta's MRW: a few blocks, one of which is a TIFF with the Exif."""

from __future__ import annotations

from dataclasses import replace

from catalog.metadata.boxes import number
from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.file_bytes import FileBytes
from catalog.metadata.header import Header
from catalog.metadata.tiff_header import exif_header

_MOST_BLOCKS = 16


def open_mrw(data: FileBytes, end: int) -> Header:
    """Open an MRW file."""
    at, size, found = 8, None, None
    for _ in range(_MOST_BLOCKS):
        name, start = data[at : at + 4], at + 8
        stop = start + number(data, at + 4, 4)
        if stop > end or len(name) < 4:
            break
        if name == b"\0TTW":
            found = exif_header("mrw", data, start, stop)
        elif name == b"\0PRD" and stop - start >= 16:
            size = (number(data, start + 14, 2), number(data, start + 12, 2))
        at = stop
    if found is None:
        raise BrokenHeaderError("an MRW whose Exif is missing or cut off")
    return replace(found, size=size)


def mrw_fault(data: FileBytes, end: int) -> str | None:
    """Say why an MRW is not whole; the length of its pixel data is told by the sensor's size and depth."""
    pixels = 8 + number(data, 4, 4)
    for at in range(8, min(pixels, 256)):
        if data[at : at + 4] == b"\0PRD":
            rows, columns, depth = number(data, at + 16, 2), number(data, at + 18, 2), number(data, at + 24, 1)
            return "ends in the middle of its pixel data" if pixels + rows * columns * depth // 8 > end else None
    return "ends inside its header"
