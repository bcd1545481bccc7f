"""What one reader found in a header: the same words as the record, None where it found nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from catalog.metadata.record import BracketKind

Raw = str | int | float | list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One reader's share of a record."""

    reader: str
    make: str | None = None
    model: str | None = None
    body_serial: str | None = None
    lens: str | None = None
    lens_serial: str | None = None
    taken_at: datetime | None = None
    time_resolution_s: float | None = None
    utc_offset_minutes: int | None = None
    exposure_s: float | None = None
    f_number: float | None = None
    iso: int | None = None
    exposure_bias_ev: float | None = None
    focal_mm: float | None = None
    width: int | None = None
    height: int | None = None
    orientation: int | None = None
    focus_near_m: float | None = None
    focus_far_m: float | None = None
    focus_position: int | None = None
    focus_scheme: str | None = None
    bracket_kind: BracketKind | None = None
    bracket_index: int | None = None
    bracket_count: int | None = None
    camera_counter: int | None = None
    composite: bool | None = None
    software: str | None = None
    raw: Mapping[str, Raw] = field(default_factory=dict)
