"""What is known of one file from its header: the one value that grouping, the catalog and the command line share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

BracketKind = Literal["focus", "exposure", "white_balance", "iso", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Normalised header data of one picture; None where the file does not say."""

    make: str | None = None
    model: str | None = None
    body_serial: str | None = None
    lens: str | None = None
    lens_serial: str | None = None
    taken_at: datetime | None = None
    """The camera's wall clock, naive, with the sub-seconds that the file gives."""
    time_resolution_s: float = 1.0
    """How finely `taken_at` is known: 1.0 without sub-seconds, else 0.1, 0.01 or 0.001."""
    utc_offset_minutes: int | None = None
    exposure_s: float | None = None
    f_number: float | None = None
    iso: int | None = None
    exposure_bias_ev: float | None = None
    focal_mm: float | None = None
    width: int | None = None
    """Columns of the picture as stored, before `orientation` is applied."""
    height: int | None = None
    orientation: int = 1
    """EXIF 1..8."""
    focus_near_m: float | None = None
    """Nearest bound of the focus distance in metres; equal to `focus_far_m` where the camera writes one value."""
    focus_far_m: float | None = None
    """Farthest bound in metres; infinity is `math.inf`."""
    focus_position: int | None = None
    """A lens or motor position, comparable only within one scheme, lens and focal length."""
    focus_scheme: str | None = None
    """Names what `focus_position` counts, with '+' or '-' last: '+' grows with distance."""
    bracket_kind: BracketKind | None = None
    bracket_index: int | None = None
    """1 for the first frame of a bracket."""
    bracket_count: int | None = None
    camera_counter: int | None = None
    """The camera's own running number of the exposure (shutter or image count), not the file name's."""
    composite: bool = False
    """Made in the camera from several exposures: a result, never a source."""
    software: str | None = None
    raw: Mapping[str, str | int | float | list[int]] = field(default_factory=dict)
    """The values as the camera wrote them, by 'Maker.Tag', for decoding again later. JSON-able."""
    readers: tuple[str, ...] = ()
    """Which readers contributed, in order: 'exifread', 'canon', 'xmp', ..."""
