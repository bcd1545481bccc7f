"""Open Sigma's X3F: sections listed at the file's end, among them preview JPEGs, the later of which hold the Exif."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.file_bytes import FileBytes
from catalog.metadata.header import Header
from catalog.metadata.jpeg import open_jpeg

# Layout: Foveon's 'X3F file format specification', 2.1.
_MOST_SECTIONS = 64
_IMAGE_HEAD = 28
_IMAGES = (b"IMAG", b"IMA2")


def _little(data: FileBytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _sections(data: FileBytes, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Give kind, start and size of each section."""
    table = _little(data, end - 4)
    if table + 12 > end or data[table : table + 4] != b"SECd":
        raise BrokenHeaderError("the X3F's table of contents is missing or cut off")
    for row in range(min(_little(data, table + 8), _MOST_SECTIONS)):
        at = table + 12 + 12 * row
        start, size = _little(data, at), _little(data, at + 4)
        if start + size > end:
            raise BrokenHeaderError("a section of the X3F lies outside it")
        yield data[at + 8 : at + 12], start, size


def open_x3f(data: FileBytes, end: int) -> Header:
    """Open an X3F file; the size is the sensor's, the rest what a preview tells."""
    size = (_little(data, 28), _little(data, 32))
    for kind, start, length in _sections(data, end):
        first = start + _IMAGE_HEAD
        if kind in _IMAGES and data[first : first + 2] == b"\xff\xd8":
            found = open_jpeg(data, first, start + length, "x3f")
            if found.exif:
                return replace(found, size=size)
    return Header(container="x3f", size=size)


def x3f_fault(data: FileBytes, end: int) -> str | None:
    """Say why an X3F is not whole: its table stands at its end, so that a cut one has none."""
    for _ in _sections(data, end):
        pass
    return None
