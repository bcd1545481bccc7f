"""What sidecars said when they and the catalog last agreed: shows who has changed since, and where both have."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog import marks
from catalog.batches import chunks
from catalog.models import Sequence, SequenceMember, SidecarState
from develop.xmp_described import Described, Place

Standing = Literal["none", "new", "same", "catalog newer", "sidecar newer", "conflict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """A sidecar as it was when it last agreed with the catalog; `digest` is the file's, `said` the catalog's."""

    path: str
    size: int
    mtime_ns: int
    digest: str
    said: str


def standing(agreed: Agreed | None, digest: str | None, said: str) -> Standing:
    """Say how a sidecar stands to the catalog. `digest` is that of the file now, None where there is none."""
    if digest is None:
        return "none"
    if agreed is None:
        return "new"
    if agreed.digest == digest:
        return "same" if agreed.said == said else "catalog newer"
    return "sidecar newer" if agreed.said == said else "conflict"


def agreed(session: Session, captures: Collection[int]) -> dict[int, Agreed]:
    """Return what is known of the captures' sidecars."""
    found: dict[int, Agreed] = {}
    for chunk in chunks(captures):
        for row in session.scalars(select(SidecarState).where(SidecarState.capture_id.in_(chunk))):
            found[row.capture_id] = Agreed(
                path=row.path, size=row.size, mtime_ns=row.mtime_ns, digest=row.digest, said=row.said
            )
    return found


def remember(session: Session, capture: int, state: Agreed) -> None:
    """Record that sidecar and catalog say the same."""
    row = session.get(SidecarState, capture)
    if row is None:
        row = SidecarState(capture_id=capture)
        session.add(row)
    row.path, row.size, row.mtime_ns = state.path, state.size, state.mtime_ns
    row.digest, row.said = state.digest, state.said


def described(session: Session, captures: Collection[int]) -> dict[int, Described]:
    """Return marks and place of captures, as a sidecar says them."""
    places = _places(session, captures)
    return {
        capture: Described(
            rating=had.rating, flag=had.flag, label=had.label, keywords=had.keywords, place=places.get(capture)
        )
        for capture, had in marks.of(session, captures).items()
    }


def _places(session: Session, captures: Collection[int]) -> dict[int, Place]:
    found: dict[int, Place] = {}
    for chunk in chunks(captures):
        here = select(SequenceMember.sequence_id).where(SequenceMember.capture_id.in_(chunk))
        size = select(SequenceMember.sequence_id, func.count()).where(SequenceMember.sequence_id.in_(here))
        counts = {row[0]: row[1] for row in session.execute(size.group_by(SequenceMember.sequence_id))}
        rows = session.execute(
            select(SequenceMember.capture_id, Sequence.id, Sequence.kind, SequenceMember.position)
            .join(Sequence, Sequence.id == SequenceMember.sequence_id)
            .where(SequenceMember.capture_id.in_(chunk))
        )
        for capture, number, kind, position in rows:
            if kind != "single":
                found[capture] = Place(sequence=number, kind=kind, position=position + 1, count=counts[number])
    return found
