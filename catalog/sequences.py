"""Store what grouping finds, and what a person says of it. Sequences keep their number as long as their frames do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, selectinload

from catalog.errors import NoSuchRow
from catalog.grouping import Constraints, Group, Rules, Shot, group
from catalog.metadata import storage
from catalog.models import Capture, Sequence, SequenceMember, UserConstraint, utc_now

_LAST_NUMBER = re.compile(r"(\d+)\D*$")


@dataclass(frozen=True, slots=True)
class Regrouped:
    """What a regrouping did, by sequence number."""

    created: frozenset[int]
    changed: frozenset[int]
    removed: frozenset[int]


def _shot(capture: Capture) -> Shot:
    number = _LAST_NUMBER.search(capture.stem)
    return Shot(
        id=capture.id,
        metadata=storage.from_json(capture.header),
        counter=int(number[1]) if number else None,
        folder=str(Path(capture.folder)),
        name=capture.stem,
    )


def constraints(session: Session) -> Constraints:
    """Return what people said, as grouping takes it."""
    rows = session.scalars(select(UserConstraint).order_by(UserConstraint.id)).all()

    def sets(relation: str) -> tuple[frozenset[int], ...]:
        return tuple(frozenset(row.captures) for row in rows if row.relation == relation)

    return Constraints(
        must_link=sets("must_link"),
        cannot_link=tuple((row.captures[0], row.captures[1]) for row in rows if row.relation == "cannot_link"),
        locked=sets("locked"),
        excluded=frozenset(capture for row in rows if row.relation == "excluded" for capture in row.captures),
        kinds=tuple((frozenset(row.captures), row.value or "review") for row in rows if row.relation == "kind"),
    )


def _all_shots(session: Session) -> list[Shot]:
    return [_shot(capture) for capture in session.scalars(select(Capture).order_by(Capture.id))]


def _match_old(groups: Iterable[Group], old: dict[int, frozenset[int]]) -> list[tuple[Group, int | None]]:
    """Pair each new group with the old sequence that it shares most captures with, each old one once."""
    of_capture = {capture: number for number, members in old.items() for capture in members}
    shared = [
        (count, number, index)
        for index, found in enumerate(groups)
        for number, count in Counter(of_capture[c] for c in found.members if c in of_capture).items()
    ]
    taken: dict[int, int] = {}
    for _count, number, index in sorted(shared, key=lambda entry: (-entry[0], entry[1], entry[2])):
        if number not in taken.values() and index not in taken:
            taken[index] = number
    return [(found, taken.get(index)) for index, found in enumerate(groups)]


def _is_same(row: Sequence | None, found: Group) -> bool:
    return row is not None and [member.capture_id for member in row.members] == list(found.members)


def _describe(row: Sequence, found: Group) -> None:
    row.kind, row.confidence = found.kind, found.confidence
    row.reasons, row.warnings = list(found.reasons), [*found.warnings, *found.suggestions]
    row.idle_s, row.expected_count = found.closed_after_s, found.expected_count


def _release(session: Session, captures: Collection[int], gone: Collection[int]) -> None:
    """Take captures out of their places, and drop sequences that are no more: a capture is in one at most."""
    quietly = {"synchronize_session": False}
    ids = sorted(captures)
    for start in range(0, len(ids), 500):
        leaving = SequenceMember.capture_id.in_(ids[start : start + 500])
        session.execute(delete(SequenceMember).where(leaving), execution_options=quietly)
    for number in gone:
        session.execute(delete(Sequence).where(Sequence.id == number), execution_options=quietly)


def _fill(session: Session, number: int | None, found: Group) -> int:
    """Give a group a sequence, new or old, whose frames differ from before: it is open again. Returns its number."""
    row = session.get(Sequence, number) if number is not None else None
    if row is None:
        row = Sequence()
        session.add(row)
    _describe(row, found)
    row.complete, row.changed_at = False, utc_now()
    row.started_at = session.scalar(select(Capture.taken_at).where(Capture.id == found.members[0]))
    session.flush()
    session.add_all(
        SequenceMember(sequence_id=row.id, capture_id=capture, position=position)
        for position, capture in enumerate(found.members)
    )
    session.flush()
    return row.id


def regroup(session: Session, rules: Rules | None = None, *, changed: Collection[int] | None = None) -> Regrouped:
    """Group the captures anew and store what differs; an old sequence lives on where most of its frames are.

    `changed` names captures that came or changed, and with none of them nothing is done; None means all.
    """
    if changed is not None and not changed:
        return Regrouped(frozenset(), frozenset(), frozenset())
    rows = {row.id: row for row in session.scalars(select(Sequence).options(selectinload(Sequence.members)))}
    old = {number: frozenset(member.capture_id for member in row.members) for number, row in rows.items()}
    paired = _match_old(group(_all_shots(session), rules or Rules(), constraints(session)), old)
    gone = rows.keys() - {number for _, number in paired if number is not None}
    moved = [(found, number) for found, number in paired if not _is_same(rows.get(number or 0), found)]
    for found, number in paired:
        if number is not None and _is_same(rows[number], found):
            _describe(rows[number], found)
    session.flush()
    _release(session, {capture for found, _ in moved for capture in found.members}, gone)
    session.expire_all()
    numbers = {_fill(session, number, found) for found, number in moved}
    return Regrouped(frozenset(numbers - rows.keys()), frozenset(numbers & rows.keys()), frozenset(gone))


def set_complete(session: Session, numbers: Collection[int]) -> None:
    """Mark sequences as complete: they may be stacked."""
    session.execute(update(Sequence).where(Sequence.id.in_(numbers)).values(complete=True))


def _row(session: Session, number: int) -> Sequence:
    row = session.get(Sequence, number)
    if row is None:
        raise NoSuchRow(f"sequence {number}: not in the catalog; `stackroom sequences list` shows what is")
    return row


def _members(session: Session, number: int) -> list[int]:
    return [member.capture_id for member in _row(session, number).members]


def split(session: Session, number: int, before: int) -> Regrouped:
    """Cut a sequence in two before the capture `before`; survives every regrouping. Raises NoSuchRow."""
    members = _members(session, number)
    if before not in members[1:]:
        raise NoSuchRow(f"capture {before}: not in sequence {number}, or its first frame; name one to cut before")
    at = members.index(before)
    session.add(UserConstraint(relation="cannot_link", captures=[members[at - 1], before]))
    return regroup(session)


def merge(session: Session, numbers: Collection[int]) -> Regrouped:
    """Make one sequence of several; survives every regrouping, and ends earlier cuts between them."""
    members = [capture for number in numbers for capture in _members(session, number)]
    for row in session.scalars(select(UserConstraint).where(UserConstraint.relation == "cannot_link")):
        if set(row.captures) <= set(members):
            session.delete(row)
    session.add(UserConstraint(relation="must_link", captures=sorted(members)))
    session.flush()
    return regroup(session)


def set_kind(session: Session, number: int, kind: str) -> Regrouped:
    """Say what a sequence is, over the program's judgement; survives every regrouping."""
    members = _members(session, number)
    for row in session.scalars(select(UserConstraint).where(UserConstraint.relation == "kind")):
        if set(row.captures) & set(members):
            session.delete(row)
    session.add(UserConstraint(relation="kind", captures=sorted(members), value=kind))
    session.flush()
    return regroup(session)


def set_reference(session: Session, number: int, capture_id: int) -> None:
    """Choose the frame whose geometry, look and header the result takes on. Raises NoSuchRow."""
    if capture_id not in _members(session, number):
        raise NoSuchRow(f"capture {capture_id}: not in sequence {number}; `stackroom sequences show {number}` lists it")
    _row(session, number).reference_capture_id = capture_id
