"""What was done to the catalog's pictures, newest first; taken back and done again batch by batch, across restarts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from catalog import edits, marks, sequences
from catalog.errors import NoSuchRow
from catalog.models import Batch, Edit, Marking

PARTS: Final[tuple[Callable[[Session, int, bool], set[int]], ...]] = (edits.put, marks.put, sequences.put)
"""What a batch may hold. Each puts its part of a batch in force (True) or takes it back, and returns the captures."""


@dataclass(frozen=True, slots=True)
class BatchView:
    """One undoable action as `history` tells it."""

    id: int
    label: str
    created_at: datetime
    undone: bool
    captures: int


def _move(session: Session, batch: Batch, *, forward: bool) -> BatchView:
    captures: set[int] = set()
    for put in PARTS:
        captures |= put(session, batch.id, forward)
    batch.undone = not forward
    session.flush()
    return BatchView(batch.id, batch.label, batch.created_at, batch.undone, len(captures))


def undo(session: Session) -> BatchView:
    """Take the newest batch back. Raises NoSuchRow when there is none."""
    batch = session.scalar(select(Batch).where(~Batch.undone).order_by(Batch.id.desc()).limit(1))
    if batch is None:
        raise NoSuchRow("nothing to undo: no edit has been made, or all are undone")
    return _move(session, batch, forward=False)


def redo(session: Session) -> BatchView:
    """Do the last undone batch again. Raises NoSuchRow when there is none."""
    batch = session.scalar(select(Batch).where(Batch.undone, ~Batch.dropped).order_by(Batch.id).limit(1))
    if batch is None:
        raise NoSuchRow("nothing to redo: no edit was undone since the last one was made")
    return _move(session, batch, forward=True)


def history(session: Session, capture_id: int | None = None, limit: int = 100) -> list[BatchView]:
    """Return the batches, newest first; only those that touched `capture_id` where it is given."""
    shown = select(Batch).where(~Batch.dropped).order_by(Batch.id.desc()).limit(limit)
    if capture_id is not None:
        theirs = union(*(select(part.batch_id).where(part.capture_id == capture_id) for part in (Edit, Marking)))
        shown = shown.where(Batch.id.in_(theirs))
    batches = session.scalars(shown).all()
    count = _captures(session, [batch.id for batch in batches])
    return [BatchView(b.id, b.label, b.created_at, b.undone, count.get(b.id, 0)) for b in batches]


def _captures(session: Session, batches: list[int]) -> dict[int, int]:
    touched = union(*(select(p.batch_id, p.capture_id).where(p.batch_id.in_(batches)) for p in (Edit, Marking)))
    rows = touched.subquery()
    counted = select(rows.c.batch_id, func.count(rows.c.capture_id)).group_by(rows.c.batch_id)
    return {row[0]: row[1] for row in session.execute(counted)}
