from __future__ import annotations

from pathlib import Path

import pytest

from catalog.metadata.completeness import check_complete, fault_of
from catalog.metadata.file_bytes import PAGE, FileBytes, in_memory
from tests.catalog.metadata import made
from tests.catalog.metadata.made import Tag, Tiff, camera, long, short

EXIF = Tiff(camera("ACME", "Model 1")).bytes()
THUMBNAIL = made.jpeg(width=160, height=120)
WITH_THUMBNAIL = Tiff(camera("ACME", "Model 1", THUMBNAIL)).bytes()
RW2 = made.raw_tiff([short(4, 0), short(5, 0), short(6, 4000), short(7, 6000)], mark=b"IIU\0")
WHOLE = {
    "jpeg": made.jpeg(EXIF),
    "jpeg with a thumbnail": made.jpeg(WITH_THUMBNAIL),
    "jpeg padded with zeros": made.jpeg(EXIF) + b"\0" * 4096,
    "jpeg with a second picture": made.jpeg(EXIF) + made.jpeg(width=1620, height=1080),
    "progressive jpeg": made.jpeg(EXIF)[:-2] + made.SCAN + made.SCAN + b"\xff\xd9",
    "tiff": made.raw_tiff(camera("ACME", "Model 1")),
    "big endian tiff": made.raw_tiff(camera("ACME", "Model 1"), ">"),
    "orf": made.raw_tiff(camera("ACME", "Model 1"), mark=b"IIRO"),
    "rw2": RW2,
    "cr3": made.cr3([short(0x0100, 6000)], [], []),
    "heif": made.heif(EXIF),
    "raf": made.raf(made.jpeg(EXIF)),
    "png": made.png(EXIF),
    "webp": made.webp(EXIF),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_file_is_whole(name: str) -> None:
    assert fault_of(in_memory(WHOLE[name])) is None


@pytest.mark.parametrize(
    "name", [n for n in WHOLE if n not in ("jpeg padded with zeros", "jpeg with a second picture")]
)
def test_a_file_cut_anywhere_is_not_whole(name: str) -> None:
    data = WHOLE[name]
    for length in range(len(data)):
        assert fault_of(in_memory(data[:length])) is not None, length


@pytest.mark.parametrize("name", ["jpeg", "png"])
def test_a_file_whose_end_is_still_zeros_is_not_whole_where_the_format_marks_its_end(name: str) -> None:
    data = WHOLE[name]
    half = len(data) // 2
    assert fault_of(in_memory(data[:half] + b"\0" * (len(data) - half))) is not None


def test_the_end_of_a_thumbnail_is_not_the_end_of_the_picture() -> None:
    data = WHOLE["jpeg with a thumbnail"]
    cut = data[: len(data) - 100]
    assert b"\xff\xd9" in cut
    assert fault_of(in_memory(cut)) == "ends in the middle of its pixel data"


def test_a_raw_below_which_a_directory_is_missing_is_cut() -> None:
    full = [long(0x0100, 6000), long(0x0101, 4000), long(0x0111, 8), long(0x0117, 50)]
    data = Tiff([long(0x0111, 8), long(0x0117, 20), Tag(0x014A, made.LONG, full)]).bytes()
    assert fault_of(in_memory(data)) is None
    assert fault_of(in_memory(data[:60])) is not None


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"these are words\n" * 20, "not a picture"),
        (bytes(range(7, 200)) * 9, "not a picture"),
        (made.box(b"ftyp", b"qt  \0\0\0\0") + made.box(b"moov", b"\0" * 90), "not a picture"),
        (Tiff(camera("ACME", "Model 1")).bytes(), "holds no pixel data"),
        (b"\xff\xd8\xff\xe1\x40\x00Exif\0\0", "ends inside its header"),
    ],
)
def test_the_reason_is_in_words(data: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "IMG_0001.JPG"
    path.write_bytes(data)
    assert check_complete(path) == reason


def test_an_absent_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        check_complete(tmp_path / "gone.jpg")


@pytest.mark.parametrize(("end", "most"), [(b"\xff\xd9", 3 * PAGE), (b"\x12\x12", 5_000_000 + 4 * PAGE)])
def test_only_the_head_and_the_end_of_a_whole_file_are_read(end: bytes, most: int) -> None:
    data = made.jpeg(EXIF)[:-2] + b"\x12" * 5_000_000 + end
    read = 0

    def take(start: int, size: int) -> bytes:
        nonlocal read
        read += size
        return data[start : start + size]

    assert (fault_of(FileBytes(take, len(data))) is None) is (end == b"\xff\xd9")
    assert read <= most
