"""Make the headers of cameras: TIFF directories, and the containers that hold them, after the formats' definitions."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SLONG = 2, 3, 4, 5, 7, 9
_LETTERS = {1: "B", SHORT: "H", LONG: "I", RATIONAL: "I", SLONG: "i", 8: "h", 10: "i", 13: "I"}


@dataclass
class Tag:
    """One tag, its value in Python's terms; a list of tags is a directory below."""

    number: int
    kind: int
    value: object


@dataclass
class Tiff:
    """A TIFF block with one chain of directories."""

    main: list[Tag]
    order: str = "<"
    mark: bytes = b""
    after: bytes = b""
    next: list[Tag] = field(default_factory=list)

    def bytes(self, base: int = 0) -> bytes:
        """Lay the block out; offsets count from `base` before it."""
        mark = self.mark or (b"II*\0" if self.order == "<" else b"MM\0*")
        head = mark + struct.pack(self.order + "I", 8 + base)
        body = directory(self.main, 8 + base, self.order)
        if self.next:
            body = directory(self.main, 8 + base, self.order, 8 + base + len(body))
            body += directory(self.next, 8 + base + len(body), self.order)
        return head + body + self.after


def _packed(tag: Tag, order: str, at: int) -> tuple[int, bytes]:
    """Give the count and the bytes of a value that would lie at `at`."""
    value = tag.value
    if isinstance(value, list) and value and isinstance(value[0], Tag):
        return 1, directory(value, at, order)
    if isinstance(value, str):
        raw = value.encode() + b"\0"
        return len(raw), raw
    if isinstance(value, bytes):
        return len(value), value
    numbers: Sequence[int] = value if isinstance(value, list | tuple) else [value]  # type: ignore[list-item]
    raw = struct.pack(f"{order}{len(numbers)}{_LETTERS[tag.kind]}", *numbers)
    return len(numbers) // (2 if tag.kind in (RATIONAL, 10) else 1), raw


def directory(tags: list[Tag], at: int, order: str = "<", following: int = 0) -> bytes:
    """Lay out a directory that begins at offset `at`, its values and those below it."""
    rows, values = b"", b""
    tail = at + 2 + 12 * len(tags) + 4
    for tag in sorted(tags, key=lambda t: t.number):
        below = isinstance(tag.value, list) and bool(tag.value) and isinstance(tag.value[0], Tag)
        count, raw = _packed(tag, order, tail + len(values))
        inline = len(raw) <= 4 and not below
        place = raw.ljust(4, b"\0") if inline else struct.pack(order + "I", tail + len(values))
        rows += struct.pack(order + "HHI", tag.number, tag.kind, count) + place
        if not inline:
            values += raw + b"\0" * (len(raw) % 2)
    return struct.pack(order + "H", len(tags)) + rows + struct.pack(order + "I", following) + values


def text(number: int, value: str) -> Tag:
    return Tag(number, ASCII, value)


def short(number: int, *values: int) -> Tag:
    return Tag(number, SHORT, list(values))


def long(number: int, *values: int) -> Tag:
    return Tag(number, LONG, list(values))


def ratio(number: int, *values: int) -> Tag:
    return Tag(number, RATIONAL, list(values))


def camera(make: str, model: str, note: bytes = b"", *extra: Tag, taken: str = "2024:06:01 10:00:00") -> list[Tag]:
    """Give the first directory of a picture as cameras write it, the Exif directory below it."""
    exif = [
        ratio(0x829A, 1, 250),
        ratio(0x829D, 56, 10),
        short(0x8827, 200),
        text(0x9003, taken),
        ratio(0x920A, 100, 1),
        *extra,
    ]
    if note:
        exif.append(Tag(0x927C, UNDEFINED, note))
    return [text(0x010F, make), text(0x0110, model), short(0x0112, 1), Tag(0x8769, LONG, exif)]


def with_note(make: str, model: str, note: Callable[[int], bytes], *extra: Tag) -> bytes:
    """Give an Exif block around a maker's note whose offsets count from the block; `note` is told where it will lie."""
    probe = note(0)
    at = Tiff(camera(make, model, probe, *extra)).bytes().index(probe)
    return Tiff(camera(make, model, note(at), *extra)).bytes()


SCAN = b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00" + b"\x12\x34\xff\x00\x56" * 40


