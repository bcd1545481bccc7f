"""Ratings, flags, labels, keywords and collections of captures, changed in undoable batches like every edit.

A sequence is marked by marking all its frames.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from catalog import collected, keywords
from catalog.batches import chunks, open_batch, unknown_capture
from catalog.errors import NotAllowed
from catalog.models import Capture, Marking

LABELS: Final = ("red", "yellow", "green", "blue", "purple")
COLLECTION: Final = "collection"
"""The subject of a marking that is about a collection itself and no capture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What a person said of a capture. `flag` is 1 picked, -1 rejected; `label` a colour or another program's word."""

    rating: int = 0
    flag: int = 0
    label: str | None = None
    keywords: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no capture can have. Raises NotAllowed."""
        if self.rating not in range(6):
            raise NotAllowed(f"rating {self.rating}: give 0 to 5 stars, or reject")
        if self.flag not in (-1, 0, 1):
            raise NotAllowed(f"flag {self.flag}: give pick, none or reject")

    def tagged(self, paths: Iterable[str]) -> Marks:
        """Return the marks with more keywords. Raises NotAllowed for one that cannot be."""
        return self.with_keywords(map(keywords.checked, paths))

    def with_keywords(self, paths: Iterable[str]) -> Marks:
        """Return the marks with more keywords, as another program wrote them."""
        return replace(self, keywords=_united(self.keywords, paths))

    def untagged(self, paths: Iterable[str]) -> Marks:
        """Return the marks without these keywords, and without what lies below them."""
        gone = {keywords.checked(path).casefold() for path in paths}
        below = tuple(path + keywords.SEPARATOR for path in gone)
        kept = [w for w in self.keywords if w.casefold() not in gone and not w.casefold().startswith(below)]
        return replace(self, keywords=tuple(kept))


def _united(had: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    """Return words once each, however they are capitalised, in alphabetical order."""
    found: dict[str, str] = {}
    for word in (*had, *more):
        found.setdefault(word.casefold(), word)
    return tuple(found[folded] for folded in sorted(found))


How = Callable[[Marks], Marks]
_COLUMNS: Final = ("rating", "flag", "label")


def of(session: Session, captures: Collection[int]) -> dict[int, Marks]:
    """Return the marks of captures. Raises NoSuchRow for one that is not in the catalog."""
    words, names = keywords.of(session, captures), collected.of(session, captures)
    found: dict[int, Marks] = {}
    for chunk in chunks(captures):
        columns = select(Capture.id, Capture.rating, Capture.flag, Capture.label).where(Capture.id.in_(chunk))
        for number, rating, flag, label in session.execute(columns):
            found[number] = Marks(
                rating=rating,
                flag=flag,
                label=label,
                keywords=words.get(number, ()),
                collections=names.get(number, ()),
            )
    for number in captures:
        if number not in found:
            raise unknown_capture(number)
    return found


def apply(session: Session, wanted: Mapping[int, Marks], label: str, *, keep_redo: bool = False) -> int | None:
    """Give captures these marks as one batch; return its id, or None where nothing would change. Raises NoSuchRow."""
    before = of(session, wanted)
    changes = [
        {"capture_id": capture, "subject": f.name, "before": getattr(before[capture], f.name), "after": value}
        for capture, marks in wanted.items()
        for f in fields(Marks)
        if (value := getattr(marks, f.name)) != getattr(before[capture], f.name)
    ]
    named = {name for marks in wanted.values() for name in marks.collections}
    return _carry_out(session, [*_new_collections(session, named), *changes], label, keep_redo=keep_redo)


def _new_collections(session: Session, names: Collection[str]) -> list[dict[str, Any]]:
    """Return the making of collections that are not there: undoing must take them away again."""
    known = {view.name.casefold() for view in collected.listed(session)} if names else set()
    return [
        {"capture_id": None, "subject": f"{COLLECTION}:{name}", "before": None, "after": {"query": None}}
        for name in sorted(names)
        if name.casefold() not in known
    ]


def change(session: Session, captures: Collection[int], how: How, label: str) -> int | None:
    """Change the marks of captures as one batch; return its id, or None where nothing would change."""
    return apply(session, {capture: how(marks) for capture, marks in of(session, captures).items()}, label)


def _carry_out(session: Session, changes: list[dict[str, Any]], label: str, *, keep_redo: bool = False) -> int | None:
    if not changes:
        return None
    batch = open_batch(session, label, keep_redo=keep_redo).id
    session.execute(insert(Marking), [{"batch_id": batch, **change} for change in changes])
    put(session, batch, True)
    return batch


def put(session: Session, batch: int, forward: bool) -> set[int]:
    """Put a batch's marks in force, or take them back; return the captures that it is about."""
    rows = session.execute(
        select(Marking.capture_id, Marking.subject, Marking.after if forward else Marking.before)
        .where(Marking.batch_id == batch)
        .order_by(Marking.id)
    )
    wanted: dict[str, dict[int, Any]] = defaultdict(dict)
    for capture, subject, value in rows:
        if capture is not None:
            wanted[subject][capture] = value
        elif subject.startswith(COLLECTION):
            collected.put_collection(session, subject.partition(":")[2], value)
    for column in _COLUMNS:
        _write(session, column, wanted[column])
    keywords.put(session, wanted["keywords"])
    collected.put(session, wanted["collections"])
    session.expire_all()
    return {capture for values in wanted.values() for capture in values}


def _write(session: Session, column: str, values: Mapping[int, Any]) -> None:
    if values:
        table = Capture.__table__
        statement = update(table).where(table.c.id == bindparam("capture")).values({column: bindparam("value")})  # type: ignore[arg-type]
        session.connection().execute(statement, [{"capture": c, "value": v} for c, v in values.items()])


def make_collection(session: Session, name: str, query: str | None = None) -> int | None:
    """Make a collection, or a saved search where there is a query; undoable. Raises NotAllowed where it is there."""
    name = collected.checked(name)
    if any(view.name.casefold() == name.casefold() for view in collected.listed(session)):
        raise NotAllowed(f"collection {name}: there is one of that name already; choose another")
    change = {"capture_id": None, "subject": f"{COLLECTION}:{name}", "before": None, "after": {"query": query}}
    return _carry_out(session, [change], f"{'saved search' if query is not None else 'collection'} {name}")


def delete_collection(session: Session, name: str) -> int | None:
    """Remove a collection, its pictures stay; undoable. Raises NoSuchRow."""
    row = collected.find(session, name)
    inside = of(session, collected.members(session, name))
    itself = {"capture_id": None, "subject": f"{COLLECTION}:{row.name}", "before": {"query": row.query}, "after": None}
    left = [
        {
            "capture_id": capture,
            "subject": "collections",
            "before": marks.collections,
            "after": [other for other in marks.collections if other != row.name],
        }
        for capture, marks in inside.items()
    ]
    return _carry_out(session, [itself, *left], f"remove collection {row.name}")
