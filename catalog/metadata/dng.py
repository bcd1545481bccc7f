"""Read what only a DNG has: the maker's note in its private data, and its own tags for body and lens."""

from __future__ import annotations

from catalog.metadata.finding import Finding
from catalog.metadata.header import MakerNote
from catalog.metadata.lens_name import lens_by_range
from catalog.metadata.tiff import Block, Directory, Order

# DNG 1.7.1, chapter 'DNG tags'.
_VERSION, _UNIQUE_MODEL, _SERIAL, _LENS_INFO, _PRIVATE_DATA = 0xC612, 0xC614, 0xC62F, 0xC630, 0xC634
_MOST_PARTS = 32
_PENTAX = (b"PENTAX \0", b"SAMSUNG\0")


def private_note(main: Directory) -> MakerNote | None:
    """Give the note inside DNGPrivateData: as Pentax leaves it, or in the parts that Adobe's converter makes."""
    entry = main.entries.get(_PRIVATE_DATA)
    if entry is None:
        return None
    head = main.raw(_PRIVATE_DATA, 8)
    if head in _PENTAX:
        return MakerNote(main.block, entry.start, entry.size)
    return _adobe_note(main.block, entry.start + 6, entry.start + entry.size) if head[:6] == b"Adobe\0" else None


def _adobe_note(block: Block, at: int, end: int) -> MakerNote | None:
    for _ in range(_MOST_PARTS):
        head, first = block.bytes_at(at, 8), at + 8
        size = int.from_bytes(head[4:8], "big")
        if not head or first + size > end:
            return None
        if head[:4] == b"MakN" and size > 14:
            return _moved(block, first, size)
        at = first + size + size % 2
    return None


def _moved(block: Block, first: int, size: int) -> MakerNote:
    """Give a note that was moved: its own byte order, and where it lay before, from which its offsets count."""
    order: Order = "<" if block.bytes_at(first, 2) == b"II" else ">"
    original = int.from_bytes(block.bytes_at(first + 2, 4), "big")
    start = first + 6
    return MakerNote(Block(block.data, start - original, start, first + size, order), start, size - 6)


def read_dng(main: Directory) -> Finding | None:
    """Give a DNG's own word on camera, body and lens, where the Exif tags are silent."""
    if _VERSION not in main.entries:
        return None
    ends = [main.ratio(_LENS_INFO, index) or 0.0 for index in range(4)]
    return Finding(
        reader="dng",
        model=main.text(_UNIQUE_MODEL),
        body_serial=main.text(_SERIAL),
        lens=lens_by_range(*ends),
    )
