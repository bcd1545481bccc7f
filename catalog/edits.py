"""Develop settings of captures: every paste, sync and preset is one batch of `catalog.history`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from catalog import copies
from catalog.batches import chunks, open_batch, unknown_capture
from catalog.models import Capture, Edit, File, Settings
from develop.settings import NEUTRAL, DevelopSettings


def settings_of(session: Session, capture_ids: Collection[int]) -> dict[int, DevelopSettings]:
    """Return the settings in force of each capture; neutral where none were set."""
    found: dict[int, DevelopSettings] = dict.fromkeys(capture_ids, NEUTRAL)
    read: dict[int, DevelopSettings] = {}
    for chunk in chunks(capture_ids):
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
    for chunk in chunks(capture_ids):
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
    session: Session,
    changes: Mapping[int, DevelopSettings],
    label: str,
    *,
    keep_redo: bool = False,
    within: int | None = None,
) -> int | None:
    """Give captures new settings as one batch; return its id, or None where nothing would change.

    `keep_redo` is for what the program does by itself: see `open_batch`. `within` names a batch that this is part of.
    Raises NoSuchRow for an unknown capture.
    """
    # By identity: most captures get one and the same value, and to hash it for each would cost more than to store it.
    distinct = {id(value): value for value in changes.values()}
    rows_of = _store(session, distinct.values())
    row_of = {number: rows_of[value] for number, value in distinct.items()}
    ids = {capture: row_of[id(value)] for capture, value in changes.items()}
    before: dict[int, int | None] = {}
    for chunk in chunks(changes):
        for row in session.execute(select(Capture.id, Capture.settings_id).where(Capture.id.in_(chunk))):
            before[row.id] = row.settings_id
    unknown = changes.keys() - before.keys()
    if unknown:
        raise unknown_capture(min(unknown))
    differing = [capture for capture in changes if before[capture] != ids[capture]]
    if not differing:
        return None
    batch = within if within is not None else open_batch(session, label, keep_redo=keep_redo).id
    rows = [{"batch_id": batch, "capture_id": c, "before_id": before[c], "after_id": ids[c]} for c in differing]
    session.execute(insert(Edit), rows)
    _point(session, [(row["capture_id"], row["after_id"]) for row in rows])
    return batch


def _point(session: Session, targets: Sequence[tuple[int | None, int | None]]) -> None:
    table = Capture.__table__
    statement = (
        update(table).where(table.c.id == bindparam("capture")).values(settings_id=bindparam("settings"))  # type: ignore[arg-type]
    )
    if targets:
        session.connection().execute(statement, [{"capture": c, "settings": s} for c, s in targets])
    session.expire_all()


def put(session: Session, batch: int, forward: bool) -> set[int]:
    """Put a batch's settings in force, or take them back; return the captures that it is about."""
    edits = session.execute(select(Edit.capture_id, Edit.before_id, Edit.after_id).where(Edit.batch_id == batch)).all()
    _point(session, [(capture, after if forward else before) for capture, before, after in edits])
    return {capture for capture, _, _ in edits}


def pictures(session: Session, captures: Collection[int]) -> dict[int, str]:
    """Return the file that shows each capture: the raw one where there is one, a copy's the original's own.

    Raises NoSuchRow.
    """
    origin = copies.originals(session, captures)
    found: dict[int, str] = {}
    for chunk in chunks({*captures, *origin.values()}):
        rows = select(File.capture_id, File.stored_path).where(File.capture_id.in_(chunk))
        for capture, path in session.execute(rows.order_by(File.role == "raw", File.id.desc())):
            found[capture] = path
    for capture in captures:
        if origin.get(capture, capture) not in found:
            raise unknown_capture(capture)
    return {capture: found[origin.get(capture, capture)] for capture in captures}
