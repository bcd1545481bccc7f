from __future__ import annotations

import io
import struct
from dataclasses import replace
from pathlib import Path

import exifread
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from develop.codecs import exif, exif_block, ifd, jpeg, tiff
from develop.codecs.exif import CarriedExif, carry_exif
from develop.codecs.ifd import Directory
from develop.codecs.tags import FileTags
from tests.develop.made_pictures import EXIF, TAGS, scene

WIDTH, HEIGHT = 192, 128


def _block() -> bytes:
    return exif.block(EXIF, width=WIDTH, height=HEIGHT)


def _is_the_shot(read: dict[str, str]) -> None:
    assert read["Image Make"] == "Kamera"
    assert read["Image Software"] == "Stackroom 9.9"
    assert read["EXIF ExposureTime"] == "1/125"
    assert read["EXIF FNumber"] == "14/5"
    assert read["EXIF DateTimeOriginal"] == "2026:10:03 11:12:13"
    assert read["EXIF SubSecTimeOriginal"] == "05"
    assert read["EXIF BodySerialNumber"] == "0042"
    assert read["EXIF LensModel"] == "100mm F2.8 Macro"
    assert read["GPS GPSLatitude"] == "[47, 30, 0]"


def _exifread(data: bytes) -> dict[str, str]:
    return {name: str(value) for name, value in exifread.process_file(io.BytesIO(data), details=False).items()}


