"""How far away each place of a picture is, and what is drawn from that: parallax, as if the head moved a little."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from develop.image import Pixels

Plane: TypeAlias = NDArray[np.float32]
_STEPS = 4
_LOOKED_AT = 384
_ROUNDS = 2
_EDGE_STEPS = 1.5
_TERRACE = 1 / 32
"""Sigma, as a part of the long edge, that reaches over the terraces of a dozen frames."""
_SMOOTH = 1 / 400
"""Sigma by which depth is smoothed before it moves pixels, as a part of the long edge: no torn edges."""


@dataclass(frozen=True, slots=True)
class Relief:
    """The depth of a picture: H x W float32, 0 the nearest frame and 1 the farthest; of any size."""

    depth: Plane
    step: float = 0.0
    """What lies between two frames: depth is known in such steps, which a surface must not show as terraces."""
    metres: tuple[float, float] | None = None
    """How far away 0 and 1 are; between them depth runs as the reciprocal of distance does. None: nobody knows."""

    def surface(self, width: int, height: int) -> Plane:
        """Return the depth as large as a picture, its steps made slopes; edges of more than two steps stay."""
        scale = min(1.0, _LOOKED_AT / max(width, height))
        small = self.sized(max(2, round(width * scale)), max(2, round(height * scale)))
        if self.step:
            small = np.asarray(cv2.medianBlur(small, 5), np.float32)
            for _ in range(_ROUNDS):
                even = cv2.bilateralFilter(small, 0, _EDGE_STEPS * self.step, max(small.shape) * _TERRACE)
                small = np.asarray(even, np.float32)
        return Relief(small).sized(width, height)

    def sized(self, width: int, height: int) -> Plane:
        """Return the depth as large as a picture."""
        shrinks = width < self.depth.shape[1]
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        return np.asarray(np.clip(cv2.resize(self.depth, (width, height), interpolation=method), 0, 1), np.float32)


def relief_at(depth: NDArray[np.float32], metres: Sequence[float]) -> Relief:
    """Return the relief of a depth in frame numbers (H x W) where it is known how far away each frame is focused.

    The distances rise or fall throughout. Reciprocals are what parallax goes by, and what focus is stepped in.
    """
    near, far = min(metres), max(metres)
    shares = (1 / near - 1 / np.asarray(metres)) / (1 / near - 1 / far)
    share = np.interp(depth, np.arange(len(metres)), shares).astype(np.float32)
    return Relief(share, 1 / (len(metres) - 1), (near, far))


def relief_of(depth: NDArray[np.float32], frames: int, *, near_first: bool) -> Relief:
    """Return the relief of a depth in frame numbers (H x W), 0 to `frames` - 1, of which the first or last is near."""
    share = np.clip(depth / np.float32(max(1, frames - 1)), 0, 1).astype(np.float32)
    return Relief(share if near_first else 1 - share, 1 / max(1, frames - 1))


def rocking(pixels: Pixels, relief: Relief, *, count: int, travel: float) -> Iterator[Pixels]:
    """Yield one full turn of `count` views of uint8 pixels, seen from slightly to the left to slightly to the right.

    `travel` is how far the nearest and farthest places move against each other at most, in percent of the width.
    The picture is enlarged so far that no edge of it comes into view.
    """
    height, width = pixels.shape[:2]
    reach = width * travel / 100
    depth = cv2.GaussianBlur(relief.surface(width, height), (0, 0), max(width, height) * _SMOOTH)
    lift = (np.float32(0.5) - depth) * np.float32(reach)
    zoom = 1 - reach / width
    column, row = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    column = (column - width / 2) * np.float32(zoom) + np.float32(width / 2)
    row = (row - height / 2) * np.float32(zoom) + np.float32(height / 2)
    for number in range(count):
        turn = np.float32(math.sin(2 * math.pi * number / count))
        source = column
        # Where a pixel comes from depends on the depth there: a few rounds find a place that agrees with itself.
        for _ in range(_STEPS):
            here = cv2.remap(lift, source, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            source = column - turn * here
        yield cv2.remap(pixels, source, row, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
