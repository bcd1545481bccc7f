"""Synchronise sequences to one picture: plan it, carry it out, and read back which frames carry it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from catalog import edits, queries, syncing
from catalog.database import Catalog
from catalog.queries import SequenceView
from catalog.syncing import Lead
from develop.sync_plan import SyncPlan
from stackroom import seeing
from stackroom.errors import NotFound, NothingToDo, unknown_sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRequest:
    """What the user asked `sync` for: at least a capture to copy from, or sequences."""

    reference: int | None
    sequences: tuple[int, ...]
    groups: tuple[str, ...] | None
    mode: str
    dry_run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What came of one sequence: the plan, its batch if anything changed, and the frames that carry the settings."""

    sequence: int
    planned: SyncPlan
    batch: int | None
    dry_run: bool
    carrying: frozenset[int]

    @property
    def not_carrying(self) -> list[str]:
        """The frames that another program changed meanwhile."""
        return [target.name for target in self.planned.targets if target.capture_id not in self.carrying]

    def to_json(self) -> dict[str, Any]:
        """Return what `sync --json` prints of the sequence."""
        return {
            "sequence": self.sequence,
            **self.planned.to_json(),
            "edit": self.batch,
            "dry_run": self.dry_run,
            "confirmed": len(self.carrying),
            "not_confirmed": self.not_carrying,
        }


@dataclass(frozen=True, slots=True)
class _Named:
    """The capture to copy from, as the user named it."""

    lead: Lead
    path: Path
    sequence: int | None


def synchronise(catalog: Catalog, request: SyncRequest) -> Iterator[Synced]:
    """Give each sequence the settings of the picture named, or of its own reference; nothing in a dry run.

    Raises NotFound, NothingToDo, PictureUnreadable, SettingsError.
    """
    with catalog.reader() as session:
        named = _named(session, request.reference) if request.reference is not None else None
        views = _views(session, request, named)
    for view in views:
        own = named or _Named(syncing.lead_of(view), Path(view.reference.path), view.id)
        # Pictures are looked at before the catalog is held for writing.
        lead = _in_light(catalog, own)
        with catalog.writer() as session:
            planned = syncing.plan(session, view, lead=lead, groups=request.groups, mode=request.mode)
            batch = None if request.dry_run else syncing.carry_out(session, view, planned)
        with catalog.reader() as session:
            carrying = frozenset(syncing.carrying(session, planned))
        yield Synced(sequence=view.id, planned=planned, batch=batch, dry_run=request.dry_run, carrying=carrying)


def _named(session: Session, capture: int) -> _Named:
    captures = queries.list_captures(session, ids=[capture])
    if not captures:
        raise NotFound(f"capture {capture}: not in the catalog; `stackroom list` shows what is")
    path = Path(captures[0].paths[0])
    return _Named(Lead(capture, path.name), path, captures[0].sequence_id)


def _views(session: Session, request: SyncRequest, named: _Named | None) -> list[SequenceView]:
    numbers = request.sequences or ((named.sequence,) if named and named.sequence is not None else ())
    if not numbers:
        raise NothingToDo("name the frame to copy from, or a sequence with --to; `stackroom sequences list` shows them")
    views = {view.id: view for view in queries.sequence_views(session, ids=numbers)}
    for number in numbers:
        if number not in views:
            raise unknown_sequence(number)
    return [views[number] for number in dict.fromkeys(numbers)]


def _in_light(catalog: Catalog, named: _Named) -> Lead:
    """Say what the picture's white balance means in numbers where it is a word: on another it would mean others."""
    with catalog.reader() as session:
        settings = edits.settings_of(session, [named.lead.capture_id])[named.lead.capture_id]
    if settings.white_balance == "custom":
        return named.lead
    light = seeing.light_of(named.path)
    return replace(named.lead, as_shot=light.as_shot, auto=light.auto)
