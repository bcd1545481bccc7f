"""Store what grouping finds, and what a person says of it. Sequences keep their number as long as their frames do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, select
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
