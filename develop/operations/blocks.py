"""Blocks of a plane as cosines, and back: tilings, half a block apart, faded into each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from develop.colour import Floats

EDGE: Final = 8
_HALF: Final = EDGE // 2
_AT_ONCE: Final = 2048
"""Blocks worked on at a time: half a megabyte, which a near cache holds."""
_ROWS: Final = 32

Shifts = tuple[tuple[int, int], ...]
Change = Callable[[Floats, Floats], None]
"""Changes coefficients (N x 64, float32) in place, given the mean level of each block's surroundings (N)."""


def _cosines() -> Floats:
    places = np.arange(EDGE)
    waves = np.sqrt(2.0 / EDGE) * np.cos(np.pi * (2 * places[None] + 1) * places[:, None] / (2 * EDGE))
    waves[0] /= np.sqrt(2.0)
    return np.kron(waves, waves).astype(np.float32)


def _faded(cosines: Floats, shifts: Shifts) -> Floats:
    half_wave = np.sin(np.pi * (np.arange(EDGE) + 0.5) / EDGE)
    fade = np.outer(half_wave, half_wave)
    fade = fade / sum(np.roll(fade, shift, (0, 1)) for shift in shifts)
    return np.asarray(cosines * fade.reshape(-1), np.float32)


TWICE: Final[Shifts] = ((0, 0), (_HALF, _HALF))
FOURFOLD: Final[Shifts] = (*TWICE, (0, _HALF), (_HALF, 0))
"""Where tilings begin: so many blocks hold each pixel."""
_WAVES: Final = _cosines()
_FORWARD: Final = np.ascontiguousarray(_WAVES.T)
_BACKWARD: Final = {shifts: _faded(_WAVES, shifts) for shifts in (TWICE, FOURFOLD)}
FREQUENCIES: Final = np.hypot(*np.divmod(np.arange(EDGE * EDGE), EDGE)).astype(np.float32)
"""Half waves a block of each coefficient, 0 for the mean."""


def coefficients(plane: Floats, step: int) -> Floats:
    """Return the cosine coefficients (N x 64, orthonormal) of the blocks that lie in a plane, one every `step`."""
    windows = np.lib.stride_tricks.sliding_window_view(plane, (EDGE, EDGE))[::step, ::step]
    return _transformed(np.ascontiguousarray(windows).reshape(-1, EDGE * EDGE), _FORWARD)


def means(plane: Floats, step: int) -> Floats:
    """Return the mean of each of the blocks that `coefficients` gives."""
    middle = slice(_HALF, -_HALF + 1, step)
    return np.asarray(cv2.blur(plane, (EDGE, EDGE))[middle, middle], np.float32).reshape(-1)


def _transformed(blocks: Floats, waves: Floats) -> Floats:
    """Return the product of N x 64 and 64 x 64."""
    # So few rows at a time that the library does not wake other threads, which costs far more than it brings.
    whole = len(blocks) // _ROWS * _ROWS
    made = np.empty_like(blocks)
    np.matmul(blocks[:whole].reshape(-1, _ROWS, EDGE * EDGE), waves, out=made[:whole].reshape(-1, _ROWS, EDGE * EDGE))
    np.matmul(blocks[whole:], waves, out=made[whole:])
    return made


def changed(plane: Floats, level: Floats, change: Change, top: int = 0, shifts: Shifts = FOURFOLD) -> Floats:
    """Return a plane with its blocks' coefficients changed; `level` is a plane of the same size, `top` its first row.

    Blocks lie where they lie in the whole picture, so that parts of it give what the whole gives, but for EDGE rows
    and columns about a part; its first column is to be a multiple of EDGE.
    """
    height, width = plane.shape
    above, left = _HALF + (top + _HALF) % EDGE, EDGE
    below, right = (_HALF + -(before + size + _HALF) % EDGE for before, size in ((above, height), (left, width)))
    edges = (above, below, left, right)
    padded, levels = (
        np.asarray(cv2.copyMakeBorder(each, *edges, cv2.BORDER_REFLECT), np.float32) for each in (plane, level)
    )
    result = np.zeros_like(padded)
    for y, x in shifts:
        part = slice(y, len(padded) - y), slice(x, padded.shape[1] - x)
        _tiles(padded[part], levels[part], change, _BACKWARD[shifts], result[part])
    return result[above : above + height, left : left + width]


def _tiles(plane: Floats, level: Floats, change: Change, backward: Floats, target: Floats) -> None:
    """Change the tiles of a plane, and add them to the target."""
    high, wide = plane.shape[0] // EDGE, plane.shape[1] // EDGE
    means = np.asarray(cv2.resize(level, (wide, high), interpolation=cv2.INTER_AREA), np.float32)
    rows = max(1, _AT_ONCE // wide)
    for first in range(0, high, rows):
        part = slice(first * EDGE, (first + rows) * EDGE)
        tiles = np.ascontiguousarray(_tiled(plane[part], wide)).reshape(-1, EDGE * EDGE)
        found = _transformed(tiles, _FORWARD)
        change(found, means[first : first + rows].reshape(-1))
        places = _tiled(target[part], wide)
        places += _transformed(found, backward).reshape(places.shape)


def _tiled(plane: Floats, wide: int) -> Floats:
    """Return a view of a plane as rows x columns x 8 x 8."""
    high, row, pixel = len(plane) // EDGE, *plane.strides
    strides = (EDGE * row, EDGE * pixel, row, pixel)
    return np.lib.stride_tricks.as_strided(plane, (high, wide, EDGE, EDGE), strides)
