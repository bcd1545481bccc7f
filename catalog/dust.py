"""The dust on each camera's sensor: what its stacks have shown by day, and what people say of it.

The map itself is stored nowhere: it is gathered from the reports of the stacks, so that it is never out of date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from math import hypot
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog import nearby
from catalog.errors import NoSuchRow
from catalog.models import Capture, DustMark, Stack, StackFrame

DUST, NONE = "dust", "none"
MOST_DAYS, NEAREST = 30, 50
"""From how far off, and from how many stacks at most, dust is known to a later one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedSpeck:
    """A speck of dust in pixels of the sensor: how much light it takes at most, in how many stacks, and when.

    `mark` is the number of the mark that says so where a person did.
    """

    x: float
    y: float
    radius: float
    depth: float
    stacks: int
    first: str
    last: str
    mark: int | None = None
    is_point: bool = False
    """A hot or stuck pixel; `depth` is how far it stands out, in parts of white."""


@dataclass(frozen=True, slots=True)
class BodyView:
    """A camera body and what is known of it."""

    body: str
    captures: int
    stacks: int
    days: tuple[str, ...]
    specks: int


def bodies(session: Session) -> dict[str, int]:
    """Return how many captures each camera body has taken."""
    rows = session.execute(
        select(Capture.body, func.count())
        .where(Capture.body.is_not(None))
        .group_by(Capture.body)
        .order_by(Capture.body)
    )
    return {body: count for body, count in rows if body}


def body_named(session: Session, word: str) -> str:
    """Return the body whose name holds `word`. Raises NoSuchRow where none or several do."""
    known = list(bodies(session))
    found = [body for body in known if word == body] or [body for body in known if word.casefold() in body.casefold()]
    if len(found) != 1:
        what = "several cameras" if found else "no camera"
        raise NoSuchRow(f"{word}: {what} of that name; there are {', '.join(found or known) or 'none'}")
    return found[0]


def overview(session: Session) -> list[BodyView]:
    """Return every camera body with what its stacks have shown."""
    views = []
    for body, captures in bodies(session).items():
        reports = list(_reports(session, body))
        days = tuple(sorted({day for day, _ in reports}))
        views.append(BodyView(body, captures, len(reports), days, len(dust_map(session, body))))
    return views


def dust_map(session: Session, body: str, day: str | None = None) -> list[MappedSpeck]:
    """Return the specks on a body's sensor, those seen most often first; of one day (YYYY-MM-DD) where it is given."""
    marks = marks_of(session, body, day)
    denied = [mark for mark in marks if mark.verdict == NONE]
    found: list[list[tuple[str, dict[str, Any]]]] = []
    for when, report in _reports(session, body, day):
        for speck in report:
            if not any(_same(speck, mark.x, mark.y, mark.radius) for mark in denied):
                _gather(found, when, speck)
    mapped = [_mapped(seen) for seen in found]
    mapped += [_marked(mark) for mark in marks if mark.verdict == DUST]
    return sorted(mapped, key=lambda each: (each.mark is None, -each.stacks, each.y, each.x))


def _reports(session: Session, body: str, day: str | None = None) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    """Yield the day and the specks of each of a body's stacks in force."""
    first = (
        select(StackFrame.stack_id, func.min(StackFrame.capture_id).label("capture_id"))
        .join(Stack, Stack.id == StackFrame.stack_id)
        .where(Stack.current)
        .group_by(StackFrame.stack_id)
        .subquery()
    )
    rows = session.execute(
        select(Capture.taken_at, Stack.quality["dust"])
        .join(first, first.c.capture_id == Capture.id)
        .join(Stack, Stack.id == first.c.stack_id)
        .where(Capture.body == body)
        .order_by(Stack.id)
    )
    for taken, specks in rows:
        when = _day(taken)
        if day is None or when == day:
            yield when, specks or []


