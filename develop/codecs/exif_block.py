"""Find the Exif block of a picture, whatever holds it: JPEG, TIFF and the RAWs built on it, RAF, CR3, HEIF."""

from __future__ import annotations

import re
import struct
from pathlib import Path

from develop.codecs import ifd
from develop.codecs.ifd import Entry

_TIFF = re.compile(rb"II\*\0|MM\0\*|II\x55\0|IIR[OS]|MMOR")
# In a HEIF the block follows an offset: none, or six bytes for a name.
_HEIF = re.compile(rb"(?:\0\0\0\0|Exif\0\0)(?=II\*\0|MM\0\*)")
_MOST_HEADER = 64 << 20
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
Blocks = dict[str, dict[int, Entry]]


def read_blocks(path: Path) -> Blocks:
    """Return the standard tags of a picture by directory: 'image', 'exif' and 'gps'. Empty where there are none."""
    with path.open("rb") as file:
        data = file.read(_MOST_HEADER)
    if data[4:12] == b"ftypcrx ":
        return _cr3(data)
    start = _start(data)
    return parse_block(data[start:]) if start is not None else _empty()


def _empty() -> Blocks:
    return {"image": {}, "exif": {}, "gps": {}}


def _start(data: bytes) -> int | None:
    if data.startswith(b"FUJIFILMCCD-RAW") and len(data) >= 88:
        preview = struct.unpack_from(">I", data, 84)[0]
        inside = _jpeg_start(data[preview : preview + (1 << 17)])
        return None if inside is None else preview + inside
    if data.startswith(b"\xff\xd8"):
        return _jpeg_start(data)
    if _TIFF.match(data):
        return 0
    if data.startswith(b"\x89PNG"):
        at = data.find(b"eXIf")
        return at + 4 if at >= 0 else None
    if data[4:8] == b"ftyp":
        found = _HEIF.search(data)
        return found.end() if found else None
    return None


def _jpeg_start(data: bytes) -> int | None:
    at = 2
    while at + 10 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        if data[at + 1] == 0xE1 and data[at + 4 : at + 10] == b"Exif\0\0":
            return at + 10
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None


def _order(block: bytes) -> str:
    return ">" if block.startswith(b"MM") else "<"


def parse_block(block: bytes) -> Blocks:
    """Return the tags of an Exif block (a TIFF header and what follows it); what is damaged is passed over."""
    order = _order(block)
    if not _TIFF.match(block) or len(block) < 8:
        return _empty()
    image, _ = ifd.read_directory(block, struct.unpack_from(f"{order}I", block, 4)[0], order)
    exif, _ = ifd.read_directory(block, ifd.first_number(image.get(_EXIF_IFD)), order)
    gps, _ = ifd.read_directory(block, ifd.first_number(image.get(_GPS_IFD)), order)
    return {"image": image, "exif": exif, "gps": gps}


def _cr3(data: bytes) -> Blocks:
    """Read a CR3's boxes CMT1, CMT2 and CMT4: each is a block of its own."""
    found = _empty()
    for name, box in (("image", b"CMT1"), ("exif", b"CMT2"), ("gps", b"CMT4")):
        at = data.find(box)
        if at >= 4 and _TIFF.match(data, at + 4):
            block = data[at + 4 : at - 4 + struct.unpack_from(">I", data, at - 4)[0]]
            found[name], _ = ifd.read_directory(
                block, struct.unpack_from(f"{_order(block)}I", block, 4)[0], _order(block)
            )
    return found
