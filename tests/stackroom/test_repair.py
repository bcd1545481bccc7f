"""`check --repair` mends what it can, and leaves what it cannot to be told."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from stackroom import workflow
from stackroom.library import Library
from tests import cards
from tests.stackroom.here import run
from tests.stackroom.test_workflow import _request
from watcher.events import nobody


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A library with four originals, still on their card."""
    for number in range(4):
        cards.write_run(
            tmp_path / "card", cards.Run(first=1 + number, focus_m=(5.0,), start_s=900 * number, seed=number)
        )
    made = Library(tmp_path / "lib")
    workflow.watch(made, _request(tmp_path / "card"), nobody, threading.Event())
    return made


def _originals(library: Library) -> list[Path]:
    return sorted(library.originals.rglob("*.JPG"))


def test_a_sound_library_needs_nothing(library: Library) -> None:
    done = run("check", "--repair", "--verify", "--json", library=library.root)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"files": 4, "problems": [], "repaired": []})


def test_lost_copies_strays_and_leftovers_are_mended(library: Library, tmp_path: Path) -> None:
    first, second, *_ = _originals(library)
    content = first.read_bytes()
    first.unlink()
    stray = cards.write_run(tmp_path / "other", cards.Run(first=77, focus_m=(5.0,), start_s=9000, seed=77))[0]
    stray.rename(second.parent / stray.name)
    (second.parent / ".left.0-1-0.stackroom-part").write_bytes(b"half")
    assert run("check", library=library.root).returncode == 1
    done = run("check", "--repair", "--verify", library=library.root)
    assert done.returncode == 0, done.stdout
    assert first.read_bytes() == content
    assert [word in done.stdout for word in ("copied again", "1 originals", "1 unfinished")] == [True] * 3
    assert "5 files checked, 0 problems" in done.stdout


def test_what_the_card_has_no_more_is_told_and_not_mended(library: Library, tmp_path: Path) -> None:
    first, *_ = _originals(library)
    first.unlink()
    for frame in (tmp_path / "card").rglob("*.JPG"):
        frame.write_bytes(b"another picture")
    done = run("check", "--repair", library=library.root)
    assert done.returncode == 1
    assert "an original cannot be read" in done.stdout
    assert not first.exists()
