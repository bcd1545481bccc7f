"""What the camera says of how far away frames are focused."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from catalog.metadata.errors import MetadataError
from catalog.metadata.reader import read_metadata


def metres(path: Path) -> float | None:
    """Return how far away a file's frame is focused; None where no camera tells."""
    try:
        seen = read_metadata(path)
    except MetadataError:
        return None
    known = [each for each in (seen.focus_near_m, seen.focus_far_m) if each is not None and math.isfinite(each)]
    return sum(known) / len(known) if known else None


def known_throughout(paths: Sequence[Path]) -> list[float] | None:
    """Return how far away each frame is focused, where the camera tells of all and they go one way."""
    told = [metres(path) for path in paths]
    found = [each for each in told if each is not None and each > 0]
    if len(found) < max(2, len(told)):
        return None
    steps = [other > one for one, other in pairwise(found)]
    same = any(one == other for one, other in pairwise(found))
    return found if not same and len(set(steps)) == 1 else None


def near_first(paths: Sequence[Path]) -> bool:
    """Say whether the first frame is focused nearer than the last; taken for granted where no camera tells."""
    near, far = metres(paths[0]), metres(paths[-1])
    return near is None or far is None or near <= far