@pytest.mark.parametrize("name", ["a.jpg", "a.tif"])
def test_two_other_readers_find_the_shot(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if path.suffix == ".jpg":
        jpeg.write_jpeg(path, scene(), quality=90, tags=TAGS)
    else:
        tiff.write_tiff(path, scene(), tags=TAGS)
    _is_the_shot(_exifread(path.read_bytes()))
    with Pillow.open(path) as image:
        found = image.getexif()
        assert found[0x0110] == "K 1"
        shot = found.get_ifd(0x8769)
        assert shot[0x829A] == pytest.approx(1 / 125)
        assert shot[0x9206] == pytest.approx(0.312)
        assert shot[0xA460] == 2
        assert shot[0xA461] == (3, 3)
        assert found.get_ifd(0x8825)[2] == (47.0, 30.0, 0.0)


def test_a_result_carries_on_what_a_result_said(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    jpeg.write_jpeg(path, scene(), quality=90, tags=TAGS)
    again = carry_exif(path, software="Stackroom 9.9", sources=3)
    assert dict(again.image) == dict(EXIF.image)
    assert dict(again.exif) == dict(EXIF.exif)
    assert {tag: again.gps[tag] for tag in EXIF.gps} == dict(EXIF.gps)


def test_byte_order_does_not_change_values() -> None:
    values = {1: struct.pack(">H", 7), 2: struct.pack(">II", 1, 250)}
    block = b"\0" * 8 + struct.pack(">H", 2)
    block += struct.pack(">HHI", 1, ifd.SHORT, 1) + values[1] + b"\0\0"
    block += struct.pack(">HHII", 2, ifd.RATIONAL, 1, 38) + b"\0\0\0\0"
    block = block.ljust(38, b"\0") + values[2]
    found, following = ifd.read_directory(block, 8, ">")
    assert found[1] == ifd.shorts(1, 7)
    assert found[2] == ifd.rationals(2, [(1, 250)])
    assert following == 0


@given(
    st.dictionaries(st.integers(1, 0xFF00), st.binary(min_size=1, max_size=40), min_size=1, max_size=12),
    st.integers(0, 1000).map(lambda n: 2 * n + 8),
)
def test_a_directory_is_read_back_from_where_it_was_laid(values: dict[int, bytes], at: int) -> None:
    entries = {tag: ifd.raw_bytes(tag, data) for tag, data in values.items()}
    block = b"\0" * at + ifd.lay_out(Directory(entries), at, following=12)
    found, following = ifd.read_directory(block, at, "<")
    assert found == entries
    assert following == 12


def test_thumbnail_and_maker_note_stay_behind(tmp_path: Path) -> None:
    image = Pillow.new("RGB", (64, 48))
    tags = Pillow.Exif()
    tags[0x010F] = "Kamera"
    tags.get_ifd(0x8769)[0x927C] = b"maker note"
    tags.get_ifd(0x8769)[0xA434] = "Objektiv"
    path = tmp_path / "frame.jpg"
    image.save(path, exif=tags)
    carried = carry_exif(path)
    assert 0x927C not in carried.exif
    assert carried.exif[0xA434].data == b"Objektiv\0"


def test_the_place_can_be_left_out() -> None:
    block = exif.block(EXIF.without_gps(), width=1, height=1)
    assert "GPS GPSLatitude" not in _exifread(
        b"\xff\xd8\xff\xe1" + struct.pack(">H", len(block) + 8) + b"Exif\0\0" + block
    )


def test_a_file_without_exif_takes_what_is_known_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "frame.crw"
    path.write_bytes(b"II\x1a\0\0\0HEAPCCDR" + b"\0" * 100)
    carried = carry_exif(path, extra={"make": "Canon", "taken": "2004:01:02 03:04:05"})
    assert carried.image[0x010F].data == b"Canon\0"
    assert carried.exif[0x9003].data == b"2004:01:02 03:04:05\0"
    assert carry_exif(tmp_path / "absent.jpg") == CarriedExif()


@given(st.data())
def test_a_damaged_block_never_breaks_the_reader(data: st.DataObject) -> None:
    block = bytearray(_block())
    for _ in range(data.draw(st.integers(1, 8))):
        block[data.draw(st.integers(8, len(block) - 1))] = data.draw(st.integers(0, 255))
    found = exif_block.parse_block(bytes(block[: data.draw(st.integers(0, len(block)))]))
    assert set(found) == {"image", "exif", "gps"}


def test_the_longest_values_of_all_tags_still_fit_a_jpeg(tmp_path: Path) -> None:
    frame = tmp_path / "frame.tif"
    full = CarriedExif(
        image={tag: ifd.text(tag, "x" * 4094) for tag in (0x010F, 0x0110, 0x0132, 0x013B, 0x8298)},
        exif={tag: ifd.text(tag, "y" * 398) for tag in range(0x8000, 0xA500)},
        gps={tag: ifd.text(tag, "z" * 398) for tag in range(0x20)},
    )
    block = exif.block(replace(full, exif={tag: full.exif[tag] for tag in exif._EXIF_TAGS}), width=1, height=1)
    frame.write_bytes(block)
    carried = carry_exif(frame)
    assert len(carried.image) == 5
    assert len(carried.exif) == len(exif._EXIF_TAGS)
    target = tmp_path / "a.jpg"
    jpeg.write_jpeg(target, scene(), quality=90, tags=FileTags(carried))
    assert len(carry_exif(target).exif) == len(exif._EXIF_TAGS)


def test_a_value_without_end_stays_behind(tmp_path: Path) -> None:
    path = tmp_path / "frame.tif"
    path.write_bytes(exif.block(CarriedExif(image={0x8298: ifd.text(0x8298, "x" * 60_000)}), width=1, height=1))
    assert 0x8298 not in carry_exif(path).image


def test_a_bias_without_a_sign_is_given_one(tmp_path: Path) -> None:
    bias = ifd.rationals(0x9204, [(1, 3)])
    body = Directory({}, {exif.EXIF_IFD: (Directory({bias.tag: bias}),)})
    path = tmp_path / "a.tif"
    path.write_bytes(ifd.header() + ifd.lay_out(body, 8))
    carried = carry_exif(path).exif[0x9204]
    assert carried == ifd.rationals(0x9204, [(1, 3)], ifd.SRATIONAL)
