"""The daemon: scan, take in, group, sync, plan, run, record; again and again, or once until all is done."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from catalog.database import Catalog
from catalog.volumes import room_at
from watcher import queue, recording
from watcher.arrivals import Arrivals
from watcher.engine import Finished, Runs
from watcher.events import JobDone, JobFailed, JobStarted, Listener, nobody
from watcher.intake import Intake
from watcher.live import Live
from watcher.patience import PASSING, Patience
from watcher.planning import Planning
from watcher.queue import Claimed
from watcher.regrouping import Measure, Regrouping, nothing
from watcher.stability import Stability
from watcher.stirred import NOWHERE, Stirred
from watcher.task import Task
from watcher.walking import Walking
from watcher.worker import Failure, StackOrder

STEP_S = 0.2
"""How long one look at the running jobs waits: short enough for smooth bars, long enough to cost nothing."""
QUICK_S = 0.05
"""The same while something is on its way that somebody waits for, a frame from a camera say."""
TICK_S = 2.0
"""How often an idle daemon asks the catalog whether somebody else left work for it."""


def _not_paused() -> bool:
    return False


def _nothing_else(present: tuple[Path, ...]) -> bool:
    return False


@dataclass(slots=True)
class Daemon:
    """One run over a library that this process holds. `stirred` is told of file events: hints that a look is due.

    `paused` says whether to start no further jobs. `hear` is told the folders that are there and returns whether
    some of them send no events. `live` shows stacks so far. `errand` is done now and then while there is nothing
    better to do.
    """

    catalog: Catalog
    task: Task
    intake: Intake
    engine: Runs
    measure: Measure = nothing
    listen: Listener = nobody
    stirred: Stirred = field(default_factory=Stirred)
    monotonic: Callable[[], float] = time.monotonic
    paused: Callable[[], bool] = _not_paused
    hear: Callable[[tuple[Path, ...]], bool] = _nothing_else
    live: Live | None = None
    errand: Callable[[Daemon], None] | None = None
    _next_engine: Runs | None = None
    _orders: dict[int, tuple[StackOrder, float]] = field(default_factory=dict)
    _unrecorded: list[Finished] = field(default_factory=list)
    _next_tick: float = 0.0
    _due: bool = True
    _arrivals: Arrivals = field(init=False)
    _planning: Planning = field(init=False)
    _patience: Patience = field(init=False)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Put the parts together."""
        self._patience = Patience(not self.task.once, self.listen, self.monotonic)
        self._planning = Planning(self.catalog, self.task, self.monotonic)
        self._arrivals = Arrivals(
            catalog=self.catalog,
            task=self.task,
            intake=self.intake,
            patience=self._patience,
            stop=self._is_stopping,
            walking=Walking(self.task, self._patience),
            promised=lambda: self._planning.promised,
            stability=Stability(monotonic=self.monotonic, closed=self.stirred.closed),
            regrouping=Regrouping(self.catalog, self._is_stopping, self.measure),
            listen=self.listen,
            monotonic=self.monotonic,
        )

    def change(self, task: Task, intake: Intake) -> None:
        """Go on with another task: the settings file was changed."""
        self.task = self._arrivals.task = self._arrivals.walking.task = self._planning.task = task
        self.intake = self._arrivals.intake = intake
        self._arrivals.look_soon(walk=True)
        self._planning.ask_all()

    def move(self, engine: Runs) -> None:
        """Go on with another engine, as soon as what runs is finished."""
        if self._next_engine is not None:
            self._next_engine.stop()
        self._next_engine, self._due = engine, True

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, or, with `once`, until nothing is left to do; then give running jobs back.

        Without `once` it outlasts a full disk, a vanished folder and a locked catalog: it says so once and waits.
        """
        self._stop = stop
        try:
            while not stop.is_set() and not self._patience.attempt("start", self._recover):
                stop.wait(STEP_S)
            while not stop.is_set():
                self._round()
                if self.task.once and self._is_done():
                    return
        finally:
            self._hand_back()

    def _is_stopping(self) -> bool:
        return self._stop.is_set()

    def _recover(self) -> None:
        with self.catalog.writer() as session:
            queue.recover(session)
        self._planning.recall()

    def _round(self) -> None:
        if self._arrivals.is_due(self.stirred.wake.is_set()):
            self._patience.attempt("look", self._look)
        elif self._arrivals.is_grouping:
            self._patience.attempt("group", self._group)
        now = self.monotonic()
        if self._planning.has_todo or now >= self._next_tick:
            self._next_tick = now + TICK_S
            self._patience.attempt("plan", self._plan)
            self._due = True
            if self.errand is not None:
                self.errand(self)
        if self._due:
            self._patience.attempt("jobs", self._dispatch)
        if self.live is not None:
            self._patience.attempt("preview", self.live.step)
        self._collect()

    # -- files in ------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        # What stirs from here on is heard; the look itself sees what was there before.
        heard = self._arrivals.walking.present or tuple(filter(os.path.isdir, self.task.folders))
        deaf = self.hear(heard)
        where = self.stirred.take() if self.stirred.wake.is_set() else NOWHERE
        self._go_on(self._arrivals.look(where))
        present = self._arrivals.walking.present
        self._arrivals.hear(deaf if present == heard else self.hear(present))

    def _group(self) -> None:
        self._go_on(self._arrivals.group())

    def _go_on(self, complete: list[int]) -> None:
        """Plan what is complete, and show the stack so far of what is being shot."""
        self._planning.ask(complete)
        touched, gone = self._arrivals.news()
        if self.live is None:
            return
        for number in gone:
            self.live.drop(number)
        if not self._arrivals.few:
            return
        if self._arrivals.pending:
            self.live.prepare()
        self.live.follow(touched, complete)

    def _plan(self) -> None:
        if self._planning.step():
            self._arrivals.look_soon(walk=False)

    # -- work out ------------------------------------------------------------------------------------------------

    def _dispatch(self) -> None:
        self._stop_cancelled()
        self._due = False
        if self._next_engine is not None:
            if self.engine.running:
                return
            self.engine.stop()
            self.engine, self._next_engine = self._next_engine, None
        while self.engine.running < self.engine.slots and not self.paused():
            claimed = self._claim()
            if claimed is None:
                return
            if (obstacle := self._obstacle(claimed.order)) is not None:
                self._put_off(claimed, obstacle)
                continue
            self._orders[claimed.job_id] = (claimed.order, self.monotonic())
            self.listen(JobStarted(claimed.job_id, claimed.order.title))
            self.engine.submit(claimed.job_id, claimed.order)

    def _claim(self) -> Claimed | None:
        with self.catalog.reader() as session:
            if queue.next_due_s(session) != 0:
                return None
        busy = {order.sequence_id for order, _ in self._orders.values()}
        with self.catalog.writer() as session:
            claimed = queue.claim(session, "daemon", busy=busy)
            if claimed is None:
                return None
            if self.engine.has_room(claimed.job_id):
                return replace(claimed, order=recording.ready(session, claimed))
            queue.decline(session, claimed)
            return None

    def _obstacle(self, order: StackOrder) -> str | None:
        """Say why a job need not be begun now: its results' volume is away, or has no room for them."""
        place = Path(order.master).parent
        if not self.task.once and not place.is_dir():
            # Making the folder anew would write behind the mount point.
            return f"{place}: the folder for results is not there; mount its volume, or make it again"
        free = order.room
        with contextlib.suppress(OSError):
            free = room_at(place).free
        if free < order.room:
            needed, there = f"{order.room / 1e6:.0f} MB", f"{free / 1e6:.0f} MB"
            return f"{place}: the disk is full: {needed} are needed and {there} free; make room"
        return None

    def _put_off(self, claimed: Claimed, why: str) -> None:
        with self.catalog.writer() as session:
            queue.put_off(session, claimed, why)
        self.listen(JobFailed(claimed.job_id, claimed.order.title, why, True))

    def _stop_cancelled(self) -> None:
        """End workers whose job somebody cancelled or whose sequence is no more."""
        if not self._orders:
            return
        with self.catalog.reader() as session:
            wanted = queue.running(session)
        for finished in self.engine.abandon(self._orders.keys() - wanted):
            self._settle(finished)

    def _collect(self) -> None:
        for finished in self._unrecorded:
            if self._patience.may("record"):
                self._settle(finished)
        if not self.engine.running:
            if not self.task.once or self._arrivals.pending or self._arrivals.is_grouping:
                self.stirred.wake.wait(QUICK_S if self._is_restless() else TICK_S / 2)
                self._stop.wait(QUICK_S if self.stirred.wake.is_set() else 0)
            return
        for finished in self.engine.finished(QUICK_S if self._is_restless() else STEP_S):
            self._settle(finished)

    def _is_restless(self) -> bool:
        expecting = self._arrivals.pending or self._arrivals.is_grouping
        previewing = self.live is not None and self.live.is_busy
        return self._planning.has_todo or expecting or previewing or bool(self._unrecorded)

    def _settle(self, finished: Finished) -> None:
        """Record how a job ended; what cannot be recorded now, on a full disk say, is kept and tried again."""
        order, started = self._orders[finished.job_id]
        outcome = finished.outcome
        again = False
        try:
            with self.catalog.writer() as session:
                if isinstance(outcome, Failure):
                    again = queue.fail(session, finished.job_id, outcome)
                else:
                    recording.record(session, finished.job_id, order, outcome)
        except PASSING as error:
            if finished not in self._unrecorded:
                self._unrecorded.append(finished)
            self._patience.failed("record", error)
            return
        self._patience.succeeded("record")
        self._unrecorded = [left for left in self._unrecorded if left.job_id != finished.job_id]
        del self._orders[finished.job_id]
        self._due = True
        if isinstance(outcome, Failure):
            self.listen(JobFailed(finished.job_id, order.title, outcome.message, again))
        else:
            if self.live is not None:
                self.live.drop(order.sequence_id)
            elapsed = self.monotonic() - started
            self.listen(JobDone(finished.job_id, order.title, outcome.master.path, elapsed, outcome.fused))

    def _is_done(self) -> bool:
        if self._arrivals.pending or self._arrivals.is_grouping:
            return False
        if self.engine.running or self._planning.has_todo:
            return False
        with self.catalog.reader() as session:
            due = queue.next_due_s(session)
        self._due = self._due or due == 0
        # With --once a job that failed for a passing reason is left queued for the next run instead of waited for.
        return due is None or due > STEP_S

    def _hand_back(self) -> None:
        """End the workers and give their jobs back; where the catalog refuses, the next start does it."""
        for engine in filter(None, (self.engine, self._next_engine)):
            engine.stop()
        if self.live is not None:
            self.live.stop()
        if not self._orders:
            return
        try:
            with self.catalog.writer() as session:
                queue.give_back(session, list(self._orders))
        except PASSING as error:
            self._patience.patient = True
            self._patience.failed("stop", error)
