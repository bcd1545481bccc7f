from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from catalog.metadata.errors import MetadataError
from catalog.metadata.exiftool import Exiftool
from catalog.metadata.finding import Finding
from catalog.metadata.reader import read_metadata
from tests.catalog.metadata.made import Tag, Tiff, camera, jpeg, text


class Told:
    """A fallback that says what it is told to, and remembers what it was asked."""

    def __init__(self, answer: Finding | None) -> None:
        self.answer, self.asked = answer, list[str]()

    def read(self, path: Path) -> Finding | None:
        self.asked.append(path.name)
        return self.answer


def program(folder: Path, body: str) -> Exiftool:
    """Put a program in exiftool's place."""
    path = folder / "exiftool"
    path.write_text(f"#!{sys.executable}\nimport sys\n{body}\n")
    path.chmod(0o755)
    return Exiftool(str(path), seconds=5)


def test_what_the_program_says_is_decoded(tmp_path: Path) -> None:
    said = {
        "SourceFile": "a.x3f",
        "Make": "SIGMA",
        "SerialNumber": 1008382,
        "DateTimeOriginal": "2009:11:28 13:05:20",
        "SubSecTimeOriginal": "05",
        "FNumber": 2.8,
        "ISO": "100",
        "FocusDistanceLower": 0.37,
        "FocusDistanceUpper": "inf",
        "ExposureTime": "undef",
    }
    found = program(tmp_path, f"print({json.dumps([said])!r})").read(tmp_path / "a.x3f")
    assert found is not None
    assert (found.make, found.body_serial, found.f_number, found.iso) == ("SIGMA", "1008382", 2.8, 100)
    assert (found.focus_near_m, found.focus_far_m, found.exposure_s) == (0.37, float("inf"), None)
    assert found.taken_at is not None and found.taken_at.microsecond == 50_000


@pytest.mark.parametrize(
    "body", ["sys.exit(3)", "print('no json')", "print('[]')", "print('[{\"SourceFile\": 1}]')", "print('[7]')"]
)
def test_a_program_that_fails_tells_nothing(body: str, tmp_path: Path) -> None:
    assert program(tmp_path, body).read(tmp_path / "a.jpg") is None


def test_a_program_that_hangs_is_ended(tmp_path: Path) -> None:
    slow = Exiftool(program(tmp_path, "sys.stdin.read(); import signal; signal.pause()").program, seconds=0.2)
    assert slow.read(tmp_path / "a.jpg") is None


def test_a_program_that_is_absent_tells_nothing(tmp_path: Path) -> None:
    assert Exiftool(str(tmp_path / "none")).read(tmp_path / "a.jpg") is None


def test_the_fallback_is_asked_only_where_something_is_missing(tmp_path: Path) -> None:
    told = Told(Finding(reader="exiftool", make="LEAF", focus_near_m=0.5, focus_far_m=0.6))
    files = {
        "known.jpg": jpeg(Tiff(camera("Canon", "Canon EOS R6", b"\0" * 40)).bytes()),
        "no note.jpg": jpeg(Tiff(camera("ACME", "Model 1")).bytes()),
        "unknown note.jpg": jpeg(Tiff(camera("ACME", "Model 1", b"\1" * 40)).bytes()),
        "bare.jpg": jpeg(),
        "unknown kind.mos": b"a kind of its own",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    found = {name: read_metadata(tmp_path / name, told) for name in files}
    assert told.asked == ["unknown note.jpg", "bare.jpg", "unknown kind.mos"]
    assert (found["unknown note.jpg"].make, found["unknown note.jpg"].focus_near_m) == ("ACME", 0.5)
    assert found["unknown note.jpg"].readers == ("exifread", "exiftool")
    assert (found["unknown kind.mos"].make, found["unknown kind.mos"].readers) == ("LEAF", ("exiftool",))


def test_a_file_that_nobody_knows_is_the_one_error(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"words")
    for answer in (None, Finding(reader="exiftool")):
        with pytest.raises(MetadataError, match="not a picture"):
            read_metadata(path, Told(answer))


def test_a_broken_file_of_a_known_kind_is_not_passed_on(tmp_path: Path) -> None:
    told, path = Told(None), tmp_path / "a.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe1\xff\xff")
    with pytest.raises(MetadataError):
        read_metadata(path, told)
    assert told.asked == []


def test_a_tag_of_ours_wins_over_the_fallbacks(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(Tiff([text(0x010F, "ACME"), Tag(0x8769, 4, [Tag(0x927C, 7, b"\1" * 40)])]).bytes()))
    found = read_metadata(path, Told(Finding(reader="exiftool", make="Other", model="Model 2")))
    assert (found.make, found.model) == ("ACME", "Model 2")
