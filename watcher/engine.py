"""Run orders on an executor: a process pool on one machine. A worker that dies takes down its job, never the daemon."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from multiprocessing import connection
from typing import Any, Protocol

from catalog.worker_process import WORKERS, work_for_parent
from watcher.events import JobProgress, Listener, nobody
from watcher.silence import Silence
from watcher.worker import Failure, Json, Outcome, StackOrder, outcome_from_json

Work = Callable[[int, Json], Json]
"""Takes (job id, order as JSON), returns `outcome_to_json`. Must be a module-level function: it is sent by name."""


PATIENCE_S = 2.0
"""How long workers that are asked to end may take before they are killed."""
NOT_STARTED = "no worker process could be started; memory or processes of the machine may be used up"


class ProgressSink(Protocol):
    """Takes (job id, stage, done, total)."""

    def put(self, message: tuple[int, str, int, int]) -> None:
        """Pass it on; must not take long."""


_progress: ProgressSink | None = None


def report_progress(job_id: int, stage: str, done: int, total: int) -> None:
    """Tell the daemon how far a job is; called in a worker, does nothing anywhere else."""
    if _progress is not None:
        with contextlib.suppress(OSError, ValueError):
            _progress.put((job_id, stage, done, total))


def send_progress_to(sink: ProgressSink | None) -> None:
    """Choose where this process's jobs tell how far they are."""
    global _progress  # noqa: PLW0603 - one a process: the pixels' code knows of no job, let alone of a sink
    _progress = sink


def prepare_worker(niceness: int) -> None:
    """Prepare a worker: leave Ctrl-C to the daemon, end when the daemon dies, run below interactive programs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    work_for_parent()
    if niceness:
        with contextlib.suppress(OSError, AttributeError):
            os.nice(niceness)


def _start_worker(progress: Any, niceness: int, begun: Any) -> None:
    send_progress_to(progress)
    progress.cancel_join_thread()
    prepare_worker(niceness)
    begun.set()


def end_workers(pool: ProcessPoolExecutor) -> None:
    """End a pool's workers at once, whatever they are at."""
    processes = list((pool._processes or {}).values())
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + PATIENCE_S
    for process in processes:
        # One that is stopped, or hangs in a driver, takes no request to end; shutdown would wait for it for ever.
        if not connection.wait([process.sentinel], max(0.0, deadline - time.monotonic())):
            process.kill()
    pool.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class Finished:
    """A job that ended, one way or the other."""

    job_id: int
    outcome: Outcome


class Runs(Protocol):
    """What the daemon needs of an engine: a process pool here, or a cluster."""

    @property
    def slots(self) -> int:
        """Jobs that may be in flight now."""

    @property
    def running(self) -> int:
        """Jobs in flight."""

    def has_room(self, job_id: int) -> bool:
        """Say whether `job_id` may be submitted now."""

    def submit(self, job_id: int, order: StackOrder) -> None:
        """Start a job; what goes wrong comes out of `finished`."""

    def finished(self, timeout_s: float) -> list[Finished]:
        """Wait up to `timeout_s` for jobs to end and return those that did."""

    def abandon(self, job_ids: Collection[int]) -> list[Finished]:
        """End jobs that nobody wants any more, and return what came of them and of those beside them."""

    def stop(self) -> None:
        """End or call off everything in flight, at once."""


