"""Files in: scan the folders, take in what is whole, group it, and tell which sequences are complete."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from catalog import importing, queries, sequences
from catalog.database import Catalog
from catalog.sequences import Regrouped
from watcher import folder
from watcher.events import Grouped, Listener, Scanned, nobody
from watcher.folder import Scan
from watcher.intake import Intake, Sorted
from watcher.patience import Patience
from watcher.regrouping import Regrouping
from watcher.stability import Stability
from watcher.stirred import Where
from watcher.task import Task
from watcher.walking import Walking

WAIT_S = 1.0
"""The longest pause before another look while files are being written."""
QUIETLY = 400
"""Scans by the clock take at most one part in so many of the time: a quarter of a percent of a processor."""
FEW = 4
"""More captures at a time come from a card, and not one by one from a camera on a cable."""
SETTLED_S = 5.0
"""After folders came or went their root is walked once more: files may have come before they were heard."""
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
    walking: Walking
    promised: Callable[[], Collection[str]] = tuple
    """The files that jobs in the queue are to write."""
    stability: Stability = field(default_factory=Stability)
    listen: Listener = nobody
    monotonic: Callable[[], float] = time.monotonic
    deaf: bool = False
    pending: bool = True
    """Files are on their way: with `once` nothing is complete before they are here."""
    _next_look: float = 0.0
    _next_walk: float = 0.0
    """When all that is watched is due to be walked, whatever the events say."""
    _earliest: float = 0.0
    _cost: float = 0.0
    """What the last walk of all took."""
    _again: dict[Path, float] = field(default_factory=dict)
    """Roots in which folders came or went, and when to walk them once more."""
    _arrived: dict[int, float] = field(default_factory=dict)
    _moving: set[str] = field(default_factory=set)
    _unfinished: frozenset[Path] = frozenset()
    """Folders of files that are still to be taken in."""
    _touched: set[int] = field(default_factory=set)
    _closed: set[str] | None = None
    _gone: set[int] = field(default_factory=set)
    few: bool = True
    """Whether the last files came one by one, as from a camera on a cable, and not as a card."""

    def is_due(self, woken: bool) -> bool:
        """Say whether to look: by the clock, or woken by events, but never so often that looking is all we do."""
        now = self.monotonic()
        return now >= self._next_look or (woken and now >= self._earliest)

    def look_soon(self, *, walk: bool) -> None:
        """Let a look be due, and with `walk` one at everything."""
        self._next_look = 0.0
        if walk:
            self._next_walk = 0.0

    def hear(self, deaf: bool) -> None:
        """Be told whether some folders send no events: then, and while one is away, the clock runs faster."""
        self.deaf = deaf or len(self.walking.present) < len(self.task.folders)
        if self.deaf:
            self._next_walk = min(self._next_walk, self.monotonic() + max(POLL_S, 20 * self._cost))
            self._next_look = min(self._next_look, self._next_walk)

    def look(self, stirred: Where | None = None) -> list[int]:
        """Look where something stirred (None: everywhere), and group what came; return the sequences now complete.

        Raises what Patience outlasts.
        """
        began = self.monotonic()
        where, walk_due = self._where(stirred, began), self._next_walk
        # Should this look fail, what stirred is not forgotten: the next one is at everything.
        self.look_soon(walk=True)
        scan = self.walking.scan(where)
        judged = self.intake.sort(scan, self.stability, self.promised())
        self.listen(Scanned(len(scan.pictures), len(judged.ready)))
        cost = self.monotonic() - began
        captures = self._take_in(scan, judged)
        is_card = len(captures) > FEW or len(judged.waiting) > FEW
        # A card whose captures are still being grouped is one until they are.
        self.few = not is_card and (self.few or not self.is_grouping)
        self.regrouping.ask(captures)
        now = self.monotonic()
        self._next_walk = walk_due if where is not None else now + self._until_walk_s(cost)
        self._earliest = now + max(0.2, 3 * cost)
        self._next_look = min([self._next_walk, now + self._pause_s(judged, cost), *self._again.values()])
        return self.group()

    def _where(self, stirred: Where | None, now: float) -> Where | None:
        """Return where to look: everywhere by the clock, else where something stirred or is still on its way."""
        if stirred is None or self.task.once or now >= self._next_walk or self._closed is None:
            self._again.clear()
            return None
        again = {root for root, when in self._again.items() if when <= now}
        for root in again:
            del self._again[root]
        # A folder that may be entered again holds others that nobody has seen.
        opened = (self.walking.root_of(path) for path in stirred.folders if str(path) in self._closed)
        roots = {*stirred.roots, *(root for root in opened if root is not None)}
        self._again |= dict.fromkeys(roots, now + SETTLED_S)
        return Where(frozenset(roots | again), stirred.folders | self._unfinished)

    def _until_walk_s(self, cost: float) -> float:
        self._cost = cost
        by_clock = max(POLL_S, 20 * cost) if self.deaf else max(self.task.rescan_s, QUIETLY * cost)
        return min(by_clock, SELDOM_S)

    def _pause_s(self, judged: Sorted, cost: float) -> float:
        if self.pending:
            return max(min(judged.look_again_s or WAIT_S, WAIT_S), 3 * cost)
        return WAIT_S if self.patience.is_troubled("import") else SELDOM_S

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
            roots = {self.walking.root_of(Path(path)) for path in opened}
            self._again |= {root: self.monotonic() for root in roots if root is not None}
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
        left = judged.ready if self.patience.is_troubled("import") else ()
        self._unfinished = frozenset(found.path.parent for found in (*moving, *left))
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
        self._next_look = min([self._next_look, *(self.monotonic() + max(0.2, wait) for wait in waits)])
        return closed
