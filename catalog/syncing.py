"""Give a sequence one look: the preset on its reference, then the reference's settings on every frame, as batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from catalog import edits
from catalog.queries import FrameView, SequenceView
from develop.presets import Preset
from develop.settings import GROUPS, NEUTRAL, DevelopSettings
from develop.sync import Edited, plan_sync
from develop.sync_plan import SyncPlan
from develop.white_point import WhitePoint


def _name(frame: FrameView) -> str:
    return frame.source.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Lead:
    """The picture to synchronise to. `as_shot` and `auto` are what those words mean in numbers, where known."""

    capture_id: int
    name: str
    as_shot: WhitePoint | None = None
    auto: WhitePoint | None = None


def lead_of(view: SequenceView) -> Lead:
    """Return a sequence's own reference as the picture to synchronise to."""
    return Lead(view.reference.capture_id, _name(view.reference))


def plan(
    session: Session,
    view: SequenceView,
    *,
    lead: Lead | None = None,
    groups: Collection[str] | None = None,
    mode: str = "merge",
) -> SyncPlan:
    """Work out what synchronising a sequence to its reference (or another picture) would change; changes nothing."""
    lead = lead or lead_of(view)
    settings = edits.settings_of(session, {lead.capture_id, *(frame.capture_id for frame in view.frames)})
    source = Edited(
        capture_id=lead.capture_id,
        name=lead.name,
        settings=settings[lead.capture_id],
        as_shot=lead.as_shot,
        auto=lead.auto,
    )
    targets = [
        Edited(capture_id=frame.capture_id, name=_name(frame), settings=settings[frame.capture_id])
        for frame in view.frames
        if frame.capture_id != lead.capture_id
    ]
    return plan_sync(source, targets, groups=groups, mode=mode)


def lead_among(session: Session, frames: Sequence[FrameView], frame: FrameView) -> Lead:
    """Return a frame as the one to synchronise to.

    What its words for white balance mean was found when the others were synchronised: most of them carry the numbers.
    """
    others = edits.settings_of(session, [other.capture_id for other in frames if other is not frame]).values()
    numbers = Counter((s.temperature, s.tint) for s in others if s.white_balance == "custom")
    white = next((WhitePoint(*found) for found, count in numbers.most_common(1) if 2 * count > len(others)), None)
    return Lead(frame.capture_id, _name(frame), white, white)


def in_numbers(session: Session, lead: Lead) -> Collection[str] | None:
    """Return the groups that need no look at the picture: not white balance while it is automatic; None means all."""
    settings = edits.settings_of(session, [lead.capture_id])[lead.capture_id]
    return set(GROUPS) - {"wb"} if settings.white_balance == "auto" and lead.auto is None else None


def carry_out(session: Session, view: SequenceView, planned: SyncPlan) -> int | None:
    """Store a plan as one undoable batch; return its id, None where nothing changes."""
    label = f"sync sequence {view.id} to {planned.reference}"
    return edits.apply(session, {target.capture_id: target.settings for target in planned.targets}, label)


def ensure(session: Session, view: SequenceView, preset: Preset) -> None:
    """Develop a sequence that nobody has touched, and let frames that came later inherit its settings.

    A frame that a person edited, or an undone sync, is left as it is: only frames without any history are given any.
    """
    touched = edits.touched(session, [frame.capture_id for frame in view.frames])
    lead = view.reference
    current: DevelopSettings = edits.settings_of(session, [lead.capture_id])[lead.capture_id]
    if not touched and current == NEUTRAL:
        wanted = preset.apply(NEUTRAL)
        edits.apply(session, {lead.capture_id: wanted}, f"preset {preset.name} on sequence {view.id}", keep_redo=True)
    source = lead_among(session, view.frames, lead)
    planned = plan(session, view, lead=source, groups=in_numbers(session, source))
    changes = {t.capture_id: t.settings for t in planned.targets if t.capture_id not in touched}
    edits.apply(session, changes, f"sync sequence {view.id} to {planned.reference}", keep_redo=True)


def carrying(session: Session, planned: SyncPlan) -> set[int]:
    """Read back which frames carry what was planned for them."""
    current = edits.settings_of(session, [target.capture_id for target in planned.targets])
    alike: dict[tuple[int, int], bool] = {}
    found: set[int] = set()
    for target in planned.targets:
        there = current[target.capture_id]
        pair = (id(there), id(target.settings))
        if pair not in alike:
            alike[pair] = there == target.settings
        if alike[pair]:
            found.add(target.capture_id)
    return found
