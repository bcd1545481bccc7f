"""`jobs` changes what it is told to, and says so clearly where there is nothing of that number."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stackroom.library import Library
from tests.stackroom.here import run
from tests.watcher.test_queue import order
from watcher import queue
from watcher.worker import Failure


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A library whose job 1 has failed and whose job 2 waits."""
    made = Library(tmp_path / "lib")
    with made.catalog() as catalog, catalog.writer() as session:
        queue.enqueue(session, order("a"))
        queue.enqueue(session, order("b"))
        claimed = queue.claim(session, "w")
        assert claimed is not None
        queue.fail(session, claimed.job_id, Failure(kind="permanent", message="torn"))
    return made


def _states(library: Library) -> dict[int, str]:
    done = run("jobs", "list", "--json", library=library.root)
    return {job["id"]: job["state"] for job in json.loads(done.stdout)}


def test_a_failed_job_is_queued_again(library: Library) -> None:
    done = run("jobs", "retry", "1", "--json", library=library.root)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"queued": 1})
    assert _states(library) == {1: "queued", 2: "queued"}


def test_a_waiting_job_is_cancelled(library: Library) -> None:
    assert run("jobs", "cancel", "2", library=library.root).returncode == 0
    assert _states(library) == {1: "failed", 2: "cancelled"}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("retry", "99"), "job 99: there is none of that number"),
        (("cancel", "2", "99"), "job 99: there is none of that number"),
        (("retry", "2"), "none of these jobs has failed"),
        (("first", "1"), "none of these jobs waits"),
    ],
)
def test_a_number_that_does_not_fit_is_a_clear_error(library: Library, words: tuple[str, ...], why: str) -> None:
    done = run("jobs", *words, library=library.root)
    assert done.returncode == 1
    assert why in done.stderr
    assert _states(library) == {1: "failed", 2: "queued"}, "nothing was changed"
