"""Open Canon's CR3: Exif in three boxes below 'moov'."""

from __future__ import annotations

from catalog.metadata.boxes import boxes, find_box
from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.file_bytes import FileBytes
from catalog.metadata.header import Header, MakerNote
from catalog.metadata.tiff import Directory, first_offset, open_block, read_directory
from catalog.metadata.tiff_header import MOST_XMP, size_of

# Layout: github.com/lclevy/canon_cr3. CMT1 is the first directory, CMT2 the Exif one, CMT3 the maker's note.
_CANON_BOX = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
_XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_WANTED = (b"CMT1", b"CMT2", b"CMT3")


def _directories(data: FileBytes, end: int) -> dict[bytes, Directory]:
    moov = find_box(data, 0, end, b"moov")
    if not moov:
        raise BrokenHeaderError("a CR3 without its 'moov' box")
    found: dict[bytes, Directory] = {}
    for box in boxes(data, moov.start, moov.end):
        if box.name != b"uuid" or data[box.start : box.start + 16] != _CANON_BOX:
            continue
        for part in boxes(data, box.start + 16, box.end):
            if part.name in _WANTED:
                block = open_block(data, part.start, part.end)
                found[part.name] = read_directory(block, first_offset(block))
    return found


def _xmp(data: FileBytes, end: int) -> bytes:
    for box in boxes(data, 0, end):
        if box.name == b"uuid" and data[box.start : box.start + 16] == _XMP_BOX:
            return data[box.start + 16 : min(box.end, box.start + MOST_XMP)]
    return b""


def open_cr3(data: FileBytes, end: int) -> Header:
    """Open a CR3 file."""
    found = _directories(data, end)
    main, canon = found.get(b"CMT1"), found.get(b"CMT3")
    if main is None:
        raise BrokenHeaderError("a CR3 whose Exif is missing or cut off")
    note = MakerNote(canon.block, canon.start, canon.block.end - canon.start) if canon else None
    return Header(
        container="cr3", main=main, exif=found.get(b"CMT2"), note=note, xmp=_xmp(data, end), size=size_of(main)
    )
