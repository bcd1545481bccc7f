"""Virtual copies: a second look at a picture, with settings and marks of its own and no file."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session, aliased

from catalog import copy_rows
from catalog.batches import chunks, open_batch, unknown_capture
from catalog.errors import NoSuchRow, NotAllowed
from catalog.models import Capture, Marking, Settings, Snapshot, VirtualCopy
from develop.settings import NEUTRAL, DevelopSettings

LONGEST = 60
SUBJECT = "copy"
_UNFIT = frozenset('/\\:*?"<>|')


@dataclass(frozen=True, slots=True)
class CopyView:
    """A virtual copy: the capture that it is, the one that it shows, and its settings."""

    capture_id: int
    original_id: int
    name: str
    original: str
    settings: DevelopSettings


def ids() -> Select[int]:
    """Select the captures that are copies: they are in no sequence, and no frame of any stack."""
    return select(VirtualCopy.capture_id)


def originals(session: Session, captures: Collection[int]) -> dict[int, int]:
    """Return which capture each copy among these shows."""
    found: dict[int, int] = {}
    for chunk in chunks(captures):
        rows = select(VirtualCopy.capture_id, VirtualCopy.original_id).where(VirtualCopy.capture_id.in_(chunk))
        found.update((copy, original) for copy, original in session.execute(rows))
    return found


def real(session: Session, captures: Collection[int]) -> list[int]:
    """Return those captures that have a file of their own."""
    copies = originals(session, captures)
    return [capture for capture in captures if capture not in copies]


def add(session: Session, captures: Collection[int], name: str) -> list[int]:
    """Make a copy of each capture under a name, with its settings and marks; return the copies' numbers.

    One undoable action. A copy of a copy is one more of the original. Raises NotAllowed for a name that is taken or no
    file name's part, NoSuchRow.
    """
    name = _checked(name)
    shown = originals(session, captures)
    made: list[int] = []
    batch: int | None = None
    for capture in captures:
        source = session.get(Capture, capture)
        if source is None:
            raise unknown_capture(capture)
        original = shown.get(capture, capture)
        if session.scalar(_named(name).where(VirtualCopy.original_id == original)) is not None:
            raise NotAllowed(f"capture {original}: has a copy {name!r} already; `stackroom copies list` shows it")
        made.append(copy_rows.make(session, original, name, copy_rows.own(source)))
        batch = batch or open_batch(session, f"copy {name}").id
        session.add(Marking(batch_id=batch, capture_id=original, subject=SUBJECT, before=None, after={"name": name}))
    session.flush()
    return made


def put(session: Session, batch: int, forward: bool) -> set[int]:
    """Make or remove a batch's copies again, or take that back; return the originals that it is about."""
    chosen = select(Marking).where(Marking.batch_id == batch, Marking.subject == SUBJECT)
    rows = list(session.scalars(chosen.order_by(Marking.id)))
    for row in rows:
        wanted, gone = (row.after, row.before) if forward else (row.before, row.after)
        if wanted is None:
            # What the copy has become goes with it, to be there when it is brought back.
            kept = _taken(session, row.capture_id, gone)
            row.before, row.after = (kept, None) if forward else (None, kept)
        else:
            _give(session, wanted)
    session.flush()
    return {row.capture_id for row in rows if row.capture_id is not None}


def _taken(session: Session, original: int | None, known: dict[str, Any]) -> dict[str, Any]:
    """Remove a copy; return what it was, and which snapshot of its name the original had."""
    chosen = _named(known["name"]).where(VirtualCopy.original_id == original)
    copy = session.scalars(chosen).one()
    kept = copy_rows.take(session, copy)
    if "snapshot" in known:
        kept["snapshot"] = _snapshot(session, kept)
    return kept


def _snapshot(session: Session, kept: dict[str, Any]) -> list[int | None]:
    """Keep a copy's look as a snapshot of the original; return the look (in a list) that one of that name had."""
    where = (Snapshot.capture_id == kept["original"], Snapshot.name == kept["name"])
    had = list(session.scalars(select(Snapshot.settings_id).where(*where)))
    session.execute(delete(Snapshot).where(*where))
    look = kept["own"]["settings_id"]
    session.add(Snapshot(capture_id=kept["original"], name=kept["name"], settings_id=look))
    return had


def _give(session: Session, kept: dict[str, Any]) -> None:
    copy_rows.give(session, kept)
    if "snapshot" not in kept:
        return
    where = (Snapshot.capture_id == kept["original"], Snapshot.name == kept["name"])
    session.execute(delete(Snapshot).where(*where))
    for look in kept["snapshot"]:
        session.add(Snapshot(capture_id=kept["original"], name=kept["name"], settings_id=look))


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST or _UNFIT & set(name):
        raise NotAllowed(f"copy {name[:40]!r}: a name has 1 to {LONGEST} characters, and none that file names have not")
    return name


def _named(name: str) -> Select[int]:
    return select(VirtualCopy.capture_id).where(VirtualCopy.name == name)


def listed(session: Session, of: Collection[int] | None = None) -> list[CopyView]:
    """Return copies: all, or those that are or show the captures given, by original and in the order they were made."""
    shown = aliased(Capture)
    chosen = (
        select(VirtualCopy.capture_id, VirtualCopy.original_id, VirtualCopy.name, shown.stem, Settings.value)
        .join(Capture, Capture.id == VirtualCopy.capture_id)
        .join(shown, shown.id == VirtualCopy.original_id)
        .outerjoin(Settings, Settings.id == Capture.settings_id)
        .order_by(VirtualCopy.original_id, VirtualCopy.capture_id)
    )
    if of is None:
        every = [chosen]
    else:
        every = [
            chosen.where(VirtualCopy.original_id.in_(part) | VirtualCopy.capture_id.in_(part)) for part in chunks(of)
        ]
    found: dict[int, CopyView] = {}
    for one in every:
        for copy, original, name, stem, value in session.execute(one):
            settings = DevelopSettings.from_json(value) if value else NEUTRAL
            found[copy] = CopyView(copy, original, name, stem, settings)
    return list(found.values())


def remove(session: Session, captures: Collection[int]) -> list[CopyView]:
    """Remove copies, as one undoable action; return them.

    The settings of each stay as a snapshot of its original, under the copy's name.

    Raises NoSuchRow for a capture that is no copy: those have files, and are not removed.
    """
    wanted = set(captures)
    views = [view for view in listed(session, captures) if view.capture_id in wanted]
    known = {view.capture_id for view in views}
    for capture in captures:
        if capture not in known:
            raise NoSuchRow(f"capture {capture}: is no copy; `stackroom copies list` shows those that there are")
    if not views:
        return views
    batch = open_batch(session, f"remove copy {views[0].name}" if len(views) == 1 else "remove copies")
    for view in views:
        kept = _taken(session, view.original_id, {"name": view.name, "snapshot": []})
        session.add(Marking(batch_id=batch.id, capture_id=view.original_id, subject=SUBJECT, before=kept, after=None))
    session.flush()
    return views
