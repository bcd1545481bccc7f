"""Measure lateral colour fringes from a picture: by how much red and blue are larger or smaller than green."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from develop.colour import Floats
from develop.image import Image

SIDE: Final = 3000
"""Of the longer side: a step of the settings is then a sixth of a pixel in the corner."""
_STEP: Final = 1e-4
"""Of the radius: what one step of the settings moves."""
_BLOCK: Final = 24
_ALIKE: Final = 0.8
"""Squared correlation of two colours in a block, from which on they show one and the same edge."""
_CONTRAST: Final = 0.02
_BLOCKS: Final = 40
_MOST: Final = 100.0
_LEVELS: Final = (4, 2, 1)
Totals = NDArray[np.float64]


def measure(image: Image) -> dict[str, Any]:
    """Return fringe_red_cyan and fringe_blue_yellow that lay the colours over each other, 0 where nothing tells.

    Each colour is fitted to green by its size about the centre, and a shift that is thrown away, in blocks where both
    show the same edges whatever their contrast: Gauss and Newton's method from coarse to fine.
    """
    planes = [np.ascontiguousarray(image.as_float()[..., channel]) for channel in range(3)]
    return {
        "fringe_red_cyan": _amount(planes[0], planes[1]),
        "fringe_blue_yellow": _amount(planes[2], planes[1]),
    }


def _amount(colour: Floats, green: Floats) -> float:
    scale = 0.0
    for level in _LEVELS:
        size = (colour.shape[1] // level, colour.shape[0] // level)
        if min(size) < 8 * _BLOCK:
            continue
        one, other = (
            np.asarray(cv2.resize(p, size, interpolation=cv2.INTER_AREA), np.float32) for p in (colour, green)
        )
        for _ in range(3):
            step = _step(_resized(one, scale), other)
            if step is None:
                break
            scale += step
    amount = round(scale / _STEP, 1)
    return amount + 0.0 if abs(amount) <= _MOST else 0.0


def _resized(plane: Floats, scale: float) -> Floats:
    """Return the plane read at 1 + scale times its radius."""
    height, width = plane.shape
    x, y = (width - 1) / 2, (height - 1) / 2
    read = np.array([[1 + scale, 0, -scale * x], [0, 1 + scale, -scale * y]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(plane, read, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def _edges(plane: Floats) -> Floats:
    """Return the plane's detail: neither noise nor slow changes."""
    fine = cv2.GaussianBlur(plane, (0, 0), 1.0)
    return np.asarray(cv2.subtract(fine, cv2.GaussianBlur(plane, (0, 0), 5.0)), np.float32)


def _step(colour: Floats, green: Floats) -> float | None:
    """Return by how much the size still has to change; None where too few places tell."""
    detail, wanted = _edges(colour), _edges(green)
    height, width = detail.shape
    across = cv2.Sobel(detail, cv2.CV_32F, 1, 0, scale=0.125)
    down = cv2.Sobel(detail, cv2.CV_32F, 0, 1, scale=0.125)
    x = np.arange(width, dtype=np.float32) - (width - 1) / 2
    y = np.arange(height, dtype=np.float32)[:, None] - (height - 1) / 2
    # How the detail changes with size, and with a shift either way.
    moves = [np.asarray(across * x + down * y, np.float32), across, down]
    own, there = _totals(wanted * wanted), _totals(detail * detail)
    both = _totals(wanted * detail)
    good = (both > 0) & (both**2 > _ALIKE * own * there) & (own > (_CONTRAST * _BLOCK) ** 2)
    good &= _totals(((colour > 0.96) | (green > 0.96)).astype(np.float32)) == 0
    if good.sum() < _BLOCKS:
        return None
    with_green = [_totals(move * wanted) / np.maximum(own, 1e-12) for move in moves]
    # Green's part is taken out of everything, so that a block's contrast does not matter.
    normal = np.empty((3, 3))
    right = np.empty(3)
    for i in range(3):
        for j in range(i, 3):
            part = _totals(moves[i] * moves[j]) - with_green[i] * with_green[j] * own
            normal[i, j] = normal[j, i] = part[good].sum()
        right[i] = -(_totals(moves[i] * detail) - with_green[i] * both)[good].sum()
    try:
        return float(np.linalg.solve(normal, right)[0])
    except np.linalg.LinAlgError:
        return None


def _totals(plane: Any) -> Totals:
    """Return the sum over each block."""
    high, wide = (size // _BLOCK for size in plane.shape)
    cut = np.asarray(plane, np.float64)[: high * _BLOCK, : wide * _BLOCK]
    return np.asarray(cut.reshape(high, _BLOCK, wide, _BLOCK).sum(axis=(1, 3)))
