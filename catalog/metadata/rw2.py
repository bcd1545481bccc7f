"""Open Panasonic's RW2: a TIFF with tags of its own, and a JPEG inside that holds the whole Exif."""

from __future__ import annotations

from dataclasses import replace

from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.file_bytes import FileBytes
from catalog.metadata.header import Header
from catalog.metadata.jpeg import open_jpeg
from catalog.metadata.tiff import Directory
from catalog.metadata.tiff_header import exif_header

_JPEG = 0x002E
_TOP, _LEFT, _BOTTOM, _RIGHT = 4, 5, 6, 7  # sensor borders, so that right - left is the picture's width


def _size(main: Directory) -> tuple[int, int] | None:
    top, left, bottom, right = (main.number(tag) or 0 for tag in (_TOP, _LEFT, _BOTTOM, _RIGHT))
    return (right - left, bottom - top) if right > left and bottom > top else None


def open_rw2(data: FileBytes, end: int) -> Header:
    """Open an RW2, or Leica's RWL, which is the same; the oldest have no JPEG, but an Exif directory of their own."""
    own = exif_header("rw2", data, 0, end)
    entry = own.main.entries.get(_JPEG) if own.main else None
    size = _size(own.main) if own.main else None
    if entry is None:
        return replace(own, size=size)
    try:
        inner = open_jpeg(data, entry.start, entry.start + entry.size, "rw2")
    except BrokenHeaderError:
        return replace(own, size=size)
    return replace(inner, main=inner.main or own.main, size=size or inner.size)
