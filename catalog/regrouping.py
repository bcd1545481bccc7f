"""Group captures anew and store what differs. Sequences keep their number as long as their frames do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any

from sqlalchemy import String, bindparam, delete, insert, select, type_coerce, update
from sqlalchemy.orm import Session

from catalog import corrections, nearby, side_by_side
from catalog.grouping.constraints import Constraints
from catalog.grouping.group import group
from catalog.grouping.groups import Group
from catalog.grouping.lots import group_rows, join_lots, read_lots
from catalog.grouping.rows import cut_bundles
from catalog.grouping.rules import Rules
from catalog.models import Capture, Sequence, SequenceMember, utc_now

_ROWS = 10_000
_FEW_BUNDLES = 5
"""To start processes for fewer takes longer than to group them."""
_QUIETLY = {"synchronize_session": False}

Members = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Regrouped:
    """What a regrouping did, by sequence number."""

    created: frozenset[int]
    changed: frozenset[int]
    removed: frozenset[int]
    unmeasured: frozenset[int] = frozenset()
    """Captures whose previews could settle what the headers leave open: see `store_evidence`."""
    joined: frozenset[int] = frozenset()
    """Captures that came to a sequence which was there before: see `inheriting.inherit`."""


def _stored(session: Session, captures: Collection[int] | None) -> dict[int, Members]:
    """Read the members, in their order, of the sequences that captures are in; None means of all."""
    chosen = select(SequenceMember.sequence_id, SequenceMember.capture_id).order_by(
        SequenceMember.sequence_id, SequenceMember.position
    )
    found: dict[int, list[int]] = {}
    if captures is None:
        for number, capture in session.execute(chosen, execution_options={"yield_per": _ROWS}):
            found.setdefault(number, []).append(capture)
    else:
        for part in nearby.chunks(captures):
            theirs = select(SequenceMember.sequence_id).where(SequenceMember.capture_id.in_(part))
            whole: dict[int, list[int]] = {}
            for number, capture in session.execute(chosen.where(SequenceMember.sequence_id.in_(theirs))):
                whole.setdefault(number, []).append(capture)
            found.update(whole)
    return {number: tuple(members) for number, members in found.items()}


def _pair(groups: Iterable[Group], old: Mapping[int, Members]) -> Iterator[tuple[Group, int | None]]:
    """Pair each new group with the old sequence that it shares most captures with, each old one once."""
    begins = {members[0]: number for number, members in old.items()}
    others: list[Group] = []
    same: set[int] = set()
    for found in groups:
        number = begins.get(found.members[0])
        if number is not None and old[number] == found.members:
            same.add(number)
            yield found, number
        else:
            others.append(found)
    of_capture = {capture: number for number, members in old.items() if number not in same for capture in members}
    shared = [
        (count, number, index)
        for index, found in enumerate(others)
        for number, count in Counter(of_capture[c] for c in found.members if c in of_capture).items()
    ]
    number_of: dict[int, int] = {}
    given: set[int] = set()
    for _count, number, index in sorted(shared, key=lambda entry: (-entry[0], entry[1], entry[2])):
        if number not in given and index not in number_of:
            number_of[index] = number
            given.add(number)
    for index, found in enumerate(others):
        yield found, number_of.get(index)


def _description(found: Group) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "confidence": found.confidence,
        "reasons": list(found.reasons),
        "warnings": [*found.warnings, *found.suggestions],
        "idle_s": found.closed_after_s,
        "expected_count": found.expected_count,
    }


def _update(session: Session, rows: list[dict[str, Any]]) -> None:
    """Write columns of sequences, each row naming its `number`."""
    if not rows:
        return
    table = Sequence.__table__
    values: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "number"}
    statement = update(table).where(table.c.id == bindparam("number")).values(values)  # type: ignore[arg-type]
    session.connection().execute(statement, rows)


def _redescribe(session: Session, kept: Mapping[int, Group]) -> None:
    """Store what is now said of sequences whose frames are the same as before."""
    columns = (
        Sequence.id, Sequence.kind, Sequence.confidence, type_coerce(Sequence.reasons, String),
        type_coerce(Sequence.warnings, String), Sequence.idle_s, Sequence.expected_count,
    )  # fmt: skip
    rows = []
    everything = len(kept) > _ROWS
    parts: Iterable[list[int]] = [[]] if everything else nearby.chunks(kept)
    for part in parts:
        chosen = select(*columns) if everything else select(*columns).where(Sequence.id.in_(part))
        for number, *told in session.execute(chosen, execution_options={"yield_per": _ROWS}):
            if number not in kept:
                continue
            now = _description(kept[number])
            if told != [json.dumps(value) if isinstance(value, list) else value for value in now.values()]:
                rows.append({"number": number, **now})
    _update(session, rows)


def _starts(session: Session, captures: Iterable[int]) -> dict[int, datetime | None]:
    found: dict[int, datetime | None] = {}
    for part in nearby.chunks(captures):
        rows = session.execute(select(Capture.id, Capture.taken_at).where(Capture.id.in_(part)))
        found.update((capture, taken) for capture, taken in rows)
    return found


def _release(session: Session, captures: Collection[int], gone: Collection[int]) -> None:
    """Take captures out of their places, and drop sequences that are no more: a capture is in one at most."""
    for part in nearby.chunks(captures):
        leaving = delete(SequenceMember).where(SequenceMember.capture_id.in_(part))
        session.execute(leaving, execution_options=_QUIETLY)
    for part in nearby.chunks(gone):
        session.execute(delete(Sequence).where(Sequence.id.in_(part)), execution_options=_QUIETLY)


def _fill(session: Session, moved: list[tuple[Group, int | None]]) -> set[int]:
    """Give groups whose frames differ from before their sequences, new or old: these are open again."""
    starts = _starts(session, {found.members[0] for found, _ in moved})
    rows = [
        {**_description(found), "complete": False, "changed_at": utc_now(), "started_at": starts[found.members[0]]}
        for found, _ in moved
    ]
    _update(session, [{"number": number, **row} for row, (_, number) in zip(rows, moved, strict=True) if number])
    new = [row for row, (_, number) in zip(rows, moved, strict=True) if number is None]
    made = insert(Sequence).returning(Sequence.id, sort_by_parameter_order=True)
    fresh = iter(session.scalars(made, new).all() if new else ())
    numbers = [number if number is not None else next(fresh) for _, number in moved]
    places = [
        {"sequence_id": number, "capture_id": capture, "position": position}
        for number, (found, _) in zip(numbers, moved, strict=True)
        for position, capture in enumerate(found.members)
    ]
    if places:
        session.execute(insert(SequenceMember), places)
    return set(numbers)


def _store(session: Session, groups: Iterable[Group], old: Mapping[int, Members]) -> Regrouped:
    kept: dict[int, Group] = {}
    moved: list[tuple[Group, int | None]] = []
    wanted: set[int] = set()
    for found, number in _pair(groups, old):
        if number is not None and old[number] == found.members:
            kept[number] = found
        else:
            moved.append((found, number))
        if found.wants_pictures:
            wanted.update(found.members)
    gone = old.keys() - kept.keys() - {number for _, number in moved if number is not None}
    session.flush()
    _redescribe(session, kept)
    _release(session, {capture for found, _ in moved for capture in found.members}, gone)
    numbers = _fill(session, moved)
    session.expire_all()
    joined = {c for found, number in moved if number is not None for c in set(found.members).difference(old[number])}
    return Regrouped(
        created=frozenset(numbers - old.keys()),
        changed=frozenset(numbers & old.keys()),
        removed=frozenset(gone),
        unmeasured=frozenset(wanted),
        joined=frozenset(joined),
    )


def group_all(session: Session, rules: Rules, said: Constraints) -> Iterator[Group]:
    """Group every capture in the catalog, storing nothing; many of them in as many processes as the machine runs."""
    bundles = cut_bundles(nearby.rows(session), _ROWS, rules)
    work = partial(group_rows, rules=rules, excluded=said.excluded)
    lots = chain.from_iterable(map(read_lots, side_by_side.mapped(work, bundles, _FEW_BUNDLES)))
    return join_lots(lots, lambda ids: nearby.some_shots(session, ids), rules, said)


def regroup(session: Session, rules: Rules | None = None, *, changed: Collection[int] | None = None) -> Regrouped:
    """Group the captures anew and store what differs; an old sequence lives on where most of its frames are.

    `changed` names captures that came or changed: without any, and with every capture in its place, nothing is done.
    None means that all are to be looked at again.
    """
    rules, said = rules or Rules(), corrections.constraints(session)
    if changed is None:
        done = _store(session, list(group_all(session, rules, said)), _stored(session, None))
        return _unmeasured(session, done)
    fresh = {*changed, *nearby.ungrouped(session)}
    if not fresh:
        return Regrouped(frozenset(), frozenset(), frozenset())
    shots = nearby.touched(session, fresh, rules, said)
    done = _store(session, group(shots, rules, said), _stored(session, [shot.id for shot in shots]))
    return _unmeasured(session, done)


def _unmeasured(session: Session, done: Regrouped) -> Regrouped:
    """Leave out the captures whose previews were measured already."""
    measured = nearby.measured(session, done.unmeasured)
    return replace(done, unmeasured=done.unmeasured - measured)
