from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.metadata.completeness import fault_of
from catalog.metadata.errors import BrokenHeaderError, MetadataError
from catalog.metadata.file_bytes import FileBytes, in_memory
from catalog.metadata.reader import metadata_from, read_metadata
from tests.catalog.metadata import made
from tests.catalog.metadata.made import Tag, Tiff, camera, directory, long, short, text

CANON = made.with_note(
    "Canon", "Canon EOS R6", lambda at: directory([short(0x93, *range(30)), short(1, *range(52))], at)
)
NIKON = Tiff(
    camera(
        "NIKON",
        "NIKON Z 9",
        b"Nikon\0\2\x11\0\0"
        + Tiff([text(0x1D, "123"), long(0xA7, 9), Tag(0x98, 7, b"0800" * 27), Tag(0x91, 7, b"0805" * 90)]).bytes(),
    )
).bytes()
SONY = made.with_note(
    "SONY",
    "ILCE-7M3",
    lambda at: b"SONY DSC \0\0\0" + directory([Tag(0x9402, 7, b"\x28" * 99), Tag(0x9400, 7, b"\x26" * 99)], at + 12),
)
OLYMPUS = Tiff(
    camera(
        "OM Digital Solutions",
        "OM-1",
        b"OM SYSTEM\0\0\0II\4\0"
        + directory([Tag(0x2050, 4, [Tag(0x305, 5, [705, 1])]), Tag(0x2020, 4, [short(0x600, 5, 1, 64)])], 16),
    )
).bytes()
SEEDS = {
    "canon jpeg": made.jpeg(CANON, xmp='<x aux:ApproximateFocusDistance="37/100"/>'),
    "nikon jpeg": made.jpeg(NIKON),
    "sony jpeg": made.jpeg(SONY),
    "olympus heif": made.heif(OLYMPUS),
    "canon cr3": made.cr3(
        [text(0x010F, "Canon"), text(0x0110, "Canon EOS R6")],
        [text(0x9003, "2024:06:01 10:00:00")],
        [short(0x93, *range(30))],
    ),
    "fuji raf": made.raf(
        made.jpeg(Tiff(camera("FUJIFILM", "X-T5", b"FUJIFILM\x0c\0\0\0" + directory([short(0x1100, 1)], 12))).bytes())
    ),
    "panasonic rw2": made.raw_tiff(
        [short(4, 0), short(6, 9), short(7, 9), Tag(0x2E, 7, made.jpeg(CANON))], mark=b"IIU\0"
    ),
    "nef": made.raw_tiff(camera("NIKON", "NIKON D850", b"Nikon\0\2\x11\0\0" + Tiff([text(0x1D, "7")]).bytes()), ">"),
    "png": made.png(CANON),
    "webp": made.webp(SONY),
}


def survives(data: bytes) -> None:
    """Read and check bytes; anything but the readers' own error fails the test, and so does too much work."""
    read = 0

    def take(start: int, size: int) -> bytes:
        nonlocal read
        read += size
        return data[start : start + size]

    for use in (metadata_from, fault_of):
        try:
            use(FileBytes(take, len(data)))
        except BrokenHeaderError as error:
            assert "\n" not in str(error)
    assert read <= 40 * (len(data) + 32_768)


@pytest.mark.parametrize("name", SEEDS)
def test_a_whole_header_is_read(name: str) -> None:
    found = metadata_from(in_memory(SEEDS[name]))
    assert found.make and "exifread" in found.readers


@pytest.mark.parametrize("name", SEEDS)
def test_a_file_cut_at_any_byte_is_survived(name: str) -> None:
    for length in range(0, len(SEEDS[name]), 3):
        survives(SEEDS[name][:length])


@pytest.mark.parametrize("name", SEEDS)
def test_a_file_with_damage_anywhere_is_survived(name: str) -> None:
    chance = random.Random(name)
    for _ in range(150):
        data = bytearray(SEEDS[name])
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(len(data))
            data[at : at + chance.choice((1, 2, 4))] = chance.choice(
                (b"\xff", b"\0", b"\xff\xff\xff\xff", b"\0\0\0\1", b"\x7f")
            )
        survives(bytes(data))


@given(
    st.sampled_from(
        [
            b"\xff\xd8\xff\xe1",
            b"II*\0",
            b"MM\0*",
            b"\0\0\0\x18ftypheic",
            b"\0\0\0\x18ftypcrx ",
            b"FUJIFILM",
            b"IIU\0",
            b"RIFF\0\0\0\0WEBP",
            b"\x89PNG\r\n\x1a\n",
            b"",
        ]
    ),
    st.binary(max_size=600),
)
@settings(max_examples=300)
def test_no_bytes_whatever_do_more_than_raise_the_one_error(magic: bytes, rest: bytes) -> None:
    survives(magic + rest)


def extended(size: int) -> bytes:
    return struct.pack(">I4sQ", 1, b"mdat", size)


HOSTILE = {
    "65535 tags": b"II*\0\x08\0\0\0\xff\xff" + b"\0" * 12 * 65535,
    "a directory that is its own Exif": b"II*\0\x08\0\0\0"
    + directory([long(0x8769, 8), long(0x014A, 8, 8, 8), text(0x010F, "ACME")], 8),
    "a note of four billion bytes": b"II*\0\x08\0\0\0"
    + directory([text(0x010F, "Canon"), Tag(0x8769, 4, [short(0x8827, 1)])], 8)
    + struct.pack("<HHHII", 1, 0x927C, 7, 0xFFFFFFFF, 8),
    "a box without length in a row": made.box(b"ftyp", b"heic\0\0\0\0") + struct.pack(">I4s", 0, b"meta") * 2000,
    "a box of 64 bits of nothing": made.box(b"ftyp", b"heic\0\0\0\0") + extended(0),
    "a box of 2**63": made.box(b"ftyp", b"crx \0\0\0\0") + extended(1 << 63),
    "ten thousand empty boxes": made.box(b"ftyp", b"heic\0\0\0\0") + made.box(b"free", b"") * 10_000,
    "ten thousand empty segments": b"\xff\xd8" + b"\xff\xe2\0\2" * 10_000,
    "a megabyte of fill": b"\xff\xd8" + b"\xff" * 1_000_000,
    "items without end": made.box(b"ftyp", b"heic\0\0\0\0")
    + made.box(
        b"meta",
        b"\0\0\0\0"
        + made.box(b"iinf", b"\0" * 6)
        + made.box(b"iloc", b"\0\0\0\0\0\0\xff\xff" + b"\0\1\0\0\xff\xff" * 3000),
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_files_made_to_hang_a_reader_do_not(name: str) -> None:
    survives(HOSTILE[name])


def test_the_file_is_named_in_the_one_error(tmp_path: Path) -> None:
    path = tmp_path / "IMG_0001.JPG"
    for content in (b"", b"words, words", b"\xff\xd8\xff\xe1\xff\xff"):
        path.write_bytes(content)
        with pytest.raises(MetadataError, match=r"IMG_0001\.JPG: "):
            read_metadata(path)
    with pytest.raises(MetadataError, match="cannot be read: No such file"):
        read_metadata(tmp_path / "gone.jpg")
    with pytest.raises(MetadataError, match="cannot be read: Is a directory"):
        read_metadata(tmp_path)


def test_a_large_file_is_read_by_its_head_alone(tmp_path: Path) -> None:
    path = tmp_path / "large.dng"
    with path.open("wb") as file:
        file.write(made.raw_tiff(camera("ACME", "Model 1")))
        file.truncate(1 << 30)
    assert read_metadata(path).make == "ACME"
