"""Editing from the command line: set, auto, sync, undo, sidecars."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import cards
from tests.stackroom.test_cli import run


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A library with two stacks of four frames imported, nothing stacked."""
    root = tmp_path_factory.mktemp("library")
    cards.write_card(root / "card", damaged=False)
    done = run("import", str(root / "card"), library=root / "lib")
    assert done.returncode == 0, done.stderr
    yield root / "lib"


def _settings(library: Path, *captures: int) -> list[dict[str, Any]]:
    done = run("develop", *map(str, captures), "--json", library=library)
    assert done.returncode == 0, done.stderr
    return [entry["settings"] for entry in json.loads(done.stdout)]


def _frames(library: Path) -> tuple[int, list[int]]:
    shown = run("sequences", "list", "--kind", "focus", "--json", library=library)
    sequence = json.loads(shown.stdout)[0]
    listed = json.loads(run("list", "--json", library=library).stdout)
    return sequence["id"], [c["id"] for c in listed if c["sequence"] == sequence["id"]]


def test_sync_says_what_it_would_do_does_it_and_reads_it_back(library: Path) -> None:
    number, frames = _frames(library)
    lead = frames[2]
    assert (
        run("develop", str(lead), "--set", "exposure=0.5", "--set", "sharpen_amount=40", library=library).returncode
        == 0
    )
    planned = run("sync", str(number), "--dry-run", library=library)
    assert "exposure" in planned.stdout
    assert "on the result: sharpen_amount" in planned.stdout
    assert "nothing was changed" in planned.stdout
    assert _settings(library, frames[0]) == [{}]
    done = run("sync", str(number), library=library)
    assert "3 of 3 frames carry the settings" in done.stdout
    assert _settings(library, frames[0]) == [{"exposure": 0.5}], "sharpening waits for the result"
    again = run("sync", str(number), library=library)
    assert "nothing to change" in again.stdout
    assert run("undo", library=library).returncode == 0
    assert _settings(library, frames[0]) == [{}]
    assert run("redo", library=library).returncode == 0
    assert _settings(library, frames[0]) == [{"exposure": 0.5}]
    assert run("undo", library=library).returncode == 0
    assert run("undo", library=library).returncode == 0


def test_auto_gives_numbers(library: Path) -> None:
    _, frames = _frames(library)
    assert run("develop", str(frames[0]), "--auto", library=library).returncode == 0
    [found] = _settings(library, frames[0])
    assert found
    assert all(isinstance(value, float) for value in found.values())
    assert run("undo", library=library).returncode == 0


def test_settings_go_out_to_a_sidecar_and_come_back(library: Path) -> None:
    _, frames = _frames(library)
    capture = str(frames[1])
    run("develop", capture, "--set", "exposure=0.5", "--set", "contrast=12", library=library)
    before = _settings(library, frames[1])
    originals = {path: path.read_bytes() for path in (library / "originals").rglob("*.JPG")}
    assert run("xmp", "write", capture, library=library).returncode == 0
    assert {path: path.read_bytes() for path in (library / "originals").rglob("*.JPG")} == originals
    assert run("develop", capture, "--reset", library=library).returncode == 0
    assert _settings(library, frames[1]) == [{}]
    assert run("xmp", "read", capture, library=library).returncode == 0
    assert _settings(library, frames[1]) == before


@pytest.mark.parametrize(
    "words", [("--set", "exposre=1"), ("--set", "exposure=99"), ("--set", "exposure"), ("--preset", "none such")]
)
def test_a_wrong_setting_is_one_clear_line(library: Path, words: tuple[str, ...]) -> None:
    done = run("develop", "1", *words, library=library)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_strokes_are_added_shown_and_undone(library: Path, tmp_path: Path) -> None:
    number, _ = _frames(library)
    strokes = tmp_path / "strokes.json"
    strokes.write_text(json.dumps([{"source": 0, "points": [[0.4, 0.3]], "radius": 0.02}]), encoding="utf-8")
    done = run("retouch", str(number), "--strokes", str(strokes), "--json", library=library)
    assert done.returncode == 0, done.stderr
    stroke = json.loads(done.stdout)["strokes"][0]
    assert stroke["source"].endswith(".JPG"), "a number is kept as the frame's name"
    assert run("undo", library=library).returncode == 0
    assert json.loads(run("retouch", str(number), "--json", library=library).stdout)["strokes"] == []


@pytest.mark.parametrize(
    "text", ["[{", '{"source": 0}', '[{"source": 99, "points": [[0, 0]], "radius": 0.1}]', '[{"source": 0}]']
)
def test_strokes_that_make_no_sense_are_one_clear_line(library: Path, tmp_path: Path, text: str) -> None:
    number, _ = _frames(library)
    (tmp_path / "strokes.json").write_text(text, encoding="utf-8")
    done = run("retouch", str(number), "--strokes", str(tmp_path / "strokes.json"), library=library)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
