"""All that belongs to a virtual copy as plain values, so that a copy taken away can be brought back as it was."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import DateTime, Table, delete, insert, select
from sqlalchemy.orm import Session

from catalog.models import Base, Capture, CaptureKeyword, CollectionMember, Edit, Marking, Snapshot, VirtualCopy

_THEIRS: Final[tuple[type[Base], ...]] = (Edit, Marking, CaptureKeyword, CollectionMember, Snapshot)
_OWN: Final = ("rating", "flag", "label", "settings_id")
_SHOWN: Final = ("taken_at", "body", "folder", "stem", "header")
"""What a copy has of its original."""


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


def make(session: Session, original: int, name: str, own: dict[str, Any]) -> int:
    """Make a copy of an original with settings and marks of its own (`rating`, `flag`, `label`, `settings_id`)."""
    shown = session.get_one(Capture, original)
    copy = Capture(**{column: getattr(shown, column) for column in _SHOWN}, evidence=None, **own)
    session.add(copy)
    session.flush()
    session.add(VirtualCopy(capture_id=copy.id, original_id=original, name=name))
    session.flush()
    return copy.id


def own(capture: Capture) -> dict[str, Any]:
    """Return the settings and marks of a capture."""
    return {column: getattr(capture, column) for column in _OWN}


def take(session: Session, copy: int) -> dict[str, Any]:
    """Remove a copy; return all that belonged to it, for `give`."""
    link = session.get_one(VirtualCopy, copy)
    kept: dict[str, Any] = {"original": link.original_id, "name": link.name}
    kept["own"] = own(session.get_one(Capture, copy))
    kept["rows"] = {model.__tablename__: _rows(session, _table(model), copy) for model in _THEIRS}
    session.execute(delete(Capture).where(Capture.id == copy))
    session.expire_all()
    return kept


def _rows(session: Session, table: Table, copy: int) -> list[dict[str, Any]]:
    columns = [column for column in table.columns if column.name not in ("id", "capture_id")]
    found = session.execute(select(*columns).where(table.c.capture_id == copy)).mappings()
    return [
        {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
        for row in found
    ]


def give(session: Session, kept: dict[str, Any]) -> int:
    """Bring back a copy with all that belonged to it, under a new number."""
    copy = make(session, kept["original"], kept["name"], kept["own"])
    for model in _THEIRS:
        table = _table(model)
        moments = {column.name for column in table.columns if isinstance(column.type, DateTime)}
        rows = [
            {name: datetime.fromisoformat(value) if name in moments else value for name, value in row.items()}
            for row in kept["rows"].get(model.__tablename__, ())
        ]
        if rows:
            session.execute(insert(table), [{**row, "capture_id": copy} for row in rows])
    session.expire_all()
    return copy
