"""Read from the catalog what a change can touch, and no more: a new picture costs the same in any catalog."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from datetime import datetime
from itertools import islice

from sqlalchemy import ColumnElement, String, func, select, type_coerce
from sqlalchemy.orm import Session

from catalog import copies
from catalog.grouping.clock import was_set
from catalog.grouping.constraints import Constraints
from catalog.grouping.header import Header
from catalog.grouping.lanes import next_folder
from catalog.grouping.neighbourhood import neighbourhood
from catalog.grouping.rows import LAST_NUMBER, Row, read_shot
from catalog.grouping.rules import Rules
from catalog.grouping.shots import Shot
from catalog.metadata.record import Metadata
from catalog.models import Capture, Sequence, SequenceMember

_AT_ONCE = 64
_ROWS = 2_000
_HEADER: ColumnElement[str] = type_coerce(Capture.header, String)
_EVIDENCE: ColumnElement[str | None] = type_coerce(Capture.evidence, String)
_REAL: ColumnElement[bool] = Capture.id.not_in(copies.ids())
"""What was shot: a virtual copy is one more look at a picture, and has no place among the frames."""
_COLUMNS = (Capture.id, Capture.folder, Capture.stem, _HEADER, _EVIDENCE)


def body_of(metadata: Metadata | Header) -> str | None:
    """Name the body that took a picture, as the catalog stores it; None where the header does not say."""
    return " ".join(part for part in (metadata.make, metadata.model, metadata.body_serial) if part) or None


def all_shots(session: Session) -> list[Shot]:
    """Return every capture as grouping takes it, in the order of ids."""
    return [read_shot(*row) for row in session.execute(select(*_COLUMNS).where(_REAL).order_by(Capture.id))]


def some_shots(session: Session, ids: Collection[int]) -> list[Shot]:
    """Return captures as grouping takes them."""
    columns = select(*_COLUMNS).where(_REAL)
    return [read_shot(*row) for part in chunks(ids) for row in session.execute(columns.where(Capture.id.in_(part)))]


def rows(session: Session) -> Iterator[Row]:
    """Read every capture, by body and time."""
    ordered = select(*_COLUMNS, Capture.body).where(_REAL).order_by(Capture.body, Capture.taken_at, Capture.id)
    # SQLite's own rows are tuples, which cost a third of any others.
    connection = session.connection()
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute(str(ordered.compile(connection)))
        while part := cursor.fetchmany(_ROWS):
            yield from part


def chunks(ids: Iterable[int], size: int = 500) -> Iterator[list[int]]:
    """Cut ids into lists that one SQLite statement takes."""
    remaining = iter(sorted(ids))
    while chunk := list(islice(remaining, size)):
        yield chunk


def ungrouped(session: Session) -> set[int]:
    """Return the captures without a place: new ones, and those of a run that was cut before it grouped them.

    Every regrouping gives all of them their places, so that they are the newest of all: the catalog is not searched.
    """
    newest_placed = select(func.coalesce(func.max(SequenceMember.capture_id), 0)).scalar_subquery()
    return set(session.scalars(select(Capture.id).where(Capture.id > newest_placed, _REAL)))


def measured(session: Session, ids: Collection[int]) -> set[int]:
    """Return those captures whose previews were measured."""
    found: set[int] = set()
    seen = _EVIDENCE.is_not(None) & (_EVIDENCE != "null")
    for part in chunks(ids):
        found |= set(session.scalars(select(Capture.id).where(Capture.id.in_(part), seen)))
    return found


def mates(session: Session, ids: Collection[int]) -> set[int]:
    """Return all members of the sequences that captures are stored in."""
    found: set[int] = set()
    for part in chunks(ids):
        theirs = select(SequenceMember.sequence_id).where(SequenceMember.capture_id.in_(part))
        found |= set(
            session.scalars(select(SequenceMember.capture_id).where(SequenceMember.sequence_id.in_(theirs))).all()
        )
    return found


def _around(session: Session, body: str | None, time: datetime, rules: Rules) -> Iterator[Shot]:
    """Give one body's shots about a time, rather too many than too few, to where a pause parts them for sure."""
    longest = max(rules.suggest_within_s, rules.longest_gap_s)
    of_body = select(*_COLUMNS).where(_REAL, Capture.body == body if body is not None else Capture.body.is_(None))
    later = of_body.where(Capture.taken_at >= time).order_by(Capture.taken_at, Capture.id)
    earlier = of_body.where(Capture.taken_at < time).order_by(Capture.taken_at.desc(), Capture.id.desc())
    for statement in (later, earlier):
        last = None
        with session.execute(statement, execution_options={"yield_per": _AT_ONCE}) as rows:
            for shot in (read_shot(*row) for row in rows):
                at, known = shot.metadata.taken_at, shot.metadata
                if at is None:
                    break
                before = last if last is not None and statement is later else known
                pause = abs((at - (time if last is None else last.taken_at or time)).total_seconds())
                slack = before.time_resolution_s + 2 * (before.exposure_s or 0.0)
                # The shot that was asked for need not be stored at this time any more: reach past its place once.
                if pause > longest + slack and (last is not None or statement is earlier):
                    break
                yield shot
                last = known


