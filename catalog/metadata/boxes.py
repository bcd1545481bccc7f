"""Walk the boxes of ISO base media files: CR3, HEIF, AVIF and JPEG XL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.file_bytes import FileBytes

_MOST_BOXES = 2000


class Box(NamedTuple):
    """One box: `start` and `end` bound its content."""

    name: bytes
    start: int
    end: int


def number(data: FileBytes, at: int, size: int) -> int:
    """Give a big-endian number of `size` bytes."""
    return int.from_bytes(data[at : at + size], "big")


def boxes(data: FileBytes, start: int, end: int) -> Iterator[Box]:
    """Give the boxes between two positions; a box that reaches past the end is cut there.

    Raises BrokenHeaderError where a box is shorter than its own head.
    """
    at = start
    for _ in range(_MOST_BOXES):
        if at + 8 > end:
            return
        size, head = number(data, at, 4), 8
        if size == 1:
            if at + 16 > end:
                return
            size, head = number(data, at + 8, 8), 16
        elif size == 0:
            size = end - at
        if size < head:
            raise BrokenHeaderError("a box is shorter than its own head")
        yield Box(data[at + 4 : at + 8], at + head, min(at + size, end))
        at += size


def find_box(data: FileBytes, start: int, end: int, name: bytes) -> Box | None:
    """Give the first box of a name."""
    return next((box for box in boxes(data, start, end) if box.name == name), None)
