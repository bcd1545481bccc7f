"""Say in words how one grouping differs from another: which frames go where."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import nearby
from catalog.models import Capture, Sequence, SequenceMember

_NAMED = 6
"""Frames that are named one by one; of more only the first and the last are."""


@dataclass(frozen=True, slots=True)
class Known:
    """A sequence as it is at one time: its kind and its captures in their order."""

    kind: str
    captures: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """Captures that go from one sequence to another; None is none."""

    captures: tuple[int, ...]
    before: int | None
    after: int | None


def known(session: Session) -> dict[int, Known]:
    """Return all sequences as they are now."""
    members: dict[int, list[int]] = {}
    places = select(SequenceMember.sequence_id, SequenceMember.capture_id)
    for number, capture in session.execute(places.order_by(SequenceMember.sequence_id, SequenceMember.position)):
        members.setdefault(number, []).append(capture)
    kinds = session.execute(select(Sequence.id, Sequence.kind))
    return {number: Known(kind, tuple(members.get(number, ()))) for number, kind in kinds}


def moves(before: Mapping[int, Known], after: Mapping[int, Known]) -> list[Moved]:
    """Return which captures change their sequence, those that go the same way together."""
    was = {capture: number for number, each in before.items() for capture in each.captures}
    found: dict[tuple[int | None, int | None], list[int]] = {}
    for number, each in after.items():
        for capture in each.captures:
            if was.get(capture) != number:
                found.setdefault((was.get(capture), number), []).append(capture)
    return [Moved(tuple(captures), *way) for way, captures in found.items()]


def names(session: Session, captures: Iterable[int]) -> dict[int, str]:
    """Return what the captures' files are called."""
    rows = (select(Capture.id, Capture.stem).where(Capture.id.in_(part)) for part in nearby.chunks(captures))
    return {number: stem for chosen in rows for number, stem in session.execute(chosen)}


def _frames(captures: Collection[int], name: Mapping[int, str]) -> str:
    called = [name.get(capture, f"capture {capture}") for capture in captures]
    if len(called) > _NAMED:
        return f"{len(called)} frames, {called[0]} … {called[-1]},"
    return ", ".join(called)


def words(before: Mapping[int, Known], after: Mapping[int, Known], name: Mapping[int, str]) -> list[str]:
    """Say which frames go from which sequence to which, and which sequences are called something else."""
    said = []
    for move in moves(before, after):
        whence = f"from sequence {move.before}" if move.before is not None else "ungrouped until now"
        new = "" if move.after in before else "new "
        kind = after[move.after].kind if move.after is not None else ""
        said.append(f"{_frames(move.captures, name)} {whence} to {new}sequence {move.after} ({kind})")
    for number in sorted(before.keys() - after.keys()):
        said.append(f"sequence {number} ({before[number].kind}, {len(before[number].captures)} frames) ends")
    for number in sorted(before.keys() & after.keys()):
        if before[number].kind != after[number].kind:
            said.append(f"sequence {number}: {before[number].kind} becomes {after[number].kind}")
    return said
