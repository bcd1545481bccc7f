"""Find the Exif block in HEIF and AVIF (ISO/IEC 23008-12) and in JPEG XL (ISO/IEC 18181-2) boxes."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from catalog.metadata.boxes import Box, boxes, find_box, number
from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.file_bytes import FileBytes
from catalog.metadata.header import Header
from catalog.metadata.tiff_header import MOST_XMP, exif_header

_MOST_ITEMS = 4096


class HeifParts(NamedTuple):
    """Where a HEIF's metadata lie; extents are (start, end)."""

    exif: tuple[int, int] | None
    xmp: tuple[int, int] | None
    size: tuple[int, int] | None


class _Reader:
    """Reads numbers one after the other; past the end it raises the one error."""

    def __init__(self, data: FileBytes, box: Box) -> None:
        self.data, self.at, self.end = data, box.start, box.end

    def take(self, size: int) -> int:
        if self.at + size > self.end:
            raise BrokenHeaderError("a box ends in the middle of its table")
        self.at += size
        return number(self.data, self.at - size, size)


def _items(data: FileBytes, table: Box) -> dict[int, bytes]:
    """Give the type of each item, by its id."""
    version = data[table.start] if table.start < table.end else 0
    found: dict[int, bytes] = {}
    for box in boxes(data, table.start + (6 if version == 0 else 8), table.end):
        if box.name != b"infe" or box.start + 12 > box.end or data[box.start] < 2:
            continue
        wide = data[box.start] > 2
        kind = box.start + (10 if wide else 8)
        name = data[kind : kind + 4]
        if name == b"mime" and b"rdf+xml" in data[kind + 4 : min(box.end, kind + 260)]:
            name = b"xmp "
        found[number(data, box.start + 4, 4 if wide else 2)] = name
        if len(found) >= _MOST_ITEMS:
            break
    return found


def _extents(data: FileBytes, table: Box) -> dict[int, tuple[int, int, int]]:
    """Give each item's first extent by its id: construction method, offset, length."""
    reader = _Reader(data, table)
    version = reader.take(1)
    reader.take(3)
    sizes = reader.take(1)
    more = reader.take(1)
    offset_size, length_size, base_size = sizes >> 4, sizes & 15, more >> 4
    index_size = more & 15 if version else 0
    found: dict[int, tuple[int, int, int]] = {}
    for _ in range(min(reader.take(4 if version == 2 else 2), _MOST_ITEMS)):
        item = reader.take(4 if version == 2 else 2)
        method = reader.take(2) & 15 if version else 0
        reader.take(2)
        base = reader.take(base_size)
        count = reader.take(2)
        if count:
            reader.take(index_size)
            found[item] = (method, base + reader.take(offset_size), reader.take(length_size))
            reader.at += (count - 1) * (index_size + offset_size + length_size)
    return found


def _largest(data: FileBytes, properties: Box | None) -> tuple[int, int] | None:
    container = find_box(data, properties.start, properties.end, b"ipco") if properties else None
    if not container:
        return None
    sizes = [
        (number(data, box.start + 4, 4), number(data, box.start + 8, 4))
        for box in boxes(data, container.start, container.end)
        if box.name == b"ispe" and box.end - box.start >= 12
    ]
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def _exif_in(data: FileBytes, start: int, end: int) -> tuple[int, int] | None:
    """Give the TIFF block of an Exif item, which begins with the block's distance."""
    at = start + 4 + number(data, start, 4)
    return (at, end) if start + 4 <= at and at + 8 <= end else None


def _read_heif(data: FileBytes, end: int) -> HeifParts:
    """Find the Exif item, the XMP item and the largest picture of a HEIF or AVIF file."""
    meta = find_box(data, 0, end, b"meta")
    if not meta:
        raise BrokenHeaderError("a HEIF file without its 'meta' box")
    inside = {box.name: box for box in boxes(data, meta.start + 4, meta.end)}
    if b"iinf" not in inside or b"iloc" not in inside:
        return HeifParts(None, None, _largest(data, inside.get(b"iprp")))
    kinds = {kind: item for item, kind in _items(data, inside[b"iinf"]).items() if kind in (b"Exif", b"xmp ")}
    extents = _extents(data, inside[b"iloc"])
    store = inside.get(b"idat")
    spans: dict[bytes, tuple[int, int]] = {}
    for kind, item in kinds.items():
        method, offset, length = extents.get(item, (9, 0, 0))
        first = offset + (store.start if method == 1 and store else 0)
        if method in (0, 1) and length > 0 and first + length <= end:
            spans[kind] = (first, first + length)
    exif = _exif_in(data, *spans[b"Exif"]) if b"Exif" in spans else None
    return HeifParts(exif, spans.get(b"xmp "), _largest(data, inside.get(b"iprp")))


def _read_jpeg_xl(data: FileBytes, end: int) -> HeifParts:
    """Find the Exif and XMP boxes of a boxed JPEG XL; its picture size is in the code stream and not read."""
    exif = find_box(data, 0, end, b"Exif")
    xmp = find_box(data, 0, end, b"xml ")
    return HeifParts(
        _exif_in(data, exif.start, exif.end) if exif else None, (xmp.start, xmp.end) if xmp else None, None
    )


def _open(container: str, data: FileBytes, parts: HeifParts) -> Header:
    xmp = bytes(data[parts.xmp[0] : min(parts.xmp[1], parts.xmp[0] + MOST_XMP)]) if parts.xmp else b""
    if parts.exif is None:
        return Header(container=container, xmp=xmp, size=parts.size)
    return replace(exif_header(container, data, *parts.exif), xmp=xmp, size=parts.size)


def open_heif(data: FileBytes, end: int) -> Header:
    """Open a HEIF, HIF or AVIF file."""
    return _open("heif", data, _read_heif(data, end))


def open_jpeg_xl(data: FileBytes, end: int) -> Header:
    """Open a boxed JPEG XL file."""
    return _open("jpeg xl", data, _read_jpeg_xl(data, end))
