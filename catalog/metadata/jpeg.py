"""Open a JPEG: its segments up to the scan, without touching a pixel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.file_bytes import FileBytes
from catalog.metadata.header import Header
from catalog.metadata.tiff_header import exif_header

_MOST_SEGMENTS = 2000
_MOST_FILL = 65_536
"""Bytes of 0xFF that may stand before markers, in all."""
_EXIF, _XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
# Start-of-frame markers: 0xC0..0xCF without DHT, JPG and DAC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class Segment(NamedTuple):
    """One marker segment; `start` and `end` bound what follows its length."""

    marker: int
    start: int
    end: int


class JpegParts(NamedTuple):
    """Where a JPEG's metadata lie."""

    exif: tuple[int, int] | None
    xmp: bytes
    size: tuple[int, int] | None


def segments(data: FileBytes, start: int, end: int) -> Iterator[Segment]:
    """Give the segments of the JPEG at `start` up to and with its first scan, or the end of what can be followed."""
    at, fill = start + 2, _MOST_FILL
    for _ in range(_MOST_SEGMENTS):
        while fill and at + 1 < end and data[at] == 0xFF and data[at + 1] == 0xFF:
            at, fill = at + 1, fill - 1
        if at + 4 > end or data[at] != 0xFF:
            return
        marker = data[at + 1]
        length = data[at + 2] << 8 | data[at + 3]
        if marker == END_OF_IMAGE or length < 2:
            return
        yield Segment(marker, at + 4, at + 2 + length)
        at += 2 + length
        if marker == START_OF_SCAN:
            return


def read_jpeg(data: FileBytes, start: int, end: int) -> JpegParts:
    """Find the Exif block, the XMP packet and the size of the JPEG that lies at `start`."""
    if data[start : start + 2] != b"\xff\xd8":
        raise BrokenHeaderError("no JPEG where one should be")
    exif, xmp, size = None, b"", None
    for marker, first, last in segments(data, start, end):
        if marker == 0xE1 and last <= end:
            if exif is None and data[first : first + 6] == _EXIF:
                exif = (first + 6, last)
            elif not xmp and data[first : first + len(_XMP)] == _XMP:
                xmp = data[first + len(_XMP) : last]
        elif marker in _FRAMES and size is None and first + 5 <= end:
            size = (data[first + 3] << 8 | data[first + 4], data[first + 1] << 8 | data[first + 2])
    return JpegParts(exif, xmp, size)


def open_jpeg(data: FileBytes, start: int, end: int, container: str) -> Header:
    """Open the JPEG at `start`: a file of its own, or the preview inside a RAW."""
    parts = read_jpeg(data, start, end)
    if parts.exif is None:
        if parts.size is None:
            raise BrokenHeaderError("the JPEG ends inside its header")
        return Header(container=container, xmp=parts.xmp, size=parts.size)
    found = exif_header(container, data, *parts.exif)
    return replace(found, xmp=parts.xmp, size=parts.size)
