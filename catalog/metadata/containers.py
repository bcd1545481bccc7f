"""Open a picture's container, told by its first bytes and never by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum, auto

from catalog.metadata.boxes import find_box
from catalog.metadata.ciff import open_crw
from catalog.metadata.cr3 import open_cr3
from catalog.metadata.errors import BrokenHeaderError, UnknownKindError
from catalog.metadata.file_bytes import FileBytes
from catalog.metadata.header import Header
from catalog.metadata.heif import open_heif, open_jpeg_xl
from catalog.metadata.jpeg import open_jpeg
from catalog.metadata.mrw import open_mrw
from catalog.metadata.raf import open_raf
from catalog.metadata.rw2 import open_rw2
from catalog.metadata.tiff_header import open_tiff
from catalog.metadata.web_formats import open_png, open_webp
from catalog.metadata.x3f import open_x3f


class Kind(Enum):
    """The containers that are known."""

    JPEG = auto()
    TIFF = auto()
    RW2 = auto()
    CR3 = auto()
    HEIF = auto()
    JPEG_XL = auto()
    RAF = auto()
    PNG = auto()
    WEBP = auto()
    CRW = auto()
    MRW = auto()
    X3F = auto()


_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"II*\0", Kind.TIFF),
    (b"MM\0*", Kind.TIFF),
    # Olympus puts 'RO' or 'RS' where TIFF has 42, Panasonic 0x55.
    (b"IIRO", Kind.TIFF),
    (b"IIRS", Kind.TIFF),
    (b"MMOR", Kind.TIFF),
    (b"IIU\0", Kind.RW2),
    (b"FUJIFILM", Kind.RAF),
    (b"\0MRM", Kind.MRW),
    (b"FOVb", Kind.X3F),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"\0\0\0\x0cJXL \r\n\x87\n", Kind.JPEG_XL),
)
_BRANDS: Mapping[bytes, Kind] = {
    b"crx ": Kind.CR3,
    b"jxl ": Kind.JPEG_XL,
    **dict.fromkeys(
        (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"mif2", b"msf1", b"avif", b"avis"), Kind.HEIF
    ),
}


def _open_jpeg_file(data: FileBytes, end: int) -> Header:
    return open_jpeg(data, 0, end, "jpeg")


_OPENERS: Mapping[Kind, Callable[[FileBytes, int], Header]] = {
    Kind.JPEG: _open_jpeg_file,
    Kind.TIFF: open_tiff,
    Kind.RW2: open_rw2,
    Kind.CR3: open_cr3,
    Kind.HEIF: open_heif,
    Kind.JPEG_XL: open_jpeg_xl,
    Kind.RAF: open_raf,
    Kind.PNG: open_png,
    Kind.WEBP: open_webp,
    Kind.CRW: open_crw,
    Kind.MRW: open_mrw,
    Kind.X3F: open_x3f,
}


def kind_of(data: FileBytes) -> Kind | None:
    """Tell the container by its first bytes; None where it is no picture that is known."""
    head = data[0:16]
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[4:8] == b"ftyp":
        # HEIF under a brand of its maker's own still has a 'meta' box on top; a film has not.
        return _BRANDS.get(head[8:12]) or (Kind.HEIF if find_box(data, 0, len(data), b"meta") else None)
    if head[6:14] == b"HEAPCCDR":
        return Kind.CRW
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind.WEBP
    return None


def open_header(data: FileBytes) -> Header:
    """Open the container of a file's bytes.

    Raises BrokenHeaderError where it is none that is known, or where nothing in it can be read.
    """
    kind = kind_of(data)
    if kind is None:
        if not len(data):
            raise BrokenHeaderError("the file is empty")
        raise UnknownKindError("not a picture of a known kind")
    header = _OPENERS[kind](data, len(data))
    if header.main is None and header.finding is None and header.size is None and not header.xmp:
        raise BrokenHeaderError("nothing in it can be read: it is cut off or damaged")
    return header
