"""Ask for what complete sequences lack: all of them now and then in small portions, and at once those that changed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from catalog import dust, edits, queries, stacks, syncing
from catalog.database import Catalog
from watcher import changes, planner, queue
from watcher.changes import Mark
from watcher.planner import Promised
from watcher.task import Task
from watcher.worker import StackOrder

PORTION = 50
"""Sequences planned at a time: small enough that running jobs and new files never wait for it."""
ROUND_S = 900.0
"""How often a running daemon looks whether every result is still there."""
FRESH, STALE = 10, 0
"""Priorities: a sequence that has no result yet comes before one whose result is only out of date."""


@dataclass(slots=True)
class Planning:
    """What is still to be planned. Level-triggered: a portion that failed is simply planned again."""

    catalog: Catalog
    task: Task
    monotonic: Callable[[], float] = time.monotonic
    _todo: deque[int] = field(default_factory=deque)
    _promised: dict[str, int] = field(default_factory=dict)
    _interrupted: frozenset[str] = frozenset()
    _mark: Mark | None = None
    _next_round: float | None = None

    @property
    def has_todo(self) -> bool:
        """Whether sequences wait to be planned."""
        return bool(self._todo) or self._next_round is None

    @property
    def promised(self) -> Collection[str]:
        """The files that orders in the queue are to write."""
        return self._promised.keys()

    def recall(self) -> None:
        """Read from the queue what was promised before, and what was being written when that was cut."""
        with self.catalog.reader() as session:
            self._promised = queue.promised_paths(session)
            self._interrupted = frozenset(queue.promised_paths(session, interrupted=True))

    def ask(self, numbers: Iterable[int]) -> None:
        """Plan these first."""
        wanted = list(dict.fromkeys(numbers))
        mine = set(wanted)
        self._todo = deque([*wanted, *(number for number in self._todo if number not in mine)])

    def ask_all(self) -> None:
        """Look at every sequence again, as after a changed setting."""
        self._next_round = None

    def step(self) -> bool:
        """Plan one portion; return whether another process changed what is in the catalog."""
        noticed = self._notice()
        if self._next_round is None or self.monotonic() >= self._next_round:
            self._begin_round()
        if self._todo:
            portion = [self._todo[index] for index in range(min(PORTION, len(self._todo)))]
            self._plan(portion)
            for _ in portion:
                self._todo.popleft()
        return noticed

    def _notice(self) -> bool:
        """Ask for what edits by other processes concern."""
        with self.catalog.reader() as session:
            now = changes.mark(session)
            before, self._mark = self._mark, now
            if before is None or before == now:
                return False
            touched = changes.touched_since(session, before, now)
        if touched is None:
            self.ask_all()
        else:
            self.ask(touched)
        return True

    def _begin_round(self) -> None:
        with self.catalog.reader() as session:
            every = changes.complete_sequences(session)
        self.recall()
        chosen = self.task.sequences
        self.ask([number for number in every if chosen is None or number in chosen])
        self._next_round = self.monotonic() + ROUND_S

    def _plan(self, numbers: Collection[int]) -> None:
        views = self._complete_ones(numbers)
        with self.catalog.writer() as session:
            for view in views:
                rule = self.task.rule_for(view.reference.source)
                syncing.ensure(session, view, rule.preset if rule else self.task.preset)
        with self.catalog.reader() as session:
            orders = self._lacking(session, views)
        with self.catalog.writer() as session:
            for order, is_fresh in orders:
                queue.enqueue(session, order, priority=FRESH if is_fresh else STALE)

    def _complete_ones(self, numbers: Collection[int]) -> list[queries.SequenceView]:
        with self.catalog.reader() as session:
            return queries.sequence_views(session, kinds=("focus",), ids=numbers, complete=True)

    def _lacking(self, session: Session, views: list[queries.SequenceView]) -> list[tuple[StackOrder, bool]]:
        settings = edits.settings_of(session, [view.reference.capture_id for view in views])

        def taken(path: str, number: int) -> bool:
            return self._promised.get(path, number) != number or stacks.belongs_to_other(session, path, number)

        mine: dict[int, set[str]] = {view.id: set() for view in views}
        for path, number in self._promised.items():
            if number in mine:
                mine[number].add(path)
        marks = dust.said(session, list(settings))
        orders: list[tuple[StackOrder, bool]] = []
        for view in views:
            rule = self.task.rule_for(view.reference.source)
            wanted = rule.wanted if rule else self.task.wanted
            promised = Promised(mine[view.id], mine[view.id] & self._interrupted)
            lead = view.reference.capture_id
            order = planner.order_for(view, settings[lead], wanted, taken, promised, marks.get(lead, ()))
            if order is not None:
                self._promised |= dict.fromkeys(order.paths, view.id)
                orders.append((order, not view.stacks))
        return orders
