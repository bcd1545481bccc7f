"""What an export is called: a recipe's template, filled with what is known of the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from catalog.destinations import UNDATED, safe_name
from catalog.metadata.record import Metadata
from catalog.queries import FrameView
from develop.recipe import ExportRecipe

_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What a name may speak of. `name` is what a file is called without a template; `sequence` 0 stands for none."""

    name: str
    lead: FrameView
    frames: Sequence[FrameView]
    sequence: int = 0


def _focus(metadata: Metadata) -> list[float]:
    return [m for m in (metadata.focus_near_m, metadata.focus_far_m) if m is not None and math.isfinite(m)]


def _focus_range(frames: Sequence[FrameView]) -> str:
    metres = [distance for frame in frames for distance in _focus(frame.metadata)]
    if not metres:
        return _UNKNOWN
    near, far = f"{min(metres):.3f}", f"{max(metres):.3f}"
    return f"{near}m" if near == far else f"{near}-{far}m"


def _values(naming: Naming, recipe: ExportRecipe, number: int) -> dict[str, str | int]:
    seen = naming.lead.metadata
    taken = seen.taken_at

    def when(pattern: str) -> str:
        return taken.strftime(pattern) if taken else UNDATED

    return {
        "name": naming.name,
        "original": Path(naming.lead.source).stem,
        "sequence": naming.sequence,
        "frames": len(naming.frames),
        "focus": _focus_range(naming.frames),
        "date": when("%Y-%m-%d"),
        "time": when("%H%M%S"),
        "year": when("%Y"),
        "month": when("%m"),
        "day": when("%d"),
        "camera": seen.model or _UNKNOWN,
        "lens": seen.lens or _UNKNOWN,
        "counter": number,
        "recipe": recipe.name,
    }


def wanted_name(naming: Naming, recipe: ExportRecipe, number: int, ending: str) -> str:
    """Return the file's name, below the folder that exports go to; with '/' where the template has one."""
    values = _values(naming, recipe, number)
    filled = ""
    for literal, token, form, _ in Formatter().parse(recipe.name_template or "{name}"):
        filled += literal
        if token is not None:
            value = values[token]
            # What a camera wrote must not open a folder.
            filled += f"{value:0{form}d}" if form and isinstance(value, int) else safe_name(str(value))
    *folders, last = filled.split("/")
    return "/".join([*map(safe_name, folders), safe_name(f"{last}{recipe.name_suffix}.{ending}")])