@dataclass(slots=True)
class Engine:
    """A pool of `slots` worker processes.

    When the pool breaks, every job in it is a suspect: suspects are run again one at a time, so that only the one that
    kills its worker alone is blamed.
    """

    work: Work
    slots: int
    niceness: int = 5
    silence: Silence = field(default_factory=Silence)
    listen: Listener = nobody
    _pool: ProcessPoolExecutor | None = None
    _messages: Any = None
    _begun: Any = None
    """Set by the first worker of the pool that is ready for work."""
    _running: dict[Future[Json], int] = field(default_factory=dict)
    _suspects: set[int] = field(default_factory=set)
    _is_stale: bool = False

    def resize(self, slots: int, niceness: int) -> None:
        """Go on with another number of workers or at another priority, as soon as what runs is finished."""
        self._is_stale |= self._pool is not None and (slots, niceness) != (self.slots, self.niceness)
        self.slots, self.niceness = slots, niceness

    @property
    def running(self) -> int:
        """Jobs in flight."""
        return len(self._running)

    def has_room(self, job_id: int) -> bool:
        """Say whether `job_id` may be submitted now: a suspect runs alone."""
        if self._is_stale:
            return not self._running
        if job_id in self._suspects or self._suspects & set(self._running.values()):
            return not self._running
        return len(self._running) < self.slots

    def submit(self, job_id: int, order: StackOrder) -> None:
        """Start a job."""
        if not self._running and (self._is_stale or self._has_dead_worker()):
            self.stop()  # one that died idle is nobody's fault
            self._is_stale = False
        future = self._begin(job_id, order)
        if not self._running and future.done() and isinstance(future.exception(), BrokenExecutor):
            # The pool itself noticed first that a worker had died idle.
            self.stop()
            future = self._begin(job_id, order)
        self._running[future] = job_id
        self.silence.heard(job_id)

    def _begin(self, job_id: int, order: StackOrder) -> Future[Json]:
        pool = self._pool or self._start()
        try:
            return pool.submit(self.work, job_id, order.to_json())
        except (BrokenExecutor, OSError) as error:
            # It broke between two looks, or could not start: the job is one of those that `finished` tells of.
            future: Future[Json] = Future()
            future.set_exception(error if isinstance(error, BrokenExecutor) else BrokenExecutor(str(error)))
            return future

    def _start(self) -> ProcessPoolExecutor:
        self._messages, self._begun = WORKERS.Queue(), WORKERS.Event()
        words = (self._messages, self.niceness, self._begun)
        self._pool = ProcessPoolExecutor(self.slots, mp_context=WORKERS, initializer=_start_worker, initargs=words)
        return self._pool

    def _has_dead_worker(self) -> bool:
        processes = self._pool._processes if self._pool is not None else None
        return any(process.exitcode is not None for process in list((processes or {}).values()))

    def _tell_progress(self) -> None:
        while self._messages is not None:
            try:
                progress = JobProgress(*self._messages.get_nowait())
                self.silence.heard(progress.job_id)
                self.listen(progress)
            except (queue.Empty, OSError, EOFError):
                return

    def finished(self, timeout_s: float) -> list[Finished]:
        """Wait up to `timeout_s` for jobs to end and return those that did."""
        done, _ = wait(self._running, timeout=timeout_s, return_when=FIRST_COMPLETED)
        self._tell_progress()
        if any(isinstance(future.exception(), BrokenExecutor) for future in done):
            return self._all_crashed()
        # The pool itself may notice the death of a worker that it started late only when another one ends.
        if not done and self._has_dead_worker():
            return self._all_crashed()
        if not done and not self.silence.all_alive(self._running.values()):
            return self._all_crashed(f"said nothing for {self.silence.limit_s:.0f} s", "hang")
        return [self._take(future) for future in done]

    def _take(self, future: Future[Json]) -> Finished:
        job_id = self._running.pop(future)
        self._suspects.discard(job_id)
        error = future.exception()
        if error is not None:
            return Finished(job_id, Failure(kind="bug", message=f"{type(error).__name__}: {error}"))
        result: Mapping[str, Any] = future.result()
        return Finished(job_id, outcome_from_json(result))

    def _all_crashed(self, what: str = "died", does: str = "crash") -> list[Finished]:
        alone = len(self._running) == 1
        lost = sorted(self._running.values())
        begun = self._begun is not None and self._begun.is_set()
        self.stop()
        if not begun:
            return [Finished(job_id, Failure(kind="transient", message=NOT_STARTED)) for job_id in lost]
        if alone:
            self._suspects -= set(lost)
            message = f"the worker process {what} while working on it; a frame may {does} its decoder"
            return [Finished(job_id, Failure(kind="crash", message=message)) for job_id in lost]
        self._suspects |= set(lost)
        message = f"a worker process {what} beside it; it is run again alone"
        return [Finished(job_id, Failure(kind="disturbed", message=message)) for job_id in lost]

    def abandon(self, job_ids: Collection[int]) -> list[Finished]:
        """End jobs that nobody wants any more; those beside them come back to be run again, unharmed."""
        if not set(job_ids) & set(self._running.values()):
            return []
        lost = sorted(self._running.values())
        self.stop()
        message = "a job beside it was cancelled; it is run again"
        return [Finished(job_id, Failure(kind="disturbed", message=message)) for job_id in lost]

    def stop(self) -> None:
        """End all workers at once; what they were writing is left under a temporary name or not at all."""
        pool, self._pool = self._pool, None
        self._running.clear()
        if pool is None:
            return
        end_workers(pool)
        if self._messages is not None:
            self._messages.close()
            self._messages = None
