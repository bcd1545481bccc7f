"""Interpolate a Bayer mosaic: along the direction in which colour changes least, by differences of colours."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from develop.colour import Floats

RIM: Final = 8
"""Rows and columns around a place that what is found there may depend on; even, so that the pattern stays."""
_EDGE: Final = cv2.BORDER_REFLECT_101


def _row(*values: float) -> Floats:
    return np.array(values, np.float32)


_ALONG: Final = _row(-0.25, 0.5, 0.5, 0.5, -0.25)
"""The other colour from its two neighbours, mended by this colour's own curvature: Hamilton, Adams 1997, US 5629734."""
_SMOOTH: Final = _row(1 / 9, 2 / 9, 3 / 9, 2 / 9, 1 / 9)
_STEP: Final = _row(-1, 0, 1)
_BETWEEN: Final = _row(0.5, 1, 0.5)
_ONE: Final = _row(1)
_WINDOW: Final = (5, 5)
_CALM: Final = 1e-5
"""Squared: changes of a third of a percent count as none, so that noise takes both directions alike."""


def interpolate(mosaic: Floats, red: tuple[int, int]) -> tuple[Floats, Floats, Floats]:
    """Return red, green and blue planes, each H x W float32, of a mosaic of white-balanced values.

    `red` is the row and column (0 or 1) of the first red site; blue lies across. Give values encoded as the eye sees
    them (the square root of light): differences of colours are then smooth across edges of light and dark, which is
    worth 6 dB. Green is weighed between the row's and the column's estimate by how much the difference between green
    and the other colour changes along each (after Pekkucuksen, Altunbasak 2010, doi:10.1109/ICIP.2010.5654327).
    """
    sign = _signs(mosaic.shape, red)
    across, across_weight = _estimate(mosaic, sign, horizontal=True)
    down, down_weight = _estimate(mosaic, sign, horizontal=False)
    # The weighted mean, as down + (across - down) * share.
    cv2.add(down_weight, across_weight, dst=down_weight)
    share = cv2.divide(across_weight, down_weight, dst=across_weight)
    cv2.subtract(across, down, dst=across)
    difference = cv2.add(down, cv2.multiply(across, share, dst=across), dst=down)
    y, x = red
    green = mosaic.copy()
    for row, column in ((y, x), (1 - y, 1 - x)):
        green[row::2, column::2] += difference[row::2, column::2]
    planes = [_coloured(mosaic, green, row, column) for row, column in ((y, x), (1 - y, 1 - x))]
    return planes[0], green, planes[1]


def _signs(shape: tuple[int, ...], red: tuple[int, int]) -> Floats:
    sign = np.ones(shape, np.float32)
    y, x = red
    sign[y::2, x::2] = sign[1 - y :: 2, 1 - x :: 2] = -1.0
    return sign


def _filter(plane: Floats, across: Floats, down: Floats) -> Floats:
    return np.asarray(cv2.sepFilter2D(plane, -1, across, down, borderType=_EDGE), np.float32)


def _along(plane: Floats, kernel: Floats, horizontal: bool) -> Floats:
    return _filter(plane, kernel, _ONE) if horizontal else _filter(plane, _ONE, kernel)


def _estimate(mosaic: Floats, sign: Floats, *, horizontal: bool) -> tuple[Floats, Floats]:
    """Return green less the other colour, estimated along one direction, and how much that counts."""
    other = _along(mosaic, _ALONG, horizontal)
    cv2.subtract(mosaic, other, dst=other)
    difference = np.asarray(cv2.multiply(other, sign, dst=other), np.float32)
    change = np.abs(_along(difference, _STEP, horizontal))
    change = np.asarray(cv2.boxFilter(change, -1, _WINDOW, borderType=_EDGE), np.float32)
    cv2.multiply(change, change, dst=change)
    change += np.float32(_CALM)
    return _along(difference, _SMOOTH, horizontal), np.asarray(cv2.divide(1.0, change), np.float32)


def _coloured(mosaic: Floats, green: Floats, row: int, column: int) -> Floats:
    """Return the plane of the colour whose sites begin at a row and column: green and a smooth difference to it."""
    sparse = np.zeros_like(mosaic)
    sparse[row::2, column::2] = mosaic[row::2, column::2] - green[row::2, column::2]
    spread = _filter(sparse, _BETWEEN, _BETWEEN)
    return np.asarray(cv2.add(spread, green, dst=spread), np.float32)
