"""Give a sequence one look: the preset on its reference, then the reference's settings on every frame, as batches."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from catalog import edits
from catalog.queries import FrameView, SequenceView
from develop.presets import Preset
from develop.settings import NEUTRAL, DevelopSettings
from develop.sync import Edited, SyncPlan, plan_sync


def _name(frame: FrameView) -> str:
    return frame.source.rpartition("/")[2]


def plan(
    session: Session,
    view: SequenceView,
    *,
    reference_id: int | None = None,
    groups: Collection[str] | None = None,
    mode: str = "merge",
) -> SyncPlan:
    """Work out what synchronising a sequence to its reference (or another frame) would change; changes nothing."""
    lead = next((f for f in view.frames if f.capture_id == reference_id), view.reference)
    settings = edits.settings_of(session, [frame.capture_id for frame in view.frames])
    source = Edited(capture_id=lead.capture_id, name=_name(lead), settings=settings[lead.capture_id])
    targets = [
        Edited(capture_id=frame.capture_id, name=_name(frame), settings=settings[frame.capture_id])
        for frame in view.frames
        if frame.capture_id != lead.capture_id
    ]
    return plan_sync(source, targets, groups=groups, mode=mode)


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
    planned = plan(session, view)
    changes = {t.capture_id: t.settings for t in planned.targets if t.capture_id not in touched}
    edits.apply(session, changes, f"sync sequence {view.id} to {planned.reference}", keep_redo=True)


def confirm(session: Session, view: SequenceView, planned: SyncPlan) -> int:
    """Read back how many frames carry what was planned for them."""
    current = edits.settings_of(session, [frame.capture_id for frame in view.frames])
    return sum(current[target.capture_id] == target.settings for target in planned.targets)
