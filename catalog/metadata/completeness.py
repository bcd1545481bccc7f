"""Tell a whole picture file from one that is still being copied, by its structure and without decoding it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from pathlib import Path

from catalog.metadata.boxes import number
from catalog.metadata.ciff import crw_fault
from catalog.metadata.containers import Kind, kind_of
from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.file_bytes import FileBytes, open_bytes
from catalog.metadata.jpeg import START_OF_SCAN, segments
from catalog.metadata.mrw import mrw_fault
from catalog.metadata.raf import HEADER_SIZE, raf_extents
from catalog.metadata.tiff import Block, Directory, first_offset, open_block, read_chain, read_directory
from catalog.metadata.tiff_header import picture_directories
from catalog.metadata.web_formats import png_chunks
from catalog.metadata.x3f import x3f_fault

_IN_HEADER = "ends inside its header"
_IN_PIXELS = "ends in the middle of its pixel data"
_NO_PIXELS = "holds no pixel data"
_END_OF_IMAGE = b"\xff\xd9"
_MOST_EXTENTS, _MOST_EXTENTS_IN_ALL = 65_536, 262_144
# Strips, tiles, and a JPEG preview: the tags of where they start and how long they are (TIFF 6.0, sections 3, 15, 22).
_EXTENTS = ((0x0111, 0x0117), (0x0144, 0x0145), (0x0201, 0x0202))
_EXTENT_TAGS = frozenset(tag for pair in _EXTENTS for tag in pair)
_RW2_RAW_START, _STRIP_SIZES = 0x0118, 0x0117
_MOST_BOXES = 2000


def _jpeg_fault(data: FileBytes, end: int) -> str | None:
    scan = next((s.end for s in segments(data, 0, end) if s.marker == START_OF_SCAN), None)
    if scan is None or scan > end:
        return _IN_HEADER
    # Inside a scan 0xFF is always followed by 0x00 or a restart, so that this pair can only be the picture's end.
    # Looking from behind finds it at once; starting after the scan's head keeps a thumbnail's end out of it.
    return None if data.rfind(_END_OF_IMAGE, scan) >= 0 else _IN_PIXELS


def _extents(directory: Directory) -> Iterable[tuple[int, int]]:
    for starts, sizes in _EXTENTS:
        yield from zip(directory.numbers(starts, _MOST_EXTENTS), directory.numbers(sizes, _MOST_EXTENTS), strict=False)


def _reaches(directories: Iterable[Directory]) -> int:
    found = (start + size for directory in directories for start, size in _extents(directory))
    return max(islice(found, _MOST_EXTENTS_IN_ALL), default=0)


def _tiff_fault(data: FileBytes, end: int) -> str | None:
    block = open_block(data, 0, end)
    chain = read_chain(block, first_offset(block))
    if not chain:
        return _IN_HEADER
    pictures = picture_directories(block, chain)
    if any(d.end > end or d.outside & _EXTENT_TAGS for d in pictures) or _subdirectory_is_cut(block, chain):
        return _IN_PIXELS
    reach = _reaches(pictures)
    return _NO_PIXELS if reach == 0 else _IN_PIXELS if reach > end else None


def _subdirectory_is_cut(block: Block, chain: list[Directory]) -> bool:
    offsets = [offset for d in chain for tag in (0x014A, 0x8769) for offset in d.numbers(tag, 16)]
    return any(block.base + offset + 2 > block.end for offset in offsets)


def _rw2_fault(data: FileBytes, end: int) -> str | None:
    block = open_block(data, 0, end)
    main = read_directory(block, first_offset(block))
    start, size = main.number(_RW2_RAW_START), main.number(_STRIP_SIZES)
    if not start:
        return _tiff_fault(data, end)
    return _IN_PIXELS if start + (size or 1) > end else None


def _boxes_fault(data: FileBytes, end: int) -> str | None:
    at, seen = 0, set[bytes]()
    for _ in range(_MOST_BOXES):
        if at + 8 > end:
            break
        size, name = number(data, at, 4), data[at + 4 : at + 8]
        if size == 0 and name == b"\0\0\0\0":
            break  # padding
        size = number(data, at + 8, 8) if size == 1 else size or end - at
        if size < 8:
            return "holds a box shorter than its own head"
        if at + size > end:
            return _IN_HEADER if name in (b"moov", b"meta") else _IN_PIXELS
        seen.add(name)
        at += size
    return None if seen & {b"mdat", b"idat", b"jxlc", b"jxlp"} else _NO_PIXELS


def _raf_fault(data: FileBytes, end: int) -> str | None:
    if end < HEADER_SIZE:
        return _IN_HEADER
    return _IN_PIXELS if any(start + length > end for start, length in raf_extents(data)) else None


def _png_fault(data: FileBytes, end: int) -> str | None:
    whole = any(chunk.name == b"IEND" and chunk.end + 4 <= end for chunk in png_chunks(data, end))
    return None if whole else _IN_PIXELS


def _webp_fault(data: FileBytes, end: int) -> str | None:
    return _IN_PIXELS if int.from_bytes(data[4:8], "little") + 8 > end else None


_FAULTS: Mapping[Kind, Callable[[FileBytes, int], str | None]] = {
    Kind.JPEG: _jpeg_fault,
    Kind.TIFF: _tiff_fault,
    Kind.RW2: _rw2_fault,
    Kind.CR3: _boxes_fault,
    Kind.HEIF: _boxes_fault,
    Kind.JPEG_XL: _boxes_fault,
    Kind.RAF: _raf_fault,
    Kind.PNG: _png_fault,
    Kind.WEBP: _webp_fault,
    Kind.CRW: crw_fault,
    Kind.MRW: mrw_fault,
    Kind.X3F: x3f_fault,
}


def fault_of(data: FileBytes) -> str | None:
    """Say why the bytes of a file are no whole picture; None where they are."""
    if not len(data):
        return "empty file"
    try:
        kind = kind_of(data)
        return _FAULTS[kind](data, len(data)) if kind else "not a picture"
    except BrokenHeaderError as error:
        return f"damaged or cut off: {error}"


def check_complete(path: Path) -> str | None:
    """Say in a few words why a file is no whole picture, or None where its structure is whole.

    Raises OSError where the file cannot be opened, and nothing else.
    """
    with open_bytes(path) as data:
        return fault_of(data)
