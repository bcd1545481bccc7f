"""The shipped sample card is what its truth.json says."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

SAMPLES = Path(__file__).parent.parent / "samples"
CARD = SAMPLES / "card"
TRUTH: dict[str, Any] = json.loads((SAMPLES / "truth.json").read_text())
PICTURES = sorted(file for file, entry in TRUTH["files"].items() if entry["kind"] not in ("junk", "invalid"))


def _details(file: str) -> tuple[Image.Exif, dict[int, Any]]:
    with Image.open(CARD / file) as picture:
        exif = picture.getexif()
        return exif, exif.get_ifd(ExifTags.IFD.Exif)


def test_the_card_holds_the_files_named_and_no_others() -> None:
    there = {path.relative_to(CARD).as_posix() for path in CARD.rglob("*") if path.is_file()}
    assert there == set(TRUTH["files"])


@pytest.mark.parametrize("file", sorted(TRUTH["files"]))
def test_a_file_has_the_digest_named(file: str) -> None:
    data = (CARD / file).read_bytes()
    entry = TRUTH["files"][file]
    assert (len(data), hashlib.sha1(data, usedforsecurity=False).hexdigest()) == (entry["bytes"], entry["sha1"])


def test_all_samples_are_under_eight_megabytes() -> None:
    files = [path for path in SAMPLES.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files) < 8_000_000


@pytest.mark.parametrize("file", PICTURES)
def test_a_header_says_what_the_truth_says(file: str) -> None:
    entry = TRUTH["files"][TRUTH["files"][file].get("of", file)]
    exif, details = _details(file)
    base = ExifTags.Base
    when = f"{details[base.DateTimeOriginal]}.{details[base.SubsecTimeOriginal]}{details[base.OffsetTimeOriginal]}"
    taken = datetime.strptime(when, "%Y:%m:%d %H:%M:%S.%f%z").replace(tzinfo=None)
    assert taken == datetime.fromisoformat(entry["time"])
    assert float(details[base.SubjectDistance]) == pytest.approx(entry["focus_m"], abs=1e-4)
    body = TRUTH["cameras"][entry["camera"]]
    assert (exif[base.Make], exif[base.Model], details[base.BodySerialNumber]) == (
        body["make"], body["model"], body["serial"],
    )  # fmt: skip
    assert details[base.FNumber] > 1 and details[base.ExposureTime] > 0 and details[base.ISOSpeedRatings] >= 100


@pytest.mark.parametrize("file", PICTURES)
def test_a_picture_decodes_whole(file: str) -> None:
    with Image.open(CARD / file) as picture:
        assert np.asarray(picture).shape == (800, 1200, 3)


def test_the_cut_file_keeps_its_header_and_loses_its_picture() -> None:
    cut = next(f for f, e in TRUTH["files"].items() if e["kind"] == "invalid" and e["bytes"])
    assert _details(cut)[0][ExifTags.Base.Make] == "Canon"
    with Image.open(CARD / cut) as picture, pytest.raises(OSError, match="truncated"):
        picture.load()


@pytest.mark.parametrize("name", sorted(TRUTH["sequences"]))
def test_a_sequence_moves_one_way_in_time_and_focus(name: str) -> None:
    sequence = TRUTH["sequences"][name]
    assert [TRUTH["files"][file]["index"] for file in sequence["files"]] == list(range(len(sequence["files"])))
    assert sequence["times"] == sorted(set(sequence["times"]))
    steps = np.diff(sequence["focus_m"])
    assert (steps > 0).all() or (steps < 0).all()


@pytest.mark.parametrize("name", sorted(TRUTH["sequences"]))
def test_the_sharp_picture_is_sharper_than_every_frame(name: str) -> None:
    def detail(path: Path) -> float:
        with Image.open(path) as picture:
            grey = np.asarray(picture.convert("L"), np.float64)
        return float(np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean())

    best = max(detail(CARD / file) for file in TRUTH["sequences"][name]["files"])
    assert detail(SAMPLES / "truth" / f"{name}.jpg") > 1.1 * best
