"""Find a maker's note that Adobe's DNG converter moved into its private data."""

from __future__ import annotations

from catalog.metadata.header import MakerNote
from catalog.metadata.tiff import Block, Directory, Order

_DNG_PRIVATE_DATA = 0xC634
_MOST_PARTS = 32


def adobe_note(main: Directory) -> MakerNote | None:
    """Give the note inside DNGPrivateData (DNG 1.7, 'DNGPrivateData'); its offsets count from where it lay before."""
    entry = main.entries.get(_DNG_PRIVATE_DATA)
    if entry is None or main.raw(_DNG_PRIVATE_DATA, 6) != b"Adobe\0":
        return None
    block, at, end = main.block, entry.start + 6, entry.start + entry.size
    for _ in range(_MOST_PARTS):
        head = block.bytes_at(at, 8)
        size = int.from_bytes(head[4:8], "big")
        first = at + 8
        if not head or first + size > end:
            return None
        if head[:4] == b"MakN" and size > 14:
            return _moved(block, first, size)
        at = first + size + size % 2
    return None


def _moved(block: Block, first: int, size: int) -> MakerNote | None:
    order: Order = "<" if block.bytes_at(first, 2) == b"II" else ">"
    original = int.from_bytes(block.bytes_at(first + 2, 4), "big")
    start = first + 6
    moved = Block(block.data, start - original, start, first + size, order)
    return MakerNote(moved, start, size - 6)
