"""Snapshots: a capture's settings kept under a name, to come back to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from catalog import edits
from catalog.batches import chunks, unknown_capture
from catalog.errors import NoSuchRow, NotAllowed
from catalog.models import Capture, Settings, Snapshot
from develop.settings import NEUTRAL, DevelopSettings

LONGEST = 100


@dataclass(frozen=True, slots=True)
class SnapshotView:
    """A snapshot and the settings that it keeps."""

    capture_id: int
    name: str
    created_at: datetime
    settings: DevelopSettings


def take(session: Session, captures: Collection[int], name: str) -> None:
    """Keep the settings in force under a name, over an earlier snapshot of that name. Raises NotAllowed, NoSuchRow."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST:
        raise NotAllowed(f"snapshot {name[:40]!r}: a name has 1 to {LONGEST} characters")
    current: dict[int, int | None] = {}
    for chunk in chunks(captures):
        rows = session.execute(select(Capture.id, Capture.settings_id).where(Capture.id.in_(chunk)))
        current.update((capture, settings) for capture, settings in rows)
    for capture in captures:
        if capture not in current:
            raise unknown_capture(capture)
    _delete(session, captures, name)
    session.add_all(Snapshot(capture_id=c, name=name, settings_id=current[c]) for c in dict.fromkeys(captures))
    session.flush()


def listed(session: Session, captures: Collection[int] | None = None) -> list[SnapshotView]:
    """Return the snapshots of captures, or all, oldest first."""
    chosen = select(Snapshot, Settings.value).outerjoin(Settings, Settings.id == Snapshot.settings_id)
    chosen = chosen.order_by(Snapshot.capture_id, Snapshot.id)
    if captures is None:
        rows = session.execute(chosen).all()
    else:
        rows = [r for part in chunks(captures) for r in session.execute(chosen.where(Snapshot.capture_id.in_(part)))]
    return [
        SnapshotView(s.capture_id, s.name, s.created_at, DevelopSettings.from_json(value) if value else NEUTRAL)
        for s, value in rows
    ]


def restore(session: Session, captures: Collection[int], name: str) -> int | None:
    """Give captures the settings of their snapshots of that name, as one batch. Raises NoSuchRow."""
    kept = {view.capture_id: view.settings for view in listed(session, captures) if view.name == name}
    for capture in captures:
        if capture not in kept:
            raise NoSuchRow(f"capture {capture}: has no snapshot {name!r}; `stackroom snapshot list` shows them")
    return edits.apply(session, kept, f"snapshot {name}")


def remove(session: Session, captures: Collection[int], name: str) -> int:
    """Forget snapshots; the settings in force stay. Returns how many. Raises NoSuchRow where there was none."""
    removed = _delete(session, captures, name)
    if not removed:
        raise NoSuchRow(
            f"snapshot {name!r}: these captures have none of that name; `stackroom snapshot list` shows them"
        )
    return removed


def _delete(session: Session, captures: Collection[int], name: str) -> int:
    count = 0
    for chunk in chunks(captures):
        mine = (Snapshot.capture_id.in_(chunk), Snapshot.name == name)
        count += session.scalar(select(func.count()).select_from(Snapshot).where(*mine)) or 0
        session.execute(delete(Snapshot).where(*mine))
    return count
