"""The durable queue over a real catalog file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from catalog.database import Catalog
from catalog.models import Sequence
from tests.catalog import made
from watcher import queue
from watcher.worker import Failure, FrameOrder, StackOrder

NOW = datetime(2026, 1, 1, 12)


FRAME = FrameOrder(capture_id=1, file_id=1, path="/in/a.jpg", source="/in/a.jpg", digest="")


def order(key: str, title: str = "a stack") -> StackOrder:
    return StackOrder(
        key=key, sequence_id=0, title=title, frames=(FRAME,), reference=0, orientation=1, develop={}, stack={},
        master=f"/out/{key}.tif", exports=(),
    )  # fmt: skip


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with made.opened(tmp_path) as opened:
        yield opened


def _states(catalog: Catalog) -> dict[str, str]:
    from catalog.models import Job

    with catalog.reader() as session:
        return {job.key: job.state for job in session.query(Job)}


def test_an_order_goes_in_and_comes_out_unchanged(catalog: Catalog) -> None:
    with catalog.writer() as session:
        queue.enqueue(session, order("a"))
        claimed = queue.claim(session, "w")
    assert claimed is not None
    assert claimed.order == order("a")
    assert _states(catalog) == {"a": "running"}


def test_the_same_key_asked_for_twice_is_one_job(catalog: Catalog) -> None:
    with catalog.writer() as session:
        assert queue.enqueue(session, order("a")) == queue.enqueue(session, order("a", "again"))
        assert queue.claim(session, "w") is not None
        assert queue.claim(session, "w") is None


def test_priority_comes_before_age(catalog: Catalog) -> None:
    with catalog.writer() as session:
        queue.enqueue(session, order("old"))
        queue.enqueue(session, order("urgent"), priority=5)
        first = queue.claim(session, "w")
    assert first is not None
    assert first.order.key == "urgent"


def test_a_finished_job_whose_files_are_missing_is_queued_again(catalog: Catalog) -> None:
    with catalog.writer() as session:
        number = queue.enqueue(session, order("a"))
        assert number is not None
        queue.claim(session, "w")
        queue.finish(session, number)
        queue.enqueue(session, order("a"))
    assert _states(catalog) == {"a": "queued"}


def test_what_may_pass_is_tried_again_after_a_pause_and_never_given_up(catalog: Catalog) -> None:
    now = NOW
    full = Failure(kind="transient", message="the disk is full")
    with catalog.writer() as session:
        number = queue.enqueue(session, order("a"))
        assert number is not None
        for _ in range(20):
            assert queue.claim(session, "w", now=now) is not None
            assert queue.fail(session, number, full, now=now)
            assert queue.claim(session, "w", now=now) is None, "not before the pause is over"
            now += timedelta(minutes=10)


def test_a_damaged_frame_is_set_aside_at_once_and_waits_for_a_person(catalog: Catalog) -> None:
    with catalog.writer() as session:
        number = queue.enqueue(session, order("a"))
        assert number is not None
        queue.claim(session, "w")
        assert not queue.fail(session, number, Failure(kind="permanent", message="IMG_1.JPG: damaged"))
        assert queue.enqueue(session, order("a")) is None
        assert queue.claim(session, "w") is None
        assert queue.retry(session) == 1
        assert queue.claim(session, "w") is not None


def test_a_crash_is_tried_three_times(catalog: Catalog) -> None:
    now, crash = NOW, Failure(kind="crash", message="died")
    again = []
    with catalog.writer() as session:
        number = queue.enqueue(session, order("a"))
        assert number is not None
        for _ in range(queue.MAX_ATTEMPTS):
            queue.claim(session, "w", now=now)
            again.append(queue.fail(session, number, crash, now=now))
            now += timedelta(hours=1)
    assert again == [True, True, False]


def test_what_a_dead_daemon_left_running_is_put_back(catalog: Catalog) -> None:
    with catalog.writer() as session:
        queue.enqueue(session, order("a"))
        queue.claim(session, "dead")
    with catalog.writer() as session:
        assert queue.recover(session) == 1
        assert queue.claim(session, "alive") is not None


def test_files_that_a_cut_run_may_have_written_are_told_from_those_only_promised(catalog: Catalog) -> None:
    with catalog.writer() as session:
        queue.enqueue(session, order("cut"))
        claimed = queue.claim(session, "dead")
        assert claimed is not None
        queue.recover(session)
        queue.enqueue(session, order("waiting"))
    with catalog.reader() as session:
        assert set(queue.promised_paths(session, interrupted=True)) == set(claimed.order.paths)
        assert set(queue.promised_paths(session)) > set(claimed.order.paths)


def test_a_new_start_waits_for_no_pause_of_an_earlier_run(catalog: Catalog) -> None:
    with catalog.writer() as session:
        queue.enqueue(session, order("a"))
        claimed = queue.claim(session, "w")
        assert claimed is not None
        assert queue.fail(session, claimed.job_id, Failure(kind="transient", message="the disk is full"))
    with catalog.writer() as session:
        assert queue.claim(session, "w") is None
        queue.recover(session)
        assert queue.claim(session, "w") is not None


def test_eight_claimers_never_get_the_same_job(catalog: Catalog) -> None:
    with catalog.writer() as session:
        for number in range(40):
            queue.enqueue(session, order(f"job{number}"))
    got: list[int] = []

    def claim_all() -> None:
        while True:
            with catalog.writer() as session:
                claimed = queue.claim(session, threading.current_thread().name)
            if claimed is None:
                return
            got.append(claimed.job_id)

    threads = [threading.Thread(target=claim_all) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len(set(got)) == 40


def test_a_clock_set_back_puts_no_job_off(catalog: Catalog) -> None:
    with catalog.writer() as session:
        number = queue.enqueue(session, order("a"))
        assert number is not None
        queue.claim(session, "w", now=NOW)
        queue.fail(session, number, Failure(kind="transient", message="full"), now=NOW)
        an_hour_ago = NOW - timedelta(hours=1)
        assert queue.next_due_s(session, now=an_hour_ago) == 0
        assert queue.claim(session, "w", now=an_hour_ago) is not None


def test_a_job_cancelled_while_it_runs_stays_cancelled(catalog: Catalog) -> None:
    with catalog.writer() as session:
        number = queue.enqueue(session, order("a"))
        assert number is not None
        queue.claim(session, "w")
        assert queue.cancel(session, [number, 999]) == [number]
        assert queue.running(session) == set()
        assert not queue.fail(session, number, Failure(kind="disturbed", message="ended"))
    assert _states(catalog) == {"a": "cancelled"}
    with catalog.writer() as session:
        assert queue.retry(session, [number]) == 1
    assert _states(catalog) == {"a": "queued"}


def test_only_waiting_jobs_are_moved_to_the_front(catalog: Catalog) -> None:
    with catalog.writer() as session:
        numbers = [queue.enqueue(session, order(key)) for key in "abc"]
        assert queue.set_priority(session, [n for n in numbers[2:] if n], 100) == 1
        first = queue.claim(session, "w")
    assert first is not None
    assert first.order.key == "c"


def _claim(catalog: Catalog) -> queue.Claimed:
    with catalog.writer() as session:
        claimed = queue.claim(session, "w")
    assert claimed is not None
    return claimed


def test_a_job_that_was_begun_before_says_so_however_it_ended(catalog: Catalog) -> None:
    with catalog.writer() as session:
        queue.enqueue(session, order("a"))
    first = _claim(catalog)
    assert not first.again
    with catalog.writer() as session:
        queue.decline(session, first)
    second = _claim(catalog)
    assert not second.again, "it was claimed, and not begun"
    with catalog.writer() as session:
        queue.put_off(session, second, "the disk is full")
        queue.recover(session)
    begun = _claim(catalog)
    assert not begun.again, "it was put off, and not begun"
    for end in (
        lambda session: queue.give_back(session, [begun.job_id]),
        lambda session: queue.fail(session, begun.job_id, Failure(kind="crash", message="died")),
        lambda session: (queue.cancel(session, [begun.job_id]), queue.retry(session)),
        lambda session: (
            queue.fail(session, begun.job_id, Failure(kind="permanent", message="torn")),
            queue.retry(session),
        ),
    ):
        with catalog.writer() as session:
            end(session)
        again = _claim(catalog)
        assert again.again
        with catalog.writer() as session:
            queue.decline(session, again)
        assert _claim(catalog).again


def test_what_follows_a_job_that_was_cut_may_find_its_files(catalog: Catalog) -> None:
    with catalog.writer() as session:
        session.add(Sequence(id=7, kind="focus", confidence=1.0, reasons=[], warnings=[], idle_s=10.0))
        session.flush()
        queue.enqueue(session, replace(order("a"), sequence_id=7))
    cut = _claim(catalog)
    with catalog.writer() as session:
        queue.give_back(session, [cut.job_id])
        queue.enqueue(session, replace(order("b"), sequence_id=7))
    assert _claim(catalog).again
