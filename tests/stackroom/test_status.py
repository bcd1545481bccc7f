"""`status` says on one screen what is watched, what runs, what waits and what failed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from stackroom.heartbeat import Heartbeat
from stackroom.library import Library
from stackroom.tasks import WatchRequest, task_for
from tests.stackroom.here import run
from tests.stackroom.test_attending import request_for
from tests.watcher.test_queue import order
from watcher import events, queue
from watcher.worker import Failure


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A library at work: one job runs, three wait, one is put off, seven have failed."""
    made = Library(tmp_path / "lib")
    with made.catalog() as catalog, catalog.writer() as session:
        for number in range(7):
            queue.enqueue(session, order(f"torn-{number}", f"torn {number}"))
            claimed = queue.claim(session, "w")
            assert claimed is not None
            queue.fail(session, claimed.job_id, Failure(kind="permanent", message="IMG_1.JPG: a damaged frame"))
        queue.enqueue(session, order("full", "the full one"))
        claimed = queue.claim(session, "w")
        assert claimed is not None
        queue.fail(session, claimed.job_id, Failure(kind="transient", message="the disk is full"))
        for key in ("at work", "next", "then", "last"):
            queue.enqueue(session, order(key, key))
        claimed = queue.claim(session, "w")
        assert claimed is not None
    request: WatchRequest = request_for(made, tmp_path / "cards")
    now = [1000.0]
    beat = Heartbeat(made.heartbeat, task_for(made, request).rules, 2, events.nobody, lambda: now[0])
    beat(events.JobStarted(1, "first"))
    now[0] += 30
    beat(events.JobDone(1, "first", "m.tif", 30.0, True))
    beat(events.JobStarted(claimed.job_id, "at work"))
    beat(events.JobProgress(claimed.job_id, "fusing", 3, 12))
    beat(events.Warned("the disk is full; make room"))
    beat.write()
    return made


def test_it_says_all_of_it_and_fits_a_screen(library: Library, tmp_path: Path) -> None:
    done = run("status", library=library.root)
    assert done.returncode == 0, done.stderr
    said = done.stdout
    for words in (
        f"watching    {tmp_path}/cards (not there now): copied, preset neutral, jpeg to {library.stacks}",
        "at work: fusing [===         ] 3 of 12",
        "warning     the disk is full; make room",
        "waiting     4 jobs, about",
        "job 10: next\n",
        "the full one: the disk is full; again at",
        "and 2 more: `stackroom jobs list --state failed`",
    ):
        assert words in said
    assert said.index("next") < said.index("then") < said.index("last")
    assert len(said.splitlines()) <= 24
    assert all(line == line.rstrip() for line in said.splitlines())


def test_a_program_gets_all_of_the_same(library: Library) -> None:
    found = json.loads(run("status", "--json", library=library.root).stdout)
    assert found["daemon"]["pid"] == os.getpid()
    assert [job["title"] for job in found["waiting"]] == ["next", "then", "last"]
    assert [job["title"] for job in found["put_off"]] == ["the full one"]
    assert len(found["failed"]) == 7
    assert found["left_s"] > 0
    [watched] = found["daemon"]["watched"]
    assert (watched["mode"], watched["recipes"]) == ("copy", ["jpeg"])


def test_without_a_daemon_it_says_how_to_start_one(library: Library) -> None:
    library.heartbeat.unlink()
    assert "not running: `stackroom watch FOLDER`" in run("status", library=library.root).stdout


def test_jobs_of_a_state_that_there_is_not_are_a_clear_error(library: Library) -> None:
    done = run("jobs", "list", "--state", "lost", library=library.root)
    assert done.returncode == 2
    assert "there are queued, running" in done.stderr
    assert (
        len(json.loads(run("jobs", "list", "--state", "failed", "--limit", "3", "--json", library=library.root).stdout))
        == 3
    )
