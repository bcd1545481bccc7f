"""Real worker processes: they end well, raise, and die."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from watcher.engine import Engine, Finished
from watcher.silence import Silence
from watcher.worker import Failure, StackOrder, StackReport, WrittenFile, outcome_to_json

PATIENCE_S = 60.0


def _order(title: str) -> StackOrder:
    return StackOrder(
        key=title, sequence_id=1, title=title, frames=(), reference=0, orientation=1, develop={}, stack={}, master="m",
        exports=(),
    )  # fmt: skip


def work(job_id: int, order: dict[str, Any]) -> dict[str, Any]:
    """Do what the order's title says; runs in a worker process."""
    match order["title"].split(":"):
        case ["die"]:
            os.kill(os.getpid(), signal.SIGSEGV)
        case ["die-once", marker]:
            if not Path(marker).exists():
                Path(marker).touch()
                time.sleep(0.2)
                os.kill(os.getpid(), signal.SIGSEGV)
        case ["raise"]:
            raise RuntimeError("a bug")
        case ["sleep", seconds]:
            time.sleep(float(seconds))
    report = StackReport(
        key=order["key"], master=WrittenFile(path="m", size=1, digest="d"), exports=(), fused=True, method="auto",
        engine_version="1",
    )  # fmt: skip
    return outcome_to_json(report)


def _drain(engine: Engine) -> list[Finished]:
    done: list[Finished] = []
    deadline = time.monotonic() + PATIENCE_S
    while engine.running:
        assert time.monotonic() < deadline, "the engine hangs"
        done += engine.finished(0.1)
    return done


@pytest.fixture
def engine() -> Any:
    made = Engine(work=work, slots=2, niceness=0)
    yield made
    made.stop()


def test_a_report_comes_back(engine: Engine) -> None:
    engine.submit(7, _order("fine"))
    [done] = _drain(engine)
    assert done.job_id == 7
    assert isinstance(done.outcome, StackReport)


def test_an_error_that_escapes_is_a_bug_of_that_job_alone(engine: Engine) -> None:
    engine.submit(1, _order("raise"))
    engine.submit(2, _order("fine"))
    outcomes = {done.job_id: done.outcome for done in _drain(engine)}
    assert isinstance(outcomes[1], Failure)
    assert outcomes[1].kind == "bug"
    assert isinstance(outcomes[2], StackReport)


def test_a_worker_that_dies_alone_is_to_blame(engine: Engine) -> None:
    engine.submit(1, _order("die"))
    [done] = _drain(engine)
    assert isinstance(done.outcome, Failure)
    assert done.outcome.kind == "crash"


def test_a_job_beside_a_crash_is_run_again_alone_and_not_blamed(engine: Engine, tmp_path: Path) -> None:
    engine.submit(1, _order(f"die-once:{tmp_path / 'marker'}"))
    engine.submit(2, _order("sleep:30"))
    first = _drain(engine)
    assert {done.job_id for done in first} == {1, 2}
    assert [getattr(done.outcome, "kind", None) for done in first] == ["disturbed", "disturbed"]
    engine.submit(1, _order("fine"))
    assert not engine.has_room(2), "a suspect runs alone"
    _drain(engine)
    engine.submit(2, _order("fine"))
    [done] = _drain(engine)
    assert isinstance(done.outcome, StackReport)


def test_stop_ends_the_workers_at_once(engine: Engine) -> None:
    engine.submit(1, _order("sleep:600"))
    engine.finished(0.5)
    began = time.monotonic()
    engine.stop()
    assert time.monotonic() - began < PATIENCE_S / 2
    assert engine.running == 0


def test_a_worker_that_dies_idle_harms_no_job(engine: Engine) -> None:
    engine.submit(1, _order("fine"))
    _drain(engine)
    assert engine._pool is not None
    [process] = (engine._pool._processes or {}).values()
    process.kill()
    process.join()
    engine.submit(2, _order("fine"))
    [done] = _drain(engine)
    assert isinstance(done.outcome, StackReport)


def test_what_is_abandoned_ends_and_its_neighbours_come_back_unharmed(engine: Engine) -> None:
    engine.submit(1, _order("sleep:600"))
    engine.submit(2, _order("sleep:600"))
    assert engine.abandon([9]) == []
    kinds = {done.job_id: getattr(done.outcome, "kind", None) for done in engine.abandon([1])}
    assert kinds == {1: "disturbed", 2: "disturbed"}
    assert engine.running == 0


@pytest.fixture
def unstartable() -> Iterator[None]:
    """Let every new process end before it has begun."""
    multiprocessing.set_executable("/bin/false")
    yield
    multiprocessing.set_executable(sys.executable)


@pytest.mark.usefixtures("unstartable")
def test_workers_that_cannot_even_start_are_no_frames_fault(engine: Engine) -> None:
    engine.submit(1, _order("fine"))
    engine.submit(2, _order("fine"))
    outcomes = [done.outcome for done in _drain(engine)]
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert [(failure.kind, "could be started" in failure.message) for failure in failures] == [("transient", True)] * 2
    multiprocessing.set_executable(sys.executable)
    engine.submit(1, _order("fine"))
    [done] = _drain(engine)
    assert isinstance(done.outcome, StackReport)


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is stopped by a signal there")
def test_a_worker_that_is_stopped_cannot_hold_up_the_end(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watcher.engine.PATIENCE_S", 0.2)
    engine.submit(1, _order("fine"))
    _drain(engine)
    assert engine._pool is not None
    [held, *_] = list(engine._pool._processes.values())
    pid = held.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    engine.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_worker_that_hangs_is_ended_and_its_job_found(engine: Engine) -> None:
    ticks = itertools.count(2.0, 2.0)
    # No time passes before the workers have begun: how long they take for that is the machine's affair.
    engine.silence = Silence(1.0, lambda: next(ticks) if engine._begun is not None and engine._begun.is_set() else 0.0)
    engine.submit(1, _order("sleep:600"))
    engine.submit(2, _order("sleep:600"))
    outcomes = [done.outcome for done in _drain(engine)]
    assert [outcome.kind for outcome in outcomes if isinstance(outcome, Failure)] == ["disturbed", "disturbed"]
    assert engine.has_room(1)
    engine.submit(1, _order("sleep:600"))
    assert not engine.has_room(2), "suspects run alone"
    [done] = _drain(engine)
    assert isinstance(done.outcome, Failure)
    assert done.outcome.kind == "crash"
    assert "hang" in done.outcome.message
