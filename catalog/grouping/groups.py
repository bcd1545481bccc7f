"""What grouping finds: captures that belong together, and why."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

Kind = Literal["focus", "exposure", "burst", "panorama", "single", "review"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Group(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Captures that belong together, in shooting order."""

    kind: Kind
    """Only 'focus' is stacked unattended; 'review' asks a person."""
    members: tuple[int, ...]
    confidence: float
    """0..1; a person's word is 1."""
    reasons: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    closed_after_s: float = 10.0
    """Seconds without a new frame after which the group counts as complete."""
    expected_count: int | None = None
    """How many frames the camera meant to take, where it says so."""
    wants_pictures: bool = False
    """The headers leave it open, and previews that were not measured yet could settle it."""
