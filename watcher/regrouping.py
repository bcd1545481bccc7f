"""Group captures anew, asking the pictures where the headers leave it open."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from catalog import queries, sequences
from catalog.database import Catalog
from catalog.grouping.evidence import PreviewEvidence
from catalog.sequences import Regrouped
from watcher.worker import Json

Measure = Callable[[Mapping[int, Path]], Mapping[int, Json]]
"""Measures previews by capture, away from this process; leaves out those that cannot be read."""


def nothing(previews: Mapping[int, Path]) -> Mapping[int, Json]:
    """Measure nothing: what headers leave open stays open."""
    return {}


def regroup(catalog: Catalog, changed: Collection[int] | None, measure: Measure = nothing) -> Regrouped:
    """Regroup around `changed` captures (None: all), with what previews tell where headers leave it open.

    No transaction is open while pictures are measured. Nothing is stored before the evidence is: a run that is cut
    while it measures leaves the captures ungrouped, and the next one takes them up again.
    """
    with catalog.writer() as session:
        first = sequences.regroup(session, changed=changed)
        if not first.unmeasured:
            return first
        captures = queries.list_captures(session, ids=first.unmeasured, limit=len(first.unmeasured))
        session.rollback()
    found = measure({capture.id: Path(capture.paths[0]) for capture in captures})
    evidence = {capture: PreviewEvidence.from_json(value) for capture, value in found.items()}
    with catalog.writer() as session:
        sequences.store_evidence(session, {capture: seen for capture, seen in evidence.items() if seen is not None})
        wanted = None if changed is None else {*changed, *first.unmeasured}
        return sequences.regroup(session, changed=wanted)
