"""Let frames that join a sequence take on the settings it was given before they came."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from catalog import edits, queries, syncing
from catalog.batches import chunks
from catalog.queries import SequenceView
from catalog.regrouping import Regrouped
from develop.settings import NEUTRAL, SETTINGS, DevelopSettings

_OWN_TO_A_FRAME = "A'"


def inherit(session: Session, done: Regrouped, *, within: int | None = None) -> int | None:
    """Give the frames that a regrouping brought into focus sequences those sequences' settings, as one batch.

    A frame that any batch has ever changed stays as it is, and so does a sequence whose reference nobody developed.
    Where the newcomers move the middle, and with it the reference, the new one takes on what finishes the result too.
    Returns the batch, None where nothing changes; `within` names one that this is part of.
    """
    if not done.joined:
        return None
    changes: dict[int, DevelopSettings] = {}
    to: list[int] = []
    for numbers in chunks(done.changed):
        for view in queries.sequence_views(session, kinds=("focus",), ids=numbers):
            found = _inherited(session, view, done.joined)
            if found:
                changes |= found
                to.append(view.id)
    label = f"new frames take on the settings of sequence {', '.join(map(str, sorted(to)))}"
    return edits.apply(session, changes, label, keep_redo=True, within=within)


def _inherited(session: Session, view: SequenceView, joined: frozenset[int]) -> dict[int, DevelopSettings]:
    members = [frame.capture_id for frame in view.frames]
    new = joined.intersection(members) - edits.touched(session, members)
    there = [frame for frame in view.frames if frame.capture_id not in new]
    if not new or not there:
        return {}
    chosen = [frame for frame in there if frame.capture_id == view.reference_capture_id]
    lead = syncing.lead_among(session, there, (chosen or there[len(there) // 2 :])[0])
    if edits.settings_of(session, [lead.capture_id])[lead.capture_id] == NEUTRAL:
        return {}
    planned = syncing.plan(session, view, lead=lead, groups=syncing.in_numbers(session, lead))
    changes = {target.capture_id: target.settings for target in planned.targets if target.capture_id in new}
    if view.reference.capture_id in new:
        own = {name: getattr(NEUTRAL, name) for name, s in SETTINGS.items() if s.sync_class == _OWN_TO_A_FRAME}
        changes[view.reference.capture_id] = replace(planned.result, **own)
    return changes