def _names_beside(stem: str) -> Iterator[tuple[str, bool, bool]]:
    """Give the names that the shots just before and after a shot have; is each after it, and beyond a rollover?"""
    found = LAST_NUMBER.search(stem)
    if found is None:
        return
    digits, number = found[1], int(found[1])
    after = {number + 1} | ({0, 1} if number == 9999 else set())
    before = {number - 1} | ({9999} if number in (0, 1) else set())
    for each, is_after in ((n, side) for side, numbers in ((True, after), (False, before)) for n in numbers if n >= 0):
        for width in {len(digits), len(digits) - 1}:
            yield f"{stem[: found.start()]}{each:0{width}}{found[2]}", is_after, abs(each - number) > 1


def _leap_s(shot: Shot, other: datetime | None, is_after: bool) -> float:
    taken = shot.metadata.taken_at
    leap = (other - taken).total_seconds() if other is not None and taken is not None else 0.0
    return leap if is_after else -leap


def _across_a_set_clock(session: Session, shots: Iterable[Shot]) -> set[int]:
    """Find the shots whose file numbers adjoin a shot's, though a clock that was set parted them."""
    found: set[int] = set()
    by_folder: dict[str, dict[str, list[tuple[Shot, bool]]]] = {}
    for shot in shots:
        if shot.metadata.taken_at is not None:
            for name, is_after, is_rollover in _names_beside(shot.name):
                other = next_folder(shot.folder, 1 if is_after else -1) if is_rollover else None
                for folder in (shot.folder, other) if other else (shot.folder,):
                    by_folder.setdefault(folder, {}).setdefault(name, []).append((shot, is_after))
    for folder, wanted in by_folder.items():
        remaining = iter(sorted(wanted))
        while part := list(islice(remaining, 400)):
            here = select(Capture.id, Capture.stem, Capture.taken_at, Capture.body).where(_REAL)
            dated = here.where(Capture.folder == folder, Capture.stem.in_(part), Capture.taken_at.is_not(None))
            for number, stem, taken, body in session.execute(dated).all():
                beside = [each for each in wanted[stem] if body_of(each[0].metadata) == body]
                if any(was_set(_leap_s(shot, taken, is_after)) for shot, is_after in beside):
                    found.add(number)
    return found


class _Gathering:
    """The shots gathered so far, with the stretches about them."""

    def __init__(self, session: Session, rules: Rules, constraints: Constraints) -> None:
        self.session, self.rules = session, rules
        self.links = [frozenset(s) for s in (*constraints.must_link, *constraints.locked, *constraints.cannot_link)]
        self.near: dict[int, Shot] = {}
        self._done: set[int] = set()

    def about(self, body: str | None, time: datetime) -> set[int]:
        """Gather a body's shots about a time; return them."""
        found = {shot.id: shot for shot in _around(self.session, body, time, self.rules)}
        self.near.update(found)
        self._done |= found.keys()
        return set(found)

    def _undated(self, body: str | None, folder: str) -> None:
        # Without a clock only shots of one folder can be of one sequence.
        chosen = select(*_COLUMNS).where(_REAL, Capture.folder == folder, Capture.taken_at.is_(None))
        of_body = Capture.body == body if body is not None else Capture.body.is_(None)
        found = {row.id: read_shot(*row) for row in self.session.execute(chosen.where(of_body))}
        self.near.update(found)
        self._done |= found.keys()

    def _gather(self, number: int) -> None:
        where = select(Capture.body, Capture.taken_at, Capture.folder).where(Capture.id == number)
        row = self.session.execute(where).one_or_none()
        self._done.add(number)
        if row is None:
            return
        if row.taken_at is None:
            self._undated(row.body, row.folder)
        else:
            self.about(row.body, row.taken_at)

    def grow(self, seeds: Collection[int]) -> None:
        """Gather what seeds can be of one sequence with: by time, across a set clock, or by a person's word."""
        waiting, asked = set(seeds), set[int]()
        while waiting:
            for number in sorted(waiting):
                if number not in self._done:
                    self._gather(number)
            fresh = [shot for i, shot in self.near.items() if i not in asked]
            asked |= self.near.keys()
            linked = {i for link in self.links if not link.isdisjoint(self._done) for i in link}
            waiting = (linked | _across_a_set_clock(self.session, fresh)) - self._done


def _moved_from(session: Session, ids: Collection[int], gathering: _Gathering) -> set[int]:
    """Gather about the times at which sequences began when they were stored, where their first frame says another."""
    found: set[int] = set()
    for part in chunks(ids):
        first = select(Capture.body, Sequence.started_at).join(
            SequenceMember, SequenceMember.sequence_id == Sequence.id
        )
        first = first.join(Capture, Capture.id == SequenceMember.capture_id)
        moved = Sequence.started_at.is_not(None) & Capture.taken_at.is_distinct_from(Sequence.started_at)
        chosen = first.where(SequenceMember.position == 0, Capture.id.in_(part), moved)
        for body, time in session.execute(chosen).all():
            found |= gathering.about(body, time) if time is not None else set()
    return found


def touched(session: Session, changed: Collection[int], rules: Rules, constraints: Constraints) -> list[Shot]:
    """Return the shots to regroup when captures came or changed; grouping them alone is grouping all.

    A capture whose time changed touches where it was, too: its old mates, and the time its sequence began at.
    """
    gathering = _Gathering(session, rules, constraints)
    seeds = {*changed, *mates(session, changed)}
    seeds |= _moved_from(session, seeds, gathering)
    while True:
        gathering.grow(seeds)
        ids = neighbourhood(gathering.near.values(), seeds, rules, constraints)
        more = mates(session, ids) - ids
        if not more:
            return [gathering.near[i] for i in sorted(ids)]
        seeds |= more
