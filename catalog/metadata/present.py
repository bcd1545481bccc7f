"""Show metadata to others: the object that the command line prints for one file."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path

from catalog.metadata.errors import MetadataError
from catalog.metadata.record import Metadata

_PLAIN = (
    *("make", "model", "body_serial", "lens", "taken_at", "exposure_s", "f_number", "iso", "focal_mm"),
    *("focus_near_m", "focus_far_m", "focus_position", "focus_scheme"),
    *("bracket_kind", "bracket_index", "bracket_count", "camera_counter", "composite"),
)
Json = str | int | float | bool | list[str] | None


def _instant(taken: datetime | None, resolution_s: float) -> str | None:
    """Write the camera's wall clock with as many decimals as the camera knew."""
    if taken is None:
        return None
    digits = min(6, max(0, round(-math.log10(resolution_s)))) if resolution_s > 0 else 6
    text = taken.replace(tzinfo=None, microsecond=0).isoformat()
    return text + f".{taken.microsecond:06d}"[: 1 + digits] if digits else text


def _plain(value: Json) -> Json:
    return "inf" if isinstance(value, float) and math.isinf(value) else value


def to_public_json(path: Path, outcome: Metadata | MetadataError) -> dict[str, Json]:
    """Give one file's metadata, or its error, as plain values; infinity is the string 'inf', unknown is None."""
    if isinstance(outcome, MetadataError):
        return {"path": str(path), **dict.fromkeys(_PLAIN), "readers": [], "error": outcome.reason}
    shown: dict[str, Json] = {name: _plain(getattr(outcome, name)) for name in _PLAIN if name != "taken_at"}
    instant = _instant(outcome.taken_at, outcome.time_resolution_s)
    return {
        "path": str(path),
        **{name: instant if name == "taken_at" else shown[name] for name in _PLAIN},
        "readers": list(outcome.readers),
    }
