"""Open the chunked formats of the web, PNG and WebP, which scanners and programs write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from catalog.metadata.boxes import number
from catalog.metadata.file_bytes import FileBytes
from catalog.metadata.header import Header
from catalog.metadata.tiff_header import MOST_XMP, exif_header

_MOST_CHUNKS = 1000
_XMP_KEY = b"XML:com.adobe.xmp"


class Chunk(NamedTuple):
    """One chunk; `end` may lie past the file's end where the file is cut."""

    name: bytes
    start: int
    end: int


def png_chunks(data: FileBytes, end: int) -> Iterator[Chunk]:
    """Give the chunks of a PNG up to and with IEND."""
    at = 8
    for _ in range(_MOST_CHUNKS):
        if at + 8 > end:
            return
        chunk = Chunk(data[at + 4 : at + 8], at + 8, at + 8 + number(data, at, 4))
        yield chunk
        if chunk.name == b"IEND":
            return
        at = chunk.end + 4


def _webp_chunks(data: FileBytes, end: int) -> Iterator[Chunk]:
    at = 12
    for _ in range(_MOST_CHUNKS):
        if at + 8 > end:
            return
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        yield Chunk(data[at : at + 4], at + 8, at + 8 + length)
        at += 8 + length + length % 2


def _assemble(
    container: str, data: FileBytes, exif: tuple[int, int] | None, xmp: bytes, size: tuple[int, int] | None
) -> Header:
    if exif is None:
        return Header(container=container, xmp=xmp, size=size)
    return replace(exif_header(container, data, *exif), xmp=xmp, size=size)


def open_png(data: FileBytes, end: int) -> Header:
    """Open a PNG (third edition): 'eXIf' holds a TIFF block, 'iTXt' may hold XMP."""
    exif, xmp, size = None, b"", None
    for name, start, stop in png_chunks(data, end):
        if name == b"IHDR" and start + 8 <= end:
            size = (number(data, start, 4), number(data, start + 4, 4))
        elif name == b"eXIf" and stop <= end:
            exif = (start, stop)
        elif name == b"iTXt" and data[start : start + len(_XMP_KEY)] == _XMP_KEY:
            xmp = data[start + len(_XMP_KEY) : min(stop, end, start + MOST_XMP)]
    return _assemble("png", data, exif, xmp, size)


def open_webp(data: FileBytes, end: int) -> Header:
    """Open a WebP: 'EXIF' holds a TIFF block, by some writers behind the mark that JPEG uses."""
    exif, xmp, size = None, b"", None
    for name, start, stop in _webp_chunks(data, end):
        if name == b"VP8X" and start + 10 <= end:
            columns, rows = (int.from_bytes(data[start + at : start + at + 3], "little") for at in (4, 7))
            size = (columns + 1, rows + 1)
        elif name == b"EXIF" and stop <= end:
            exif = (start + (6 if data[start : start + 4] == b"Exif" else 0), stop)
        elif name == b"XMP ":
            xmp = data[start : min(stop, end, start + MOST_XMP)]
    return _assemble("webp", data, exif, xmp, size)
