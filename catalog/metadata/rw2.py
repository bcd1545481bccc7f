"""Open Panasonic's RW2: a TIFF with tags of its own, and a JPEG inside that holds the whole Exif."""

from __future__ import annotations

from dataclasses import replace

from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.file_bytes import FileBytes
from catalog.metadata.header import Header
from catalog.metadata.jpeg import open_jpeg
from catalog.metadata.tiff import Directory, first_offset, open_block, read_directory

_JPEG = 0x002E
_TOP, _LEFT, _BOTTOM, _RIGHT = 4, 5, 6, 7  # sensor borders, so that right - left is the picture's width


def _size(main: Directory) -> tuple[int, int] | None:
    top, left, bottom, right = (main.number(tag) or 0 for tag in (_TOP, _LEFT, _BOTTOM, _RIGHT))
    return (right - left, bottom - top) if right > left and bottom > top else None


def open_rw2(data: FileBytes, end: int) -> Header:
    """Open an RW2 file, or Leica's RWL, which is the same."""
    block = open_block(data, 0, end)
    main = read_directory(block, first_offset(block))
    entry = main.entries.get(_JPEG)
    if entry is None:
        return Header(container="rw2", main=main, size=_size(main))
    try:
        inner = open_jpeg(data, entry.start, entry.start + entry.size, "rw2")
    except BrokenHeaderError:
        return Header(container="rw2", main=main, size=_size(main))
    return replace(inner, main=inner.main or main, size=_size(main) or inner.size)
