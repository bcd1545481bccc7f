"""Paint one picture into another with a soft round brush along a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from develop.image import Pixels
from stacker.warp import Plane

Floats: TypeAlias = NDArray[Any]

_STRIP = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Brush:
    """A round brush: `radius` in px; within `hardness` (0..1) of it full `opacity` (0..1), then fading to nothing."""

    radius: float
    hardness: float
    opacity: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a stroke covers (`share`, h x w float32, 0..1) the rows and columns that it reaches."""

    rows: slice
    columns: slice
    share: Plane


def coverage(points: Sequence[tuple[float, float]], brush: Brush, size: tuple[int, int]) -> Coverage | None:
    """Return what a stroke through `points` (x, y in px) covers of a picture of `size` (width, height).

    The stroke covers once, however often it crosses itself. None where it misses the picture.
    """
    line = np.asarray(points, np.float64)
    reach = brush.radius + 1
    left, top = (max(0, int(np.floor(value - reach))) for value in line.min(axis=0))
    right, bottom = (
        min(end, int(np.ceil(value + reach)) + 1) for value, end in zip(line.max(axis=0), size, strict=True)
    )
    if left >= right or top >= bottom:
        return None
    away = np.full((bottom - top, right - left), np.inf, np.float32)
    for one, other in pairwise(line) if len(line) > 1 else [(line[0], line[0])]:
        _approach(away, one - (left, top), other - (left, top), reach)
    core = brush.radius * brush.hardness
    # The fade of a hard brush is one pixel wide, so that its edge is not a staircase.
    fade = np.clip((brush.radius + 0.5 - away) / max(1.0, brush.radius - core), 0, 1)
    share = brush.opacity * fade * fade * (3 - 2 * fade)
    return Coverage(slice(top, bottom), slice(left, right), share.astype(np.float32))


def _approach(away: Plane, one: Floats, other: Floats, reach: float) -> None:
    """Lower the distances (px) near a straight piece of the line to those from it."""
    low, high = np.minimum(one, other) - reach, np.maximum(one, other) + reach
    columns, rows = (slice(max(0, int(a)), max(0, int(b) + 2)) for a, b in zip(low, high, strict=True))
    part = away[rows, columns]
    if not part.size:
        return
    y, x = np.mgrid[rows.start : rows.start + part.shape[0], columns.start : columns.start + part.shape[1]]
    step = other - one
    along = ((x - one[0]) * step[0] + (y - one[1]) * step[1]) / max(1e-12, float(step @ step))
    along = np.clip(along, 0, 1)
    np.minimum(
        part, np.hypot(x - one[0] - along * step[0], y - one[1] - along * step[1]), out=part, casting="same_kind"
    )


def paint(picture: Pixels, source: Pixels, cover: Coverage) -> None:
    """Lay `source` over `picture` (both H x W x 3 of one integer type), in place, as far as `cover` says.

    Raises ValueError where the two are not alike.
    """
    if picture.shape != source.shape or picture.dtype != source.dtype:
        raise ValueError(f"{source.shape} {source.dtype} cannot be painted into {picture.shape} {picture.dtype}")
    top, bottom = cover.rows.start, cover.rows.stop
    for start in range(top, bottom, _STRIP):
        rows = slice(start, min(start + _STRIP, bottom))
        share = cover.share[rows.start - top : rows.stop - top, :, None]
        below, above = (pixels[rows, cover.columns].astype(np.float32) for pixels in (picture, source))
        picture[rows, cover.columns] = np.rint(below + share * (above - below))
