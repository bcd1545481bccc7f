"""What was done to the catalog's pictures, newest first; taken back and done again batch by batch, across restarts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session, aliased

from catalog import copies, edits, marks, sequences
from catalog.batches import chunks
from catalog.errors import NoSuchRow
from catalog.models import Batch, Edit, Marking, Settings
from develop.settings import SETTINGS, DevelopSettings

PARTS: Final[tuple[Callable[[Session, int, bool], set[int]], ...]] = (
    copies.put,
    edits.put,
    marks.put,
    sequences.put,
)
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


def since(session: Session, batch: int) -> list[int]:
    """Return the batches after one, oldest first."""
    return list(session.scalars(select(Batch.id).where(Batch.id > batch).order_by(Batch.id)))


def captures_of(session: Session, batches: Collection[int]) -> list[int]:
    """Return the captures whose settings or marks batches are about, undone or not."""
    found: set[int] = set()
    for chunk in chunks(batches):
        edited = select(Edit.capture_id).where(Edit.batch_id.in_(chunk))
        # A copy that is made or removed changes nothing of its original.
        marked = select(Marking.capture_id).where(Marking.batch_id.in_(chunk), Marking.subject != copies.SUBJECT)
        for theirs in (edited, marked):
            found.update(number for number in session.scalars(theirs) if number is not None)
    return sorted(found)


def changes(session: Session, capture_id: int, batches: Collection[int]) -> dict[int, list[str]]:
    """Return in words what each of these batches changed of a capture: 'exposure 0 -> 0.5', 'rating 0 -> 4'."""
    told: dict[int, list[str]] = {number: [] for number in batches}
    before, after = aliased(Settings), aliased(Settings)
    looks = (
        select(Edit.batch_id, before.value, after.value)
        .outerjoin(before, before.id == Edit.before_id)
        .outerjoin(after, after.id == Edit.after_id)
        .where(Edit.capture_id == capture_id, Edit.batch_id.in_(batches))
    )
    for number, had, has in session.execute(looks):
        old, new = (DevelopSettings.from_json(value or {}) for value in (had, has))
        for name in SETTINGS:
            one, other = getattr(old, name), getattr(new, name)
            if one != other:
                told[number].append(f"{name} {_word(one)} -> {_word(other)}")
    marked = select(Marking).where(Marking.capture_id == capture_id, Marking.batch_id.in_(batches))
    for row in session.scalars(marked.order_by(Marking.id)):
        if row.before != row.after:
            told[row.batch_id].append(f"{row.subject} {_word(row.before)} -> {_word(row.after)}")
    return told


def _word(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, list | tuple):
        simple = all(isinstance(item, str) for item in value)
        return (", ".join(value) if simple else f"{len(value)} entries") or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
