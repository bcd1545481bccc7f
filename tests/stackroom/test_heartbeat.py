"""What `status` reads of a running daemon."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stackroom import heartbeat
from stackroom.heartbeat import Heartbeat
from watcher import events


def _beating(path: Path) -> tuple[Heartbeat, list[float]]:
    now = [1000.0]
    return Heartbeat(path, (), 2, events.nobody, lambda: now[0]), now


def test_it_tells_what_runs_and_how_long_the_rest_takes(tmp_path: Path) -> None:
    beat, now = _beating(tmp_path / "beat")
    beat(events.JobStarted(1, "first"))
    now[0] += 10
    beat(events.JobDone(1, "first", "m.tif", 10.0, True))
    beat(events.JobStarted(2, "second"))
    now[0] += 4
    beat(events.JobProgress(2, "fusing", 3, 8))
    state = heartbeat.read(tmp_path / "beat")
    assert state is not None
    assert [(job["id"], job["stage"], job["done"]) for job in state["jobs"]] == [(2, "fusing", 3)]
    assert heartbeat.left_s(state, queued=5) == pytest.approx((5 * 10 + 6) / 2)


def test_a_warning_stays_until_it_is_over(tmp_path: Path) -> None:
    beat, now = _beating(tmp_path / "beat")
    shown = ["the disk is full", "the card is away"]
    beat(events.Warned(shown[0], "import"))
    now[0] += 2
    beat(events.Warned(shown[1], "folder"))
    assert json.loads((tmp_path / "beat").read_text())["warnings"] == shown
    now[0] += 2
    beat(events.Warned("the disk is full still", "import"))
    assert json.loads((tmp_path / "beat").read_text())["warnings"] == [shown[1], "the disk is full still"]
    now[0] += 2
    beat(events.Resumed("over", "import"))
    assert json.loads((tmp_path / "beat").read_text())["warnings"] == shown[1:], "the other is not over"


def test_a_dead_daemons_file_counts_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "beat").write_text(json.dumps({"pid": 2**22 + 1}))
    assert heartbeat.read(tmp_path / "beat") is None
    (tmp_path / "beat").write_text("{half")
    assert heartbeat.read(tmp_path / "beat") is None


def test_after_the_end_there_is_none(tmp_path: Path) -> None:
    beat, _ = _beating(tmp_path / "beat")
    beat(events.Scanned(1, 1))
    beat.end()
    assert not (tmp_path / "beat").exists()
