"""Open a TIFF or an Exif block: its first directory, the Exif one, the maker's note and the size of the picture."""

from __future__ import annotations

from catalog.metadata.dng import private_note
from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.file_bytes import FileBytes
from catalog.metadata.header import Header, MakerNote
from catalog.metadata.tiff import Block, Directory, first_offset, open_block, read_chain, read_directory

MOST_XMP = 262_144
_EXIF, _MAKER_NOTE, _XMP, _SUB_DIRECTORIES = 0x8769, 0x927C, 0x02BC, 0x014A
_COLUMNS, _ROWS, _SUBFILE = 0x0100, 0x0101, 0x00FE
_MOST_SUB_DIRECTORIES = 10


def size_of(directory: Directory) -> tuple[int, int] | None:
    """Give the columns and rows that a directory names."""
    columns, rows = directory.number(_COLUMNS), directory.number(_ROWS)
    return (columns, rows) if columns and rows else None


def picture_directories(block: Block, chain: list[Directory]) -> list[Directory]:
    """Give the directories of a TIFF that may describe pictures: the chain, and those below its first two."""
    pictures = list(chain)
    for directory in chain[:2]:
        for offset in directory.numbers(_SUB_DIRECTORIES, _MOST_SUB_DIRECTORIES):
            try:
                pictures.append(read_directory(block, offset))
            except BrokenHeaderError:
                continue
    return pictures


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]


def _full_size(block: Block, chain: list[Directory]) -> tuple[int, int] | None:
    """Give the size of the largest picture that does not call itself a preview, else of the largest."""
    pictures = [(size, d.number(_SUBFILE)) for d in picture_directories(block, chain) if (size := size_of(d))]
    full = [size for size, subfile in pictures if not subfile]
    return max(full or [size for size, _ in pictures], key=_area, default=None)


def _exif_of(block: Block, main: Directory) -> Directory | None:
    offset = main.number(_EXIF)
    try:
        return read_directory(block, offset) if offset else None
    except BrokenHeaderError:
        return None


def _note_of(exif: Directory | None) -> MakerNote | None:
    entry = exif.entries.get(_MAKER_NOTE) if exif else None
    return MakerNote(exif.block, entry.start, entry.size) if exif and entry and entry.size > 8 else None


def exif_header(container: str, data: FileBytes, start: int, end: int) -> Header:
    """Open the Exif block of another container; the picture's size is not told here."""
    block = open_block(data, start, end)
    main = read_directory(block, first_offset(block))
    exif = _exif_of(block, main)
    return Header(
        container=container,
        main=main,
        exif=exif,
        note=_note_of(exif) or private_note(main),
        xmp=main.raw(_XMP, MOST_XMP),
    )


def open_tiff(data: FileBytes, end: int) -> Header:
    """Open a TIFF, a DNG, or any RAW that is one: NEF, ARW, CR2, ORF, PEF, SRW, 3FR, IIQ ..."""
    block = open_block(data, 0, end)
    chain = read_chain(block, first_offset(block))
    if not chain:
        raise BrokenHeaderError("a TIFF without a tag directory")
    main = chain[0]
    exif = _exif_of(block, main)
    return Header(
        container="tiff",
        main=main,
        exif=exif,
        note=_note_of(exif) or private_note(main),
        xmp=main.raw(_XMP, MOST_XMP),
        size=_full_size(block, chain),
    )
