"""Group captures anew, asking the pictures where the headers leave it open."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from catalog import inheriting, queries, sequences
from catalog.database import Catalog
from catalog.grouping.evidence import PreviewEvidence
from catalog.sequences import Regrouped
from watcher.worker import Json

Stop = Callable[[], bool]
Measure = Callable[[Mapping[int, Path], Stop], Mapping[int, Json]]
"""Measures previews by capture, away from this process, until `stop` says so; leaves out what cannot be read."""


def never() -> bool:
    """Never stop."""
    return False


def nothing(previews: Mapping[int, Path], stop: Stop) -> Mapping[int, Json]:
    """Measure nothing: what headers leave open stays open."""
    return {}


def _by_headers(catalog: Catalog, changed: Collection[int] | None) -> tuple[Regrouped | None, dict[int, Path]]:
    """Group by what is known; where pictures could settle more, store nothing yet and return which."""
    with catalog.writer() as session:
        done = sequences.regroup(session, changed=changed)
        if not done.unmeasured:
            inheriting.inherit(session, done)
            return done, {}
        captures = queries.list_captures(session, ids=done.unmeasured, limit=len(done.unmeasured))
        session.rollback()
    return None, {capture.id: Path(capture.paths[0]) for capture in captures}


def _keep(catalog: Catalog, found: Mapping[int, Json]) -> None:
    evidence = {capture: PreviewEvidence.from_json(value) for capture, value in found.items()}
    with catalog.writer() as session:
        sequences.store_evidence(session, {capture: seen for capture, seen in evidence.items() if seen is not None})


def _by_pictures(catalog: Catalog, changed: Collection[int] | None) -> Regrouped:
    with catalog.writer() as session:
        done = sequences.regroup(session, changed=changed)
        inheriting.inherit(session, done)
    return done


def regroup(catalog: Catalog, changed: Collection[int] | None, measure: Measure = nothing) -> Regrouped:
    """Regroup around `changed` captures (None: all), with what previews tell where headers leave it open.

    No transaction is open while pictures are measured. Nothing is stored before the evidence is: a run that is cut
    while it measures leaves the captures ungrouped, and the next one takes them up again.
    """
    done, unmeasured = _by_headers(catalog, changed)
    if done is not None:
        return done
    _keep(catalog, measure(unmeasured, never))
    return _by_pictures(catalog, None if changed is None else {*changed, *unmeasured})


@dataclass(slots=True)
class Regrouping:
    """Regroups a step at a time: stacks are built and files taken in while pictures are measured beside it."""

    catalog: Catalog
    stop: Stop
    measure: Measure = nothing
    _asked: set[int] = field(default_factory=set)
    _changed: set[int] = field(default_factory=set)
    _measured: Future[Mapping[int, Json]] | None = None
    _began: bool = False

    @property
    def is_busy(self) -> bool:
        """Whether captures wait for their place; at first always, as a run that was killed may have left some."""
        return bool(self._asked) or self._measured is not None or not self._began

    def ask(self, captures: Collection[int]) -> None:
        """Ask for captures that came or changed to be grouped."""
        self._asked |= set(captures)

    def step(self) -> Regrouped | None:
        """Go one step on; return what a regrouping did, None while pictures are still measured or nothing is to do."""
        if self._measured is not None:
            return self._conclude(self._measured) if self._measured.done() else None
        if not self.is_busy:
            return None
        changed = set(self._asked)
        done, unmeasured = _by_headers(self.catalog, changed)
        self._began = True
        self._asked -= changed
        if done is None:
            self._changed = changed | unmeasured.keys()
            self._begin(unmeasured)
        return done

    def _begin(self, unmeasured: Mapping[int, Path]) -> None:
        beside = ThreadPoolExecutor(1, "measure")
        self._measured = beside.submit(self.measure, unmeasured, self.stop)
        beside.shutdown(wait=False)

    def _conclude(self, measured: Future[Mapping[int, Json]]) -> Regrouped | None:
        found = measured.result()
        _keep(self.catalog, found)
        # Cut short, what was measured is kept, and the next run groups by it.
        done = None if self.stop() else _by_pictures(self.catalog, self._changed)
        self._measured = None
        return done
