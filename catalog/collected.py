"""Collections: captures put together by hand, and saved searches, which hold whatever matches at the moment."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from catalog.batches import chunks, names_of
from catalog.errors import NoSuchRow, NotAllowed
from catalog.models import Collection as CollectionRow
from catalog.models import CollectionMember

LONGEST = 200


@dataclass(frozen=True, slots=True)
class CollectionView:
    """A collection; `query` makes it a saved search, and then `captures` is not known."""

    name: str
    query: str | None
    captures: int | None


def checked(name: str) -> str:
    """Return a collection's name, trimmed. Raises NotAllowed."""
    trimmed = " ".join(name.split())
    if not trimmed or len(trimmed) > LONGEST or '"' in trimmed:
        raise NotAllowed(f"collection {name[:40]!r}: a name has 1 to {LONGEST} characters and no quotation mark")
    return trimmed


def find(session: Session, name: str) -> CollectionRow:
    """Return a collection by name. Raises NoSuchRow."""
    row = session.scalar(select(CollectionRow).where(CollectionRow.folded == checked(name).casefold()))
    if row is None:
        raise NoSuchRow(f"collection {name}: there is none of that name; `stackroom collection list` shows them")
    return row


def listed(session: Session) -> list[CollectionView]:
    """Return all collections in alphabetical order."""
    rows = session.execute(
        select(CollectionRow.name, CollectionRow.query, func.count(CollectionMember.capture_id))
        .outerjoin(CollectionMember, CollectionMember.collection_id == CollectionRow.id)
        .group_by(CollectionRow.id)
        .order_by(CollectionRow.folded)
    )
    return [CollectionView(name, query, None if query is not None else count) for name, query, count in rows]


def of(session: Session, captures: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Return the collections that each capture was put into by hand, in alphabetical order."""
    named = (
        select(CollectionMember.capture_id, CollectionRow.name)
        .join(CollectionRow, CollectionRow.id == CollectionMember.collection_id)
        .order_by(CollectionRow.folded)
    )
    return names_of(session, named, CollectionMember.capture_id, captures)


def members(session: Session, name: str) -> list[int]:
    """Return the captures that were put into a collection by hand."""
    row = find(session, name)
    chosen = select(CollectionMember.capture_id).where(CollectionMember.collection_id == row.id)
    return list(session.scalars(chosen.order_by(CollectionMember.capture_id)))


def put(session: Session, wanted: Mapping[int, Iterable[str]]) -> None:
    """Have captures in just these collections, made where they are not there."""
    numbers = {name: _number(session, name) for name in {name for names in wanted.values() for name in names}}
    for chunk in chunks(wanted):
        session.execute(delete(CollectionMember).where(CollectionMember.capture_id.in_(chunk)))
    rows = [
        {"collection_id": numbers[name], "capture_id": capture}
        for capture, names in wanted.items()
        for name in dict.fromkeys(names)
    ]
    if rows:
        session.execute(insert(CollectionMember), rows)


def _number(session: Session, name: str) -> int:
    row = session.scalar(select(CollectionRow).where(CollectionRow.folded == name.casefold()))
    if row is None:
        row = CollectionRow(name=name, folded=name.casefold())
        session.add(row)
        session.flush()
    return row.id


def put_collection(session: Session, name: str, value: Mapping[str, str | None] | None) -> None:
    """Have a collection as `value` says, or none of that name."""
    row = session.scalar(select(CollectionRow).where(CollectionRow.folded == name.casefold()))
    if value is None:
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(CollectionRow(name=name, folded=name.casefold(), query=value.get("query")))
    else:
        row.name, row.query = name, value.get("query")
    session.flush()
