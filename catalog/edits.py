"""The history of edits: every paste, sync and preset is one batch, undone and redone as one, across restarts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from catalog.errors import NoSuchRow
from catalog.models import Batch, Capture, Edit, Settings
from develop.settings import NEUTRAL, DevelopSettings


@dataclass(frozen=True, slots=True)
class BatchView:
    """One undoable action as `history` tells it."""

    id: int
    label: str
    created_at: datetime
    undone: bool
    captures: int


def _chunks(values: Iterable[int], size: int = 500) -> Iterable[list[int]]:
    remaining = iter(values)
    while chunk := list(islice(remaining, size)):
        yield chunk


def settings_of(session: Session, capture_ids: Collection[int]) -> dict[int, DevelopSettings]:
    """Return the settings in force of each capture; neutral where none were set."""
    found: dict[int, DevelopSettings] = dict.fromkeys(capture_ids, NEUTRAL)
    read: dict[int, DevelopSettings] = {}
    for chunk in _chunks(capture_ids):
        rows = session.execute(
            select(Capture.id, Settings.id, Settings.value).join(Capture.settings).where(Capture.id.in_(chunk))
        )
        for capture_id, settings_id, value in rows:
            if settings_id not in read:
                read[settings_id] = DevelopSettings.from_json(value)
            found[capture_id] = read[settings_id]
    return found


def touched(session: Session, capture_ids: Collection[int]) -> set[int]:
    """Return the captures that any batch, undone or not, has ever changed."""
    found: set[int] = set()
    for chunk in _chunks(capture_ids):
        found.update(session.scalars(select(Edit.capture_id).where(Edit.capture_id.in_(chunk)).distinct()))
    return found


def _store(session: Session, values: Iterable[DevelopSettings]) -> dict[DevelopSettings, int | None]:
    """Return the row of each distinct value, made where it is new; neutral settings need no row."""
    ids: dict[DevelopSettings, int | None] = {NEUTRAL: None}
    for value in values:
        if value in ids:
            continue
        data: dict[str, Any] = value.to_json()
        digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
        row_id = session.scalar(select(Settings.id).where(Settings.digest == digest))
        if row_id is None:
            row = Settings(digest=digest, value=data)
            session.add(row)
            session.flush()
            row_id = row.id
        ids[value] = row_id
    return ids


def apply(
    session: Session, changes: Mapping[int, DevelopSettings], label: str, *, keep_redo: bool = False
) -> int | None:
    """Give captures new settings as one batch; return its id, or None where nothing would change.

    What was undone before can no longer be redone after it. `keep_redo` is for what the program does by itself, on
    captures that no batch has changed: it must not take a person's redo away. Raises NoSuchRow for an unknown capture.
    """
    ids = _store(session, changes.values())
    before: dict[int, int | None] = {}
    for chunk in _chunks(changes):
        for row in session.execute(select(Capture.id, Capture.settings_id).where(Capture.id.in_(chunk))):
            before[row.id] = row.settings_id
    unknown = changes.keys() - before.keys()
    if unknown:
        raise NoSuchRow(f"capture {min(unknown)}: not in the catalog; `stackroom list` shows what is")
    differing = [capture for capture in changes if before[capture] != ids[changes[capture]]]
    if not differing:
        return None
    if not keep_redo:
        session.execute(update(Batch).where(Batch.undone).values(dropped=True))
    batch = Batch(label=label)
    session.add(batch)
    session.flush()
    rows = [
        {"batch_id": batch.id, "capture_id": c, "before_id": before[c], "after_id": ids[changes[c]]} for c in differing
    ]
    session.execute(insert(Edit), rows)
    _point(session, [(row["capture_id"], row["after_id"]) for row in rows])
    return batch.id


def _point(session: Session, targets: Sequence[tuple[int | None, int | None]]) -> None:
    table = Capture.__table__
    statement = (
        update(table).where(table.c.id == bindparam("capture")).values(settings_id=bindparam("settings"))  # type: ignore[arg-type]
    )
    session.connection().execute(statement, [{"capture": c, "settings": s} for c, s in targets])
    session.expire_all()


def _move(session: Session, batch: Batch, *, forward: bool) -> BatchView:
    edits = session.scalars(select(Edit).where(Edit.batch_id == batch.id)).all()
    _point(session, [(e.capture_id, e.after_id if forward else e.before_id) for e in edits])
    batch.undone = not forward
    session.flush()
    return BatchView(batch.id, batch.label, batch.created_at, batch.undone, len(edits))


def undo(session: Session) -> BatchView:
    """Take the newest batch back. Raises NoSuchRow when there is none."""
    batch = session.scalar(select(Batch).where(~Batch.undone).order_by(Batch.id.desc()).limit(1))
    if batch is None:
        raise NoSuchRow("nothing to undo: no edit has been made, or all are undone")
    return _move(session, batch, forward=False)


def redo(session: Session) -> BatchView:
    """Do the last undone batch again. Raises NoSuchRow when there is none."""
    batch = session.scalar(select(Batch).where(Batch.undone, ~Batch.dropped).order_by(Batch.id).limit(1))
    if batch is None:
        raise NoSuchRow("nothing to redo: no edit was undone since the last one was made")
    return _move(session, batch, forward=True)


def history(session: Session, capture_id: int | None = None, limit: int = 100) -> list[BatchView]:
    """Return the batches, newest first; only those that touched `capture_id` where it is given."""
    counted = (
        select(Batch, func.count(Edit.capture_id))
        .join(Edit, Edit.batch_id == Batch.id)
        .where(~Batch.dropped)
        .group_by(Batch.id)
        .order_by(Batch.id.desc())
        .limit(limit)
    )
    if capture_id is not None:
        counted = counted.where(Batch.id.in_(select(Edit.batch_id).where(Edit.capture_id == capture_id)))
    return [
        BatchView(batch.id, batch.label, batch.created_at, batch.undone, count)
        for batch, count in session.execute(counted)
    ]
