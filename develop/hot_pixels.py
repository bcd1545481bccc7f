"""Heal hot pixels in a sensor's mosaic, before it is interpolated: afterwards one is a coloured cross, and in a stack,
where frames move, a trail of them."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Mosaic: TypeAlias = NDArray[Any]

_FLOOR = 0.02
"""Of the range: what is darker than that does not show."""
_RATIO = 0.5
"""The brightest neighbour has less than this part of a hot pixel."""
_SPILL = 0.1
"""A point of light, however sharp the lens, spills more than this part of itself over a site beside it."""
_REACH = 2
_BAND_ROWS = 64
_SAME_COLOUR = [(dy, dx) for dy in (-2, 0, 2) for dx in (-2, 0, 2) if dy or dx]
_NEIGHBOURS = [(dy, dx) for dy in range(-2, 3) for dx in range(-2, 3) if dy or dx]
# Each site beside, and the two of its own colour that are out of the spill.
_BESIDE = (
    ((0, -1), (-2, -1), (2, -1)),
    ((0, 1), (-2, 1), (2, 1)),
    ((-1, 0), (-1, -2), (-1, 2)),
    ((1, 0), (1, -2), (1, 2)),
)


def find(light: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows and columns of the hot pixels of a mosaic.

    `light` is H x W, black at 0 and white at 1, white-balanced, so that neighbours of other colours can be compared.
    The two outermost rows and columns are not looked at. What one frame cannot tell from a glint is left alone.
    """
    inner = light[_REACH:-_REACH, _REACH:-_REACH]
    limit = inner * np.float32(_RATIO)
    height, width = inner.shape
    suspect = inner > _FLOOR
    for dy, dx in ((0, -1), (0, 1), (-1, 0), (1, 0)):
        suspect &= light[_REACH + dy : _REACH + dy + height, _REACH + dx : _REACH + dx + width] < limit
    rows, columns = np.nonzero(suspect)
    rows, columns = rows + _REACH, columns + _REACH
    own = light[rows, columns]
    brightest = np.max([light[rows + dy, columns + dx] for dy, dx in _NEIGHBOURS], axis=0, initial=0.0)
    spill = np.max([_rise(light, rows, columns, *places) for places in _BESIDE], axis=0, initial=0.0)
    hot = (brightest < own * np.float32(_RATIO)) & (spill < own * np.float32(_SPILL))
    return rows[hot], columns[hot]


def _rise(
    light: NDArray[np.float32], rows: NDArray[np.intp], columns: NDArray[np.intp], *places: tuple[int, int]
) -> NDArray[np.float32]:
    beside, one, other = (light[rows + dy, columns + dx] for dy, dx in places)
    return np.asarray(beside - (one + other) / 2, dtype=np.float32)


def heal(mosaic: Mosaic, pattern: Mosaic, black: list[float], white: float, balance: tuple[float, ...]) -> int:
    """Give each hot pixel of a Bayer mosaic the median of its neighbours of the same colour, in place.

    `mosaic` is H x W of uint16, `pattern` the 2 x 2 colours that repeat over it, `black` and `balance` go by colour.
    Returns how many there were.
    """
    levels = np.array([[black[int(colour)] for colour in row] for row in pattern], np.float32)
    scales = np.array([[balance[int(colour)] for colour in row] for row in pattern], np.float32)
    scales /= np.maximum(1.0, white - levels)
    found = [_find_in_band(mosaic, top, levels, scales) for top in range(0, mosaic.shape[0], _BAND_ROWS)]
    rows = np.concatenate([part[0] for part in found])
    columns = np.concatenate([part[1] for part in found])
    if len(rows):
        around = np.stack([mosaic[rows + dy, columns + dx] for dy, dx in _SAME_COLOUR])
        mosaic[rows, columns] = np.median(around, axis=0).astype(mosaic.dtype)
    return len(rows)


def _find_in_band(
    mosaic: Mosaic, top: int, levels: NDArray[np.float32], scales: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Look at a few rows at a time, so that they stay in the processor's cache."""
    start = max(0, top - _REACH)  # even, as the pattern is
    part = mosaic[start : top + _BAND_ROWS + _REACH]
    half = -(-part.shape[1] // 2)
    light = np.empty(part.shape, np.float32)
    for y in range(2):
        level, scale = (np.tile(values[y], half)[: part.shape[1]] for values in (levels, scales))
        light[y::2] = (part[y::2] - level) * scale
    rows, columns = find(light)
    return rows + start, columns
