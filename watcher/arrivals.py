"""Files in: scan the folders, take in what is whole, group it, and tell which sequences are complete."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from catalog import importing, queries, sequences, stacks
from catalog.database import Catalog
from catalog.sequences import Regrouped
from watcher import errors, folder
from watcher.events import Grouped, Listener, Scanned, nobody
from watcher.folder import Found, Scan
from watcher.intake import Intake, Sorted
from watcher.patience import Patience
from watcher.regrouping import Regrouping
from watcher.stability import Stability
from watcher.task import Task

WAIT_S = 1.0
"""The longest pause before another look while files are being written."""
QUIETLY = 400
"""Scans by the clock take at most one part in so many of the time: a quarter of a percent of a processor."""
FEW = 4
"""More captures at a time come from a card, and not one by one from a camera on a cable."""
POLL_S = 5.0
"""Where no events come from, a network share say, the clock is all there is."""
SELDOM_S = 1800.0


@dataclass(slots=True)
class Arrivals:
    """What is seen coming in. `stop` is asked between files; `regrouping` finds each capture its place."""

    catalog: Catalog
    task: Task
    intake: Intake
    patience: Patience
    stop: Callable[[], bool]
    regrouping: Regrouping
    promised: Callable[[], Collection[str]] = tuple
    """The files that jobs in the queue are to write."""
    stability: Stability = field(default_factory=Stability)
    listen: Listener = nobody
    monotonic: Callable[[], float] = time.monotonic
    present: tuple[Path, ...] = ()
    deaf: bool = False
    pending: bool = True
    """Files are on their way: with `once` nothing is complete before they are here."""
    next_look: float = 0.0
    _earliest: float = 0.0
    _cost: float = 0.0
    _arrived: dict[int, float] = field(default_factory=dict)
    _moving: set[str] = field(default_factory=set)
    _touched: set[int] = field(default_factory=set)
    _closed: set[str] | None = None
    _gone: set[int] = field(default_factory=set)
    few: bool = True
    """Whether the last files came one by one, as from a camera on a cable, and not as a card."""

    def is_due(self, woken: bool) -> bool:
        """Say whether to look: by the clock, or woken by events, but never so often that looking is all we do."""
        now = self.monotonic()
        return now >= self.next_look or (woken and now >= self._earliest)

    def hear(self, deaf: bool) -> None:
        """Be told whether some folders send no events: then, and while one is away, the clock runs faster."""
        self.deaf = deaf or len(self.present) < len(self.task.folders)
        if self.deaf:
            self.next_look = min(self.next_look, self.monotonic() + max(POLL_S, 20 * self._cost))

    def look(self) -> list[int]:
        """Look once, and group what came; return the sequences that have become complete.

        Raises what Patience outlasts.
        """
        began = self.monotonic()
        scan = self._scan()
        judged = self.intake.sort(scan, self.stability)
        self.listen(Scanned(len(scan.pictures), len(judged.ready)))
        self._cost = cost = self.monotonic() - began
        captures = self._take_in(scan, judged)
        self.few = len(captures) <= FEW and len(judged.waiting) <= FEW
        self.regrouping.ask(captures)
        now = self.monotonic()
        self._earliest = now + max(0.2, 3 * cost)
        self.next_look = now + self._pause_s(judged, cost)
        return self.group()

    def _pause_s(self, judged: Sorted, cost: float) -> float:
        if self.pending:
            return max(min(judged.look_again_s or WAIT_S, WAIT_S), 3 * cost)
        if self.patience.is_troubled("import"):
            return WAIT_S
        by_clock = max(POLL_S, 20 * cost) if self.deaf else max(self.task.rescan_s, QUIETLY * cost)
        return min(by_clock, SELDOM_S)

    def _scan(self) -> Scan:
        found: dict[Path, Found] = {}
        others: set[tuple[Path, str]] = set()
        present: list[Path] = []
        for root in self.task.folders:
            step = f"folder {root}"
            try:
                seen = folder.scan([root], exclude=self.task.exclude)
            except (errors.FolderMissing, errors.FolderUnreadable) as error:
                # An absent volume is offline: what came from it stays, and nothing else has to wait for it.
                self.patience.failed(step, error)
                continue
            self.patience.succeeded(step)
            present.append(root)
            found.update((picture.path, picture) for picture in seen.pictures)
            others.update(seen.others)
        self.present = tuple(present)
        self._leave_out_results(found)
        ordered = sorted(found.values(), key=lambda picture: folder.picture_order(picture.path))
        return Scan(tuple(ordered), tuple(sorted(others)))

    def _leave_out_results(self, found: dict[Path, Found]) -> None:
        """Take out what we made ourselves, wherever it was laid: results are never sources."""
        with self.catalog.reader() as session:
            ours = [Path(path) for path in stacks.result_paths(session).union(self.promised())]
        folders = {parent: parent.resolve() for parent in {path.parent for path in ours}}
        for path in ours:
            found.pop(folders[path.parent] / path.name, None)

    def _note_others(self, others: Sequence[tuple[Path, str]]) -> None:
        """List what is not taken in, and list a folder no more that may be entered again."""
        self.intake.note_others(others)
        closed = {str(path) for path, reason in others if reason.startswith(folder.CLOSED)}
        if self._closed is None:
            with self.catalog.reader() as session:
                self._closed = importing.skipped_because(session, folder.CLOSED)
        opened = {path for path in self._closed - closed if os.access(path, os.R_OK | os.X_OK)}
        if opened:
            with self.catalog.writer() as session:
                importing.forget(session, opened)
        self._closed = (self._closed | closed) - opened

    def _take_in(self, scan: Scan, judged: Sorted) -> set[int]:
        self._note_others(scan.others)
        self.intake.refuse(judged.invalid)
        self.intake.postpone(judged.unreadable)
        captures: set[int] = set()
        moving = list(judged.waiting)
        if judged.ready and self.patience.may("import"):
            taken = self.intake.take(judged.ready, self.stop)
            captures = taken.captures
            moving += taken.moving
            if taken.trouble is not None:
                self.patience.failed("import", taken.trouble)
            else:
                self.patience.succeeded("import")
        self._moving = {str(found.path.parent) for found in moving}
        self.pending = bool(moving)
        return captures

    @property
    def is_grouping(self) -> bool:
        """Whether captures wait for their place in a sequence."""
        return self.regrouping.is_busy

    def group(self) -> list[int]:
        """Go on grouping; return the sequences that have become complete. Until all is grouped, none has."""
        done = self.regrouping.step()
        if done is not None:
            self._note(done)
        return [] if self.regrouping.is_busy else self.close()

    def news(self) -> tuple[set[int], set[int]]:
        """Return the sequences that frames came to, and those that are no more, since this was last asked."""
        touched, gone = self._touched - self._gone, self._gone
        self._touched, self._gone = set(), set()
        return touched, gone

    def _note(self, done: Regrouped) -> None:
        if not (done.created or done.changed or done.removed):
            return
        with self.catalog.reader() as session:
            counted = queries.counts(session).sequences
        now = self.monotonic()
        self._arrived |= dict.fromkeys(done.created | done.changed, now)
        self._touched |= done.created | done.changed
        self._gone |= done.removed
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
        if self.task.once:
            return not self.pending
        # A file that grows for hours in another folder holds up nobody here.
        return not self._moving & set(view.folders) and self._idle_left_s(view.id, view.idle_s) <= 0

    def close(self) -> list[int]:
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
        self.next_look = min([self.next_look, *(self.monotonic() + max(0.2, wait) for wait in waits)])
        return closed