def frame(width: int, height: int) -> bytes:
    """Give a baseline start-of-frame segment."""
    return b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, height, width, 3) + b"\x01\x22\x00\x02\x11\x01\x03\x11\x01"


def jpeg(tiff: bytes = b"", width: int = 6000, height: int = 4000, xmp: str = "") -> bytes:
    """Give a JPEG whose scan is not to be decoded."""
    parts = [b"\xff\xd8"]
    for payload in (
        b"Exif\0\0" + tiff if tiff else b"",
        b"http://ns.adobe.com/xap/1.0/\0" + xmp.encode() if xmp else b"",
    ):
        if payload:
            parts.append(b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload)
    return b"".join((*parts, frame(width, height), SCAN, b"\xff\xd9"))


def box(name: bytes, content: bytes) -> bytes:
    """Give an ISO base media box."""
    return struct.pack(">I", 8 + len(content)) + name + content


def cr3(main: list[Tag], exif: list[Tag], note: list[Tag]) -> bytes:
    """Give a CR3: three small TIFFs below 'moov', and pixels."""
    uuid = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
    parts = b"".join(
        box(name, Tiff(tags).bytes()) for name, tags in ((b"CMT1", main), (b"CMT2", exif), (b"CMT3", note))
    )
    return (
        box(b"ftyp", b"crx \0\0\0\1crx isom")
        + box(b"moov", box(b"uuid", uuid + box(b"CNCV", b"CanonCR3_001") + parts))
        + box(b"mdat", b"\x55" * 500)
    )


def heif(tiff: bytes, width: int = 6000, height: int = 4000) -> bytes:
    """Give a HEIF with one Exif item after its boxes."""
    item = struct.pack(">I", 6) + b"Exif\0\0" + tiff
    infe = box(b"infe", b"\2\0\0\0" + struct.pack(">HH", 1, 0) + b"Exif\0")
    iinf = box(b"iinf", b"\0\0\0\0" + struct.pack(">H", 1) + infe)
    ispe = box(b"iprp", box(b"ipco", box(b"ispe", struct.pack(">III", 0, width, height))))

    def meta(offset: int) -> bytes:
        extent = struct.pack(">HHHII", 1, 0, 1, offset, len(item))
        iloc = box(b"iloc", b"\0\0\0\0\x44\x00" + struct.pack(">H", 1) + extent)
        return box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"meta", b"\0\0\0\0" + iinf + iloc + ispe)

    return meta(len(meta(0)) + 8) + box(b"mdat", item)


def raf(preview: bytes) -> bytes:
    """Give a RAF: a preview JPEG, one record of the sensor's size, sensor data."""
    records = struct.pack(">IHHHH", 1, 0x0100, 4, 4038, 6048)
    starts = 108, 108 + len(preview), 108 + len(preview) + len(records)
    head = b"FUJIFILMCCD-RAW 0201FF383501X-T3".ljust(84, b"\0")
    extents = struct.pack(">IIIIII", starts[0], len(preview), starts[1], len(records), starts[2], 400)
    return head + extents + preview + records + b"\x77" * 400


def png(tiff: bytes, width: int = 640, height: int = 480) -> bytes:
    """Give a PNG with an eXIf chunk; the checksums are not filled in."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + b"\0\0\0\0"

    size = struct.pack(">II", width, height) + b"\x08\x02\0\0\0"
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", size)
        + chunk(b"eXIf", tiff)
        + chunk(b"IDAT", b"x" * 300)
        + chunk(b"IEND", b"")
    )


def webp(tiff: bytes, width: int = 640, height: int = 480) -> bytes:
    """Give a WebP with an EXIF chunk."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)

    size = b"\x08\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBP" + chunk(b"VP8X", size) + chunk(b"VP8 ", b"p" * 333) + chunk(b"EXIF", tiff)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def raw_tiff(tags: list[Tag], order: str = "<", mark: bytes = b"", pixels: int = 2000) -> bytes:
    """Give a RAW that is a TIFF: the tags, and one strip of pixels behind them."""
    strip = [long(0x00FE, 0), long(0x0100, 6000), long(0x0101, 4000), long(0x0117, pixels)]
    length = len(Tiff([*tags, *strip, long(0x0111, 0)], order, mark).bytes())
    return Tiff([*tags, *strip, long(0x0111, length)], order, mark, b"\x5a" * pixels).bytes()
