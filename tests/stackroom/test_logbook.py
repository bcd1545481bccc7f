"""The daemon's log: every line kept with its time, and never more than a few files."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackroom import logbook
from stackroom.logbook import Logbook
from watcher import events


def test_what_happened_is_kept_and_passed_on(tmp_path: Path) -> None:
    seen: list[events.Event] = []
    log = Logbook(tmp_path / "logs", seen.append)
    told: list[events.Event] = [
        events.Skipped("/card/line\nbreak.JPG", "cut"),
        events.JobDone(7, "a stack", "m.tif", 3.14, True),
        events.Scanned(5, 0),
    ]
    for event in told:
        log(event)
    log.close()
    lines = (tmp_path / "logs/daemon.log").read_text().splitlines()
    assert seen == told
    assert [line.split(" ", 2)[2] for line in lines] == [
        "skipped /card/line\\nbreak.JPG: cut",
        "job 7 done in 3.1 s: a stack: m.tif",
    ]


def test_it_takes_no_more_than_its_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logbook, "BYTES", 1000)
    log = Logbook(tmp_path, events.nobody)
    for number in range(500):
        log(events.Warned(f"trouble {number}"))
    log.close()
    files = sorted(tmp_path.iterdir())
    assert len(files) == 1 + logbook.KEPT
    assert all(path.stat().st_size <= 1000 for path in files)
    assert "trouble 499" in (tmp_path / "daemon.log").read_text()
