"""Virtual copies: a second look at a picture, with settings and marks of its own and no file."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session, aliased

from catalog.batches import chunks, unknown_capture
from catalog.errors import NoSuchRow, NotAllowed
from catalog.models import Capture, Settings, Snapshot, VirtualCopy
from develop.settings import NEUTRAL, DevelopSettings

LONGEST = 60
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

    A copy of a copy is one more of the original. Raises NotAllowed for a name that is taken or no file name's part,
    NoSuchRow.
    """
    name = _checked(name)
    shown = originals(session, captures)
    made: list[int] = []
    for capture in captures:
        source = session.get(Capture, capture)
        if source is None:
            raise unknown_capture(capture)
        original = shown.get(capture, capture)
        if session.scalar(_named(name).where(VirtualCopy.original_id == original)) is not None:
            raise NotAllowed(f"capture {original}: has a copy {name!r} already; `stackroom copies list` shows it")
        copy = Capture(
            taken_at=source.taken_at,
            body=source.body,
            folder=source.folder,
            stem=source.stem,
            header=source.header,
            evidence=None,
            rating=source.rating,
            flag=source.flag,
            label=source.label,
            settings_id=source.settings_id,
        )
        session.add(copy)
        session.flush()
        session.add(VirtualCopy(capture_id=copy.id, original_id=original, name=name))
        made.append(copy.id)
    session.flush()
    return made


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
    """Remove copies. The settings of each stay as a snapshot of its original, under the copy's name; return them.

    Raises NoSuchRow for a capture that is no copy: those have files, and are not removed.
    """
    wanted = set(captures)
    views = [view for view in listed(session, captures) if view.capture_id in wanted]
    known = {view.capture_id for view in views}
    for capture in captures:
        if capture not in known:
            raise NoSuchRow(f"capture {capture}: is no copy; `stackroom copies list` shows those that there are")
    for view in views:
        settings = session.scalar(select(Capture.settings_id).where(Capture.id == view.capture_id))
        where = (Snapshot.capture_id == view.original_id, Snapshot.name == view.name)
        session.execute(delete(Snapshot).where(*where))
        session.add(Snapshot(capture_id=view.original_id, name=view.name, settings_id=settings))
        session.execute(delete(Capture).where(Capture.id == view.capture_id))
    session.flush()
    session.expire_all()
    return views
