"""What people say of the grouping: rows of their own, by capture, so that they survive every regrouping."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from catalog.grouping.constraints import Constraints
from catalog.models import UserConstraint


def _rows(session: Session, *relations: str) -> list[UserConstraint]:
    chosen = select(UserConstraint).where(UserConstraint.relation.in_(relations)).order_by(UserConstraint.id)
    return list(session.scalars(chosen))


def constraints(session: Session) -> Constraints:
    """Return what people said, as grouping takes it."""
    rows = _rows(session, "must_link", "cannot_link", "locked", "excluded", "kind")

    def sets(relation: str) -> tuple[frozenset[int], ...]:
        return tuple(frozenset(row.captures) for row in rows if row.relation == relation)

    return Constraints(
        must_link=sets("must_link"),
        cannot_link=tuple((row.captures[0], row.captures[1]) for row in rows if row.relation == "cannot_link"),
        locked=sets("locked"),
        excluded=frozenset(capture for row in rows if row.relation == "excluded" for capture in row.captures),
        kinds=tuple((frozenset(row.captures), row.value or "review") for row in rows if row.relation == "kind"),
    )


def said(session: Session) -> dict[int, dict[str, Any]]:
    """Return all that was said, row by row, as it can be said again."""
    rows = session.scalars(select(UserConstraint).execution_options(populate_existing=True))
    return {
        row.id: {"id": row.id, "relation": row.relation, "captures": list(row.captures), "value": row.value}
        for row in rows
    }


def say_again(session: Session, gone: Iterable[dict[str, Any]], back: Iterable[dict[str, Any]]) -> set[int]:
    """Forget some rows and say others instead; return the captures that they speak of."""
    gone, back = list(gone), list(back)
    for row in gone:
        session.execute(delete(UserConstraint).where(UserConstraint.id == row["id"]))
    if back:
        session.execute(insert(UserConstraint), back)
    session.expire_all()
    return {capture for row in (*gone, *back) for capture in row["captures"]}


def _take_out(session: Session, captures: Collection[int], *relations: str) -> set[str]:
    """Take captures out of what was said before, and forget what then says nothing. Returns the values it had."""
    values: set[str] = set()
    for row in _rows(session, *relations):
        left = [capture for capture in row.captures if capture not in captures]
        if len(left) == len(row.captures):
            continue
        values |= {row.value} if row.value else set()
        row.captures = left
        if len(left) < (2 if row.relation in ("must_link", "cannot_link") else 1):
            session.delete(row)
    session.flush()
    return values


def _say(session: Session, relation: str, captures: Collection[int], value: str | None = None) -> None:
    if len(captures) >= (2 if relation in ("must_link", "cannot_link") else 1):
        session.add(UserConstraint(relation=relation, captures=list(captures), value=value))
        session.flush()


def cut(session: Session, before: Sequence[int], after: Sequence[int]) -> None:
    """Say that one sequence is two; what was said of the whole holds for both parts."""
    for row in _rows(session, "must_link", "locked", "kind"):
        here, there = ([c for c in row.captures if (c in after) is side] for side in (False, True))
        if here and there:
            relation, value = row.relation, row.value
            session.delete(row)
            _say(session, relation, here, value)
            _say(session, relation, there, value)
    _say(session, "cannot_link", [before[-1], after[0]])


def join(session: Session, captures: Collection[int]) -> None:
    """Say that captures are one sequence; ends earlier cuts between them, and keeps the kind where it was said once."""
    inside = set(captures)
    for row in _rows(session, "cannot_link"):
        if set(row.captures) <= inside:
            session.delete(row)
    _take_out(session, inside, "must_link", "locked", "excluded")
    _say(session, "must_link", sorted(inside))
    kinds = _take_out(session, inside, "kind")
    if len(kinds) == 1:
        _say(session, "kind", sorted(inside), kinds.pop())


def move(session: Session, capture: int, away_from: Collection[int], to: Collection[int]) -> None:
    """Say that a capture belongs to another sequence than the one it is in; both are as a person wants them now."""
    _take_out(session, {capture, *away_from, *to}, "must_link", "locked")
    _take_out(session, {capture}, "cannot_link", "excluded", "kind")
    _say(session, "locked", sorted(set(away_from) - {capture}))
    _say(session, "locked", sorted({*to, capture}))


def lock(session: Session, captures: Collection[int]) -> None:
    """Say that these captures are one sequence and that no other joins them."""
    _take_out(session, captures, "must_link", "locked", "excluded")
    _say(session, "locked", sorted(captures))


def unlock(session: Session, captures: Collection[int]) -> None:
    """Let the evidence speak again of captures that were held together."""
    _take_out(session, captures, "locked")


def exclude(session: Session, captures: Collection[int]) -> None:
    """Say that captures belong to no sequence: a test shot, a slipped finger."""
    _take_out(session, captures, "must_link", "cannot_link", "locked", "excluded", "kind")
    _say(session, "excluded", sorted(captures))


def name_kind(session: Session, captures: Collection[int], kind: str) -> None:
    """Say what a sequence is, over the program's judgement."""
    _take_out(session, captures, "kind")
    _say(session, "kind", sorted(captures), kind)
