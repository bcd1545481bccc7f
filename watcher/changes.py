"""Notice what another process did to the catalog: edits, undo, corrections of the grouping, a chosen reference."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.models import Batch, DustMark, Edit, Sequence, SequenceMember, UserConstraint


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the catalog's history had come; cheap to take whatever the catalog's size."""

    batch: int
    undone: int
    constraint: int
    references: int
    dust: int


def mark(session: Session) -> Mark:
    """Take a mark of the present state."""
    return Mark(
        session.scalar(select(func.max(Batch.id))) or 0,
        session.scalar(select(func.count()).select_from(Batch).where(Batch.undone)) or 0,
        session.scalar(select(func.max(UserConstraint.id))) or 0,
        session.scalar(select(func.sum(Sequence.reference_capture_id * Sequence.id))) or 0,
        session.scalar(select(func.max(DustMark.id))) or 0,
    )


def touched_since(session: Session, before: Mark, now: Mark) -> set[int] | None:
    """Return the sequences whose frames were edited between two marks; None where any sequence may be concerned."""
    if replace(before, batch=now.batch) != now:
        return None
    edited = (
        select(SequenceMember.sequence_id)
        .join(Edit, Edit.capture_id == SequenceMember.capture_id)
        .where(Edit.batch_id > before.batch)
        .distinct()
    )
    return set(session.scalars(edited))


def complete_sequences(session: Session) -> list[int]:
    """Return the numbers of the focus sequences that are complete, in the order they were shot."""
    wanted = (Sequence.kind == "focus", Sequence.complete)
    return list(session.scalars(select(Sequence.id).where(*wanted).order_by(Sequence.started_at, Sequence.id)))
