from __future__ import annotations

import pytest

from catalog.metadata.containers import Kind, kind_of, open_header
from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.file_bytes import in_memory
from catalog.metadata.reader import metadata_from
from tests.catalog.metadata import made
from tests.catalog.metadata.made import Tiff, camera, long, short, text

TAGS = camera("ACME", "Model 1", b"", text(0xA434, "Macro 100"))
EXIF = Tiff(TAGS).bytes()
CR3 = made.cr3(
    [text(0x010F, "ACME"), text(0x0110, "Model 1"), short(0x0100, 6000), short(0x0101, 4000)],
    [text(0xA434, "Macro 100"), short(0x8827, 200), text(0x9003, "2024:06:01 10:00:00")],
    [],
)
RW2_JPEG = made.jpeg(EXIF)
BORDERS = [short(4, 10), short(5, 20), short(6, 4010), short(7, 6020)]
RW2 = made.raw_tiff([*BORDERS, made.Tag(0x2E, 7, RW2_JPEG)], mark=b"IIU\0")
FILES = {
    "jpeg": (made.jpeg(EXIF), Kind.JPEG, (6000, 4000)),
    "tiff": (made.raw_tiff(TAGS), Kind.TIFF, (6000, 4000)),
    "big endian": (made.raw_tiff(TAGS, ">"), Kind.TIFF, (6000, 4000)),
    "orf": (made.raw_tiff(TAGS, mark=b"IIRO"), Kind.TIFF, (6000, 4000)),
    "rw2": (RW2, Kind.RW2, (6000, 4000)),
    "rw2 without a jpeg": (made.raw_tiff([*TAGS, *BORDERS], mark=b"IIU\0"), Kind.RW2, (6000, 4000)),
    "cr3": (CR3, Kind.CR3, (6000, 4000)),
    "heif": (made.heif(EXIF), Kind.HEIF, (6000, 4000)),
    "raf": (made.raf(made.jpeg(EXIF)), Kind.RAF, (6048, 4038)),
    "png": (made.png(EXIF), Kind.PNG, (640, 480)),
    "webp": (made.webp(EXIF), Kind.WEBP, (640, 480)),
}


@pytest.mark.parametrize("name", FILES)
def test_every_container_gives_the_same_camera_and_its_own_size(name: str) -> None:
    data, kind, size = FILES[name]
    assert kind_of(in_memory(data)) is kind
    found = metadata_from(in_memory(data))
    assert (found.make, found.model, found.lens, found.iso) == ("ACME", "Model 1", "Macro 100", 200)
    assert found.taken_at is not None and found.taken_at.isoformat() == "2024-06-01T10:00:00"
    assert (found.width, found.height) == size


def test_the_raw_is_measured_and_not_its_preview() -> None:
    preview = [long(0x00FE, 1), long(0x0100, 9000), long(0x0101, 9000)]
    full = [long(0x00FE, 0), long(0x0100, 6000), long(0x0101, 4000)]
    main = [*camera("ACME", "Model 1"), long(0x00FE, 1), long(0x0100, 160), long(0x0101, 120)]
    for first, second in ((preview, full), (full, preview)):
        data = Tiff([*main, made.Tag(0x014A, made.LONG, first)], next=second).bytes()
        assert open_header(in_memory(data)).size == (6000, 4000)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"not a picture, though named so", "not a picture of a known kind"),
        (b"\xff\xd8\xff\xe1\xff\xff cut", "ends inside its header"),
        (b"II*\0\xff\xff\xff\x7f", "outside the file"),
        (made.box(b"ftyp", b"qt  \0\0\0\0") + made.box(b"moov", b"\0" * 50), "not a picture of a known kind"),
        (made.box(b"ftyp", b"heic\0\0\0\0") + made.box(b"mdat", b"\0" * 50), "'meta'"),
        (made.box(b"ftyp", b"crx \0\0\0\0") + made.box(b"mdat", b"\0" * 50), "'moov'"),
        (b"FUJIFILMCCD-RAW ", "inside its header"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(BrokenHeaderError, match=reason):
        open_header(in_memory(data))
