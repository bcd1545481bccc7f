"""`dust` from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from tests import cards
from tests.stackroom.here import run


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("library")
    cards.write_card(root / "card", damaged=False)
    done = run("import", str(root / "card"), library=root / "lib")
    assert done.returncode == 0, done.stderr
    yield root / "lib"


def test_a_speck_is_added_drawn_and_taken_away(library: Path, tmp_path: Path) -> None:
    body = json.loads(run("dust", "list", "--json", library=library).stdout)[0]["body"]
    assert run("dust", "add", body, "--at", "120,80", "--radius", "9", library=library).returncode == 0
    picture = tmp_path / "map.png"
    shown = run("dust", "show", body, "--overlay", str(picture), "--json", library=library)
    assert [(s["x"], s["y"]) for s in json.loads(shown.stdout)["specks"]] == [(120, 80)]
    drawn = cv2.imread(str(picture), cv2.IMREAD_COLOR_RGB)
    assert drawn is not None
    around = drawn[60:101, 100:141].reshape(-1, 3).astype(int)
    assert (abs(around - (0, 220, 255)).max(axis=1) < 40).any(), "a blue circle"
    assert run("dust", "remove", body, "--at", "121,79", library=library).returncode == 0
    assert json.loads(run("dust", "show", body, "--json", library=library).stdout)["specks"] == []


def test_what_cannot_be_understood_is_said(library: Path) -> None:
    body = json.loads(run("dust", "list", "--json", library=library).stdout)[0]["body"]
    assert run("dust", "add", body, "--at", "here", library=library).returncode == 2
    done = run("dust", "show", "Leica", library=library)
    assert done.returncode == 1 and "no camera of that name" in done.stderr
