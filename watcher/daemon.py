"""The daemon: scan, take in, group, sync, plan, run, record; again and again, or once until all is done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session

from catalog import edits, queries, sequences, stacks, syncing
from catalog.database import Catalog
from develop.presets import Preset
from watcher import folder, planner, queue, recording, regrouping
from watcher.engine import Engine, Finished
from watcher.events import Grouped, JobDone, JobFailed, JobStarted, Listener, Scanned, nobody
from watcher.intake import Intake
from watcher.planner import Wanted
from watcher.regrouping import Measure, nothing
from watcher.stability import Stability
from watcher.worker import Failure, StackOrder

STEP_S = 0.2
"""How long one look at the running jobs waits: short enough for smooth bars, long enough to cost nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What the daemon is to do with which folders.

    `once`: end when all is done. `copy`: take originals into the library, else leave them in place.
    """

    folders: tuple[Path, ...]
    wanted: Wanted
    preset: Preset
    once: bool
    copy: bool
    exclude: tuple[Path, ...] = ()
    rescan_s: float = 30.0
    sequences: tuple[int, ...] | None = None
    """Work on these only; None means all."""


@dataclass(slots=True)
class Daemon:
    """One run over a library that this process holds. `wake` is set by file events: a hint that a scan is due."""

    catalog: Catalog
    task: Task
    intake: Intake
    engine: Engine
    measure: Measure = nothing
    stability: Stability = field(default_factory=Stability)
    listen: Listener = nobody
    wake: threading.Event = field(default_factory=threading.Event)
    monotonic: Callable[[], float] = time.monotonic
    _orders: dict[int, tuple[StackOrder, float]] = field(default_factory=dict)
    _arrived: dict[int, float] = field(default_factory=dict)
    _next_scan: float = 0.0
    _pending_files: bool = True
    _planned_all: bool = False

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, or, with `once`, until nothing is left to do; then give running jobs back."""
        with self.catalog.writer() as session:
            queue.recover(session)
        try:
            while not stop.is_set():
                self._look()
                self._dispatch()
                self._collect()
                if self.task.once and self._is_done():
                    return
        finally:
            self._hand_back()

    # -- files in ------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        if not (self.wake.is_set() or self.monotonic() >= self._next_scan):
            return
        self.wake.clear()
        scan = folder.scan(self.task.folders, exclude=self.task.exclude)
        judged = self.intake.sort(scan, self.stability)
        self.listen(Scanned(len(scan.pictures), len(judged.ready)))
        self.intake.note_others(scan.others)
        self.intake.refuse(judged.invalid)
        changed = self.intake.take(judged.ready)
        self._pending_files = judged.waiting > 0
        self._next_scan = self.monotonic() + (min(judged.look_again_s, 1.0) if judged.waiting else self.task.rescan_s)
        self._regroup(changed)
        closed = self._close()
        if not self._planned_all:
            self._plan(self.task.sequences)
            self._planned_all = True
        elif closed:
            self._plan(closed)

    def _regroup(self, changed: set[int]) -> None:
        # Also with nothing new: a run that was killed may have left captures without a sequence.
        done = regrouping.regroup(self.catalog, changed, self.measure)
        if not (done.created or done.changed or done.removed):
            return
        with self.catalog.reader() as session:
            counted = queries.counts(session).sequences
        now = self.monotonic()
        for number in done.created | done.changed:
            self._arrived[number] = now
        for number in done.removed:
            self._arrived.pop(number, None)
        focus = counted.get("focus", 0)
        self.listen(Grouped(focus, sum(counted.values()) - focus))

    def _idle_left_s(self, number: int, idle_s: float) -> float:
        return max(0.0, self._arrived.get(number, -idle_s) + idle_s - self.monotonic())

    def _is_complete(self, view: queries.OpenSequence) -> bool:
        """Say whether no frame is still to come: by the camera's own count, nothing in sight, or long enough idle."""
        if view.expected_count is not None and view.frames >= view.expected_count:
            return True
        return not self._pending_files and (self.task.once or self._idle_left_s(view.id, view.idle_s) <= 0)

    def _close(self) -> list[int]:
        """Mark sequences that are complete, and return them; remember when to look at the others again."""
        with self.catalog.reader() as session:
            open_ones = queries.open_sequences(session)
        closed = [view.id for view in open_ones if self._is_complete(view)]
        if closed:
            with self.catalog.writer() as session:
                sequences.set_complete(session, closed)
        for number in closed:
            self._arrived.pop(number, None)
        waits = [self._idle_left_s(view.id, view.idle_s) for view in open_ones if view.id not in closed]
        self._next_scan = min([self._next_scan, *(self.monotonic() + max(STEP_S, wait) for wait in waits)])
        return closed

    # -- work out ------------------------------------------------------------------------------------------------

    def _plan(self, numbers: Collection[int] | None) -> None:
        """Ask for whatever these sequences lack; None means all. All are looked at once a run, for what was lost."""
        with self.catalog.writer() as session:
            for view in self._complete_ones(session, numbers):
                syncing.ensure(session, view, self.task.preset)
        with self.catalog.reader() as session:
            orders = self._lacking(session, self._complete_ones(session, numbers))
        with self.catalog.writer() as session:
            for order in orders:
                queue.enqueue(session, order)

    @staticmethod
    def _complete_ones(session: Session, numbers: Collection[int] | None) -> list[queries.SequenceView]:
        return [view for view in queries.sequence_views(session, kinds=("focus",), ids=numbers) if view.complete]

    def _lacking(self, session: Session, views: list[queries.SequenceView]) -> list[StackOrder]:
        settings = edits.settings_of(session, [view.reference.capture_id for view in views])
        promised = queue.promised_paths(session)

        def taken(path: str, number: int) -> bool:
            return promised.get(path, number) != number or stacks.belongs_to_other(session, path, number)

        orders: list[StackOrder] = []
        for view in views:
            order = planner.order_for(view, settings[view.reference.capture_id], self.task.wanted, taken)
            if order is not None:
                promised |= dict.fromkeys(order.paths, view.id)
                orders.append(order)
        return orders

    def _dispatch(self) -> None:
        while self.engine.running < self.engine.slots:
            busy = {order.sequence_id for order, _ in self._orders.values()}
            with self.catalog.writer() as session:
                claimed = queue.claim(session, "daemon", busy=busy)
                if claimed is not None and not self.engine.has_room(claimed.job_id):
                    queue.give_back(session, [claimed.job_id])
                    claimed = None
            if claimed is None:
                return
            self._orders[claimed.job_id] = (claimed.order, self.monotonic())
            self.listen(JobStarted(claimed.job_id, claimed.order.title))
            self.engine.submit(claimed.job_id, claimed.order)

    def _collect(self) -> None:
        if not self.engine.running:
            if not self.task.once or self._pending_files:
                self.wake.wait(STEP_S)
            return
        for finished in self.engine.finished(STEP_S):
            self._settle(finished)

    def _settle(self, finished: Finished) -> None:
        order, started = self._orders.pop(finished.job_id)
        outcome = finished.outcome
        with self.catalog.writer() as session:
            if isinstance(outcome, Failure):
                again = queue.fail(session, finished.job_id, outcome)
            else:
                recording.record(session, finished.job_id, order, outcome)
        if isinstance(outcome, Failure):
            self.listen(JobFailed(finished.job_id, order.title, outcome.message, again))
        else:
            elapsed = self.monotonic() - started
            self.listen(JobDone(finished.job_id, order.title, outcome.master.path, elapsed, outcome.fused))

    def _is_done(self) -> bool:
        if self._pending_files or self.engine.running:
            return False
        with self.catalog.reader() as session:
            due = queue.next_due_s(session)
        # With --once a job that failed for a passing reason is left queued for the next run instead of waited for.
        return due is None or due > STEP_S

    def _hand_back(self) -> None:
        left: Mapping[int, object] = self._orders
        if left:
            self.engine.stop()
            with self.catalog.writer() as session:
                queue.give_back(session, list(left))
        self.engine.stop()
