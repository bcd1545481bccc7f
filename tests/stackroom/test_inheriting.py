"""Frames that come to a sequence later look like those that were there; nothing a person said of a frame is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import pytest

from tests import cards
from tests.cards import Run
from tests.stackroom.here import run

FOCUS = (0.30, 0.31, 0.32, 0.33, 0.34, 0.35)


def _ran(root: Path, *words: str) -> str:
    done = run(*words, library=root / "lib")
    assert done.returncode == 0, done.stderr
    return done.stdout


def _imported(root: Path, frames: list[Path], early: int = 3) -> list[Path]:
    """Import the first frames of a run; return those that are yet to come, laid aside."""
    late = [path.rename(root / path.name) for path in frames[early:]]
    _ran(root, "import", str(root / "card"))
    return late


def _come(root: Path, late: list[Path]) -> None:
    for path in late:
        path.rename(root / "card" / "DCIM" / "100CANON" / path.name)
    _ran(root, "import", str(root / "card"))


def _settings(root: Path) -> dict[str, dict[str, Any]]:
    """Return the settings of every capture by its file's name."""
    listed = json.loads(_ran(root, "list", "--json"))
    names = {capture["id"]: Path(capture["files"][0]).name for capture in listed}
    shown = json.loads(_ran(root, "develop", *map(str, names), "--json"))
    return {names[entry["capture"]]: entry["settings"] for entry in shown}


def _sequences(root: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_ran(root, "sequences", "list", "--json"))
    return found


def _light(path: Path) -> float:
    """Return how bright a picture is on the whole, 0 to 255."""
    pixels = cv2.imread(str(path))
    assert pixels is not None
    return float(pixels.mean())


def test_frames_that_come_later_inherit_in_one_undoable_action(tmp_path: Path) -> None:
    late = _imported(tmp_path, cards.write_run(tmp_path / "card", Run(first=1, focus_m=FOCUS, start_s=0)))
    [sequence] = _sequences(tmp_path)
    _ran(tmp_path, "develop", "2", "--set", "exposure=1", "--set", "sharpen_amount=40")
    _ran(tmp_path, "sync", "--to", str(sequence["id"]))
    _come(tmp_path, late)
    [sequence] = _sequences(tmp_path)
    assert len(sequence["frames"]) == 6
    look, finish = {"exposure": 1.0}, {"exposure": 1.0, "sharpen_amount": 40.0}
    found = _settings(tmp_path)
    # The reference is the middle of what is there: now the fourth, which takes on what finishes the result too.
    assert list(found.values()) == [look, finish, look, finish, look, look]
    _ran(tmp_path, "export", "--what", "frames", "--to", str(tmp_path / "out"))
    light = [_light(path) for path in sorted((tmp_path / "out").rglob("*.jpg"))]
    assert len(light) == 6
    assert max(light) - min(light) < 3
    assert light[0] > _light(tmp_path / "card/DCIM/100CANON/IMG_0001.JPG") + 20
    assert "new frames take on the settings of sequence" in _ran(tmp_path, "undo")
    assert list(_settings(tmp_path).values()) == [look, finish, look, {}, {}, {}]


def test_where_nobody_developed_the_reference_nothing_is_inherited(tmp_path: Path) -> None:
    late = _imported(tmp_path, cards.write_run(tmp_path / "card", Run(first=1, focus_m=FOCUS, start_s=0)))
    _ran(tmp_path, "develop", "1", "--set", "exposure=1")
    _come(tmp_path, late)
    assert list(_settings(tmp_path).values()) == [{"exposure": 1.0}, {}, {}, {}, {}, {}]


def test_words_for_white_balance_are_inherited_as_the_numbers_that_sync_found(tmp_path: Path) -> None:
    late = _imported(tmp_path, cards.write_run(tmp_path / "card", Run(first=1, focus_m=FOCUS, start_s=0)))
    [sequence] = _sequences(tmp_path)
    _ran(tmp_path, "develop", "2", "--set", "white_balance=auto", "--set", "exposure=1")
    _ran(tmp_path, "sync", "--to", str(sequence["id"]))
    before = _settings(tmp_path)["IMG_0001.JPG"]
    assert before["white_balance"] == "custom"
    _come(tmp_path, late)
    assert _settings(tmp_path)["IMG_0006.JPG"] == before


def test_a_frame_that_is_moved_inherits_and_one_undo_takes_both_back(tmp_path: Path) -> None:
    cards.write_run(tmp_path / "card", Run(first=1, focus_m=FOCUS[:3], start_s=0))
    cards.write_run(tmp_path / "card", Run(first=4, focus_m=FOCUS[3:], start_s=60))
    _ran(tmp_path, "import", str(tmp_path / "card"))
    first, _ = _sequences(tmp_path)
    _ran(tmp_path, "develop", "2", "--set", "exposure=1")
    _ran(tmp_path, "develop", "5", "--set", "exposure=-1")
    _ran(tmp_path, "sync", "--to", str(first["id"]))
    _ran(tmp_path, "sequences", "move", "4", "--to", str(first["id"]))
    _ran(tmp_path, "sequences", "move", "5", "--to", str(first["id"]))
    changed = [value.get("exposure") for value in _settings(tmp_path).values()]
    assert changed == [1.0, 1.0, 1.0, 1.0, -1.0, None], "what a person made of a frame stays"
    _ran(tmp_path, "undo")
    _ran(tmp_path, "undo")
    assert [value.get("exposure") for value in _settings(tmp_path).values()][3] is None
    assert [len(entry["frames"]) for entry in _sequences(tmp_path)] == [3, 3]


@pytest.mark.parametrize("early", [3, 6])
def test_an_automatic_white_balance_stops_neither_import_nor_watch(tmp_path: Path, early: int) -> None:
    late = _imported(tmp_path, cards.write_run(tmp_path / "card", Run(first=1, focus_m=FOCUS, start_s=0)), early)
    lead = early // 2 + 1
    _ran(tmp_path, "develop", str(lead), "--set", "white_balance=auto", "--set", "exposure=0.5")
    _come(tmp_path, late)
    _ran(tmp_path, "watch", str(tmp_path / "card"), "--export", str(tmp_path / "out"), "--once")
    found = list(_settings(tmp_path).values())
    assert found[5] == {"exposure": 0.5}
    assert found[lead - 1] == {"exposure": 0.5, "white_balance": "auto"}
    assert list((tmp_path / "out").glob("*.jpg"))
