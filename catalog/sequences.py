"""Store what grouping finds, and what a person says of it. Sequences keep their number as long as their frames do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, selectinload

from catalog import corrections, nearby
from catalog.errors import NoSuchRow
from catalog.grouping.evidence import PreviewEvidence
from catalog.grouping.group import group
from catalog.grouping.groups import Group
from catalog.grouping.rules import Rules
from catalog.models import Capture, Sequence, SequenceMember, utc_now


@dataclass(frozen=True, slots=True)
class Regrouped:
    """What a regrouping did, by sequence number."""

    created: frozenset[int]
    changed: frozenset[int]
    removed: frozenset[int]
    unmeasured: frozenset[int] = frozenset()
    """Captures whose previews could settle what the headers leave open: see `store_evidence`."""


def _match_old(groups: Collection[Group], old: dict[int, frozenset[int]]) -> list[tuple[Group, int | None]]:
    """Pair each new group with the old sequence that it shares most captures with, each old one once."""
    of_capture = {capture: number for number, members in old.items() for capture in members}
    shared = [
        (count, number, index)
        for index, found in enumerate(groups)
        for number, count in Counter(of_capture[c] for c in found.members if c in of_capture).items()
    ]
    number_of: dict[int, int] = {}
    given: set[int] = set()
    for _count, number, index in sorted(shared, key=lambda entry: (-entry[0], entry[1], entry[2])):
        if number not in given and index not in number_of:
            number_of[index] = number
            given.add(number)
    return [(found, number_of.get(index)) for index, found in enumerate(groups)]


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


def _stored(session: Session, captures: Collection[int] | None) -> dict[int, Sequence]:
    """Read the sequences that captures are in, with their members; None means all."""
    chosen = select(Sequence).options(selectinload(Sequence.members))
    if captures is None:
        return {row.id: row for row in session.scalars(chosen)}
    rows: dict[int, Sequence] = {}
    for part in nearby.chunks(captures):
        theirs = select(SequenceMember.sequence_id).where(SequenceMember.capture_id.in_(part))
        rows.update((row.id, row) for row in session.scalars(chosen.where(Sequence.id.in_(theirs))))
    return rows


def regroup(session: Session, rules: Rules | None = None, *, changed: Collection[int] | None = None) -> Regrouped:
    """Group the captures anew and store what differs; an old sequence lives on where most of its frames are.

    `changed` names captures that came or changed: without any, and with every capture in its place, nothing is done.
    None means that all are to be looked at again.
    """
    rules, said = rules or Rules(), corrections.constraints(session)
    if changed is None:
        shots, rows = nearby.all_shots(session), _stored(session, None)
    else:
        fresh = {*changed, *nearby.ungrouped(session, changed)}
        if not fresh:
            return Regrouped(frozenset(), frozenset(), frozenset())
        shots = nearby.touched(session, fresh, rules, said)
        rows = _stored(session, [shot.id for shot in shots])
    old = {number: frozenset(member.capture_id for member in row.members) for number, row in rows.items()}
    paired = _match_old(group(shots, rules, said), old)
    gone = rows.keys() - {number for _, number in paired if number is not None}
    moved = [(found, number) for found, number in paired if not _is_same(rows.get(number or 0), found)]
    for found, number in paired:
        if number is not None and _is_same(rows[number], found):
            _describe(rows[number], found)
    session.flush()
    _release(session, {capture for found, _ in moved for capture in found.members}, gone)
    session.expire_all()
    numbers = {_fill(session, number, found) for found, number in moved}
    measured = {shot.id for shot in shots if shot.evidence is not None}
    wanted = {capture for found, _ in paired if found.wants_pictures for capture in found.members}
    return Regrouped(
        frozenset(numbers - rows.keys()),
        frozenset(numbers & rows.keys()),
        frozenset(gone),
        frozenset(wanted - measured),
    )


def store_evidence(session: Session, measured: Mapping[int, PreviewEvidence]) -> None:
    """Keep what previews show, by capture, for the next regrouping."""
    for capture, evidence in measured.items():
        session.execute(update(Capture).where(Capture.id == capture).values(evidence=evidence.to_json()))


def set_complete(session: Session, numbers: Collection[int]) -> None:
    """Mark sequences as complete: they may be stacked."""
    chosen = sorted(numbers)
    for start in range(0, len(chosen), 500):
        here = Sequence.id.in_(chosen[start : start + 500])
        session.execute(update(Sequence).where(here).values(complete=True))


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
    corrections.cut(session, members[:at], members[at:])
    return regroup(session, changed=members)


def merge(session: Session, numbers: Collection[int]) -> Regrouped:
    """Make one sequence of several; survives every regrouping, and ends earlier cuts between them."""
    wanted = [capture for number in numbers for capture in _members(session, number)]
    corrections.join(session, wanted)
    linked = regroup(session, changed=wanted)
    session.expire_all()
    places = select(SequenceMember.sequence_id).where(SequenceMember.capture_id.in_(wanted)).distinct()
    if len(session.scalars(places).all()) == 1:
        return linked
    # An earlier cut lies between them, with frames that belong to neither: only a locked set reaches over it.
    corrections.lock(session, wanted)
    locked = regroup(session, changed=wanted)
    return Regrouped(
        (linked.created | locked.created) - locked.removed,
        (linked.changed | locked.changed) - locked.removed,
        linked.removed | locked.removed,
        locked.unmeasured,
    )


def move(session: Session, capture_id: int, to: int) -> Regrouped:
    """Move a capture into another sequence; survives every regrouping. Raises NoSuchRow."""
    target = _members(session, to)
    if capture_id in target:
        raise NoSuchRow(f"capture {capture_id}: is in sequence {to} already")
    place = session.get(SequenceMember, capture_id)
    if place is None:
        raise NoSuchRow(f"capture {capture_id}: not in the catalog; `stackroom list` shows what is")
    away_from = _members(session, place.sequence_id)
    corrections.move(session, capture_id, away_from, target)
    return regroup(session, changed={*away_from, *target})


def exclude(session: Session, capture_ids: Collection[int]) -> Regrouped:
    """Take captures out of all sequences; survives every regrouping. Raises NoSuchRow."""
    for capture_id in capture_ids:
        if session.get(SequenceMember, capture_id) is None:
            raise NoSuchRow(f"capture {capture_id}: not in the catalog; `stackroom list` shows what is")
    corrections.exclude(session, capture_ids)
    return regroup(session, changed=capture_ids)


def set_kind(session: Session, number: int, kind: str) -> Regrouped:
    """Say what a sequence is, over the program's judgement; survives every regrouping."""
    members = _members(session, number)
    corrections.name_kind(session, members, kind)
    return regroup(session, changed=members)


def set_reference(session: Session, number: int, capture_id: int) -> None:
    """Choose the frame whose geometry, look and header the result takes on. Raises NoSuchRow."""
    if capture_id not in _members(session, number):
        raise NoSuchRow(f"capture {capture_id}: not in sequence {number}; `stackroom sequences show {number}` lists it")
    _row(session, number).reference_capture_id = capture_id
