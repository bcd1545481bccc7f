"""A file that somebody changed while a new version of it was being made is theirs, and stays."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.copying import digest_file
from develop.codecs import atomic
from develop.settings import NEUTRAL
from stackroom import build
from stackroom.replacing import landing
from tests import cards, orders
from watcher.worker import ANYTHING, StackReport


def _land(path: Path, content: bytes, replaces: str | None) -> Path:
    with landing(path, replaces) as spot, atomic.write_beside(path) as partial:
        partial.write_bytes(content)
    return spot.path


def test_what_we_left_there_is_replaced(tmp_path: Path) -> None:
    place = tmp_path / "a.jpg"
    assert _land(place, b"first", None) == place
    assert _land(place, b"second", digest_file(place)) == place
    assert _land(place, b"third", ANYTHING) == place
    assert place.read_bytes() == b"third"
    assert [path.name for path in tmp_path.iterdir()] == ["a.jpg"]


def test_what_somebody_laid_there_stays_and_the_new_one_gets_a_number(tmp_path: Path) -> None:
    place = tmp_path / "a.jpg"
    ours = _land(place, b"ours", None)
    digest = digest_file(ours)
    place.write_bytes(b"theirs")
    (tmp_path / "a-2.jpg").write_bytes(b"another")
    assert _land(place, b"new", digest) == tmp_path / "a-3.jpg"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "a.jpg": b"theirs",
        "a-2.jpg": b"another",
        "a-3.jpg": b"new",
    }


def test_the_same_left_by_a_worker_that_died_is_no_second_file(tmp_path: Path) -> None:
    place = tmp_path / "a.jpg"
    _land(place, b"same", None)
    assert _land(place, b"same", None) == place
    assert len(list(tmp_path.iterdir())) == 1


def test_a_disk_without_hard_links_keeps_the_promise_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(os, "link", refused)
    place = tmp_path / "a.jpg"
    assert _land(place, b"first", None) == place
    assert _land(place, b"second", None) == tmp_path / "a-2.jpg"
    assert place.read_bytes() == b"first"


def test_outside_of_the_block_files_are_replaced_as_ever(tmp_path: Path) -> None:
    place = tmp_path / "a.jpg"
    _land(place, b"first", None)
    with atomic.write_beside(place) as partial:
        partial.write_bytes(b"second")
    assert place.read_bytes() == b"second"


def test_files_retouched_while_the_next_version_is_being_made_stay(tmp_path: Path) -> None:
    frames = cards.write_run(tmp_path / "card", cards.Run(first=1, focus_m=(0.3, 0.31, 0.32), start_s=0))
    order = orders.order(frames, tmp_path, ("jpeg", "tiff16"), NEUTRAL, 1)
    first = orders.built(order)
    files = {file.path: file.digest for file in (first.master, *first.exports)}
    brighter = replace(NEUTRAL, exposure=0.5)
    queued = replace(order, develop=brighter.to_json(), have_master=first.master.digest, replaces=files)
    export = Path(first.exports[0].path)

    def retouch(stage: str, done: int, total: int) -> None:
        if stage == "exporting" and done == 0:
            export.write_bytes(b"retouched by hand, in the last moment")

    report = build.attempt(queued, retouch)
    assert isinstance(report, StackReport)
    assert export.read_bytes() == b"retouched by hand, in the last moment"
    assert [Path(file.path).name for file in report.exports] == [f"{export.stem}-2.jpg", "tiff16.tif"]
    assert all(digest_file(Path(file.path)) == file.digest for file in report.exports)
    assert report.exports[1].digest != files[report.exports[1].path], "what nobody touched is replaced in its place"