def met(session: Session, capture: int, sequence: int) -> list[dict[str, Any]]:
    """Return the specks that other stacks of the same sensor have shown, each as the surest of them tells it.

    Those of the NEAREST stacks in time to `capture`, at most MOST_DAYS away, and not of `sequence` itself. What a
    stack believed only because others had shown it is no proof for the next.
    """
    own = session.execute(select(Capture.body, Capture.taken_at).where(Capture.id == capture)).first()
    if own is None or own.body is None or own.taken_at is None:
        return []
    away = func.abs(func.julianday(Capture.taken_at) - func.julianday(own.taken_at))
    near = session.scalars(
        select(Stack.id)
        .join(StackFrame, (StackFrame.stack_id == Stack.id) & (StackFrame.position == 0))
        .join(Capture, Capture.id == StackFrame.capture_id)
        .where(Stack.current, Stack.sequence_id != sequence, Capture.body == own.body, away <= MOST_DAYS)
        .order_by(away, Stack.id)
        .limit(NEAREST)
    ).all()
    reports = session.scalars(select(Stack.quality["dust"]).where(Stack.id.in_(near)).order_by(Stack.id))
    found: list[list[tuple[str, dict[str, Any]]]] = []
    for speck in (speck for report in reports for speck in report or []):
        if not speck.get("is_point") and not speck.get("is_known"):
            _gather(found, "", speck)
    return [max((speck for _, speck in seen), key=lambda speck: float(speck["confidence"])) for seen in found]


def _day(taken: datetime | None) -> str:
    return taken.date().isoformat() if taken else "undated"


def _same(speck: dict[str, Any], x: float, y: float, radius: float) -> bool:
    return hypot(float(speck["x"]) - x, float(speck["y"]) - y) < max(radius, float(speck["radius"]))


def _gather(found: list[list[tuple[str, dict[str, Any]]]], when: str, speck: dict[str, Any]) -> None:
    for seen in found:
        if _same(speck, seen[0][1]["x"], seen[0][1]["y"], seen[0][1]["radius"]):
            seen.append((when, speck))
            return
    found.append([(when, speck)])


def _mapped(seen: list[tuple[str, dict[str, Any]]]) -> MappedSpeck:
    days, count = sorted(when for when, _ in seen), len(seen)

    def mean(name: str) -> float:
        return round(sum(float(speck[name]) for _, speck in seen) / count, 2)

    depth = max(float(speck["depth"]) for _, speck in seen)
    return MappedSpeck(
        x=mean("x"),
        y=mean("y"),
        radius=mean("radius"),
        depth=depth,
        stacks=count,
        first=days[0],
        last=days[-1],
        is_point=all(speck.get("is_point", False) for _, speck in seen),
    )


def _marked(mark: DustMark) -> MappedSpeck:
    day = mark.day or ""
    return MappedSpeck(x=mark.x, y=mark.y, radius=mark.radius, depth=0.0, stacks=0, first=day, last=day, mark=mark.id)


def marks_of(session: Session, body: str, day: str | None = None) -> list[DustMark]:
    """Return what people said of a body's sensor: for every day, and for `day` where it is given."""
    rows = session.scalars(select(DustMark).where(DustMark.body == body).order_by(DustMark.id))
    return [mark for mark in rows if day is None or mark.day in (None, day)]


def mark(
    session: Session, body: str, place: tuple[float, float], radius: float, verdict: str, day: str | None = None
) -> int:
    """Say that there is a speck at a place of the sensor (px), or none; return the mark's number.

    What was said of the same place and day before is taken back by it.
    """
    for other in marks_of(session, body):
        if other.day == day and hypot(other.x - place[0], other.y - place[1]) < max(radius, other.radius):
            session.delete(other)
    row = DustMark(body=body, day=day, x=place[0], y=place[1], radius=radius, verdict=verdict)
    session.add(row)
    session.flush()
    return row.id


def said(session: Session, captures: Collection[int]) -> dict[int, list[list[Any]]]:
    """Return what people said of the sensor that took each capture, as plain values: verdict, x, y, radius.

    Only what holds of the day it was taken on; captures of which nothing was said are left out.
    """
    marked = defaultdict(list)
    for row in session.scalars(select(DustMark).order_by(DustMark.id)):
        marked[row.body].append(row)
    found: dict[int, list[list[Any]]] = {}
    if not marked:
        return found
    taken = select(Capture.id, Capture.body, Capture.taken_at).where(Capture.body.in_(marked))
    for part in nearby.chunks(captures):
        for number, body, when in session.execute(taken.where(Capture.id.in_(part))):
            day = _day(when)
            marks = [
                [each.verdict, each.x, each.y, each.radius] for each in marked[body or ""] if each.day in (None, day)
            ]
            if marks:
                found[number] = marks
    return found
