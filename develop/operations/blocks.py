"""Overlapping blocks of a plane as cosines, and back: every pixel lies in four blocks, faded into each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from develop.colour import Floats

EDGE: Final = 8
STEP: Final = EDGE // 2
REACH: Final = EDGE
"""How far a pixel's blocks look; the picture's first row and column must lie a multiple of STEP away."""
_AT_ONCE: Final = 2048
"""Blocks worked on at a time: half a megabyte, which a near cache holds."""

Change = Callable[[Floats, Floats], None]
"""Changes coefficients (N x 64, float32) in place, given the mean level of each block's surroundings (N)."""


def _cosines() -> Floats:
    places = np.arange(EDGE)
    waves = np.sqrt(2.0 / EDGE) * np.cos(np.pi * (2 * places[None] + 1) * places[:, None] / (2 * EDGE))
    waves[0] /= np.sqrt(2.0)
    return np.kron(waves, waves).astype(np.float32)


def _faded(cosines: Floats) -> Floats:
    half_wave = np.sin(np.pi * (np.arange(EDGE) + 0.5) / EDGE)
    fade = half_wave / (half_wave + np.roll(half_wave, STEP))
    faded = (cosines * np.outer(fade, fade).reshape(-1)).astype(np.float32)
    # Left half first, then the right: quarters of blocks that meet lie together, and are added at once.
    return np.ascontiguousarray(faded.reshape(-1, EDGE, 2, STEP).swapaxes(1, 2)).reshape(faded.shape)


_NOTHING: Final = np.empty((0, 0), np.float32)
_WAVES: Final = _cosines()
_FORWARD: Final = np.ascontiguousarray(_WAVES.T)
_BACKWARD: Final = _faded(_WAVES)
FREQUENCIES: Final = np.hypot(*np.divmod(np.arange(EDGE * EDGE), EDGE)).astype(np.float32)
"""Half waves a block of each coefficient, 0 for the mean."""


def coefficients(plane: Floats, step: int = STEP) -> Floats:
    """Return the cosine coefficients (N x 64, orthonormal) of the blocks that lie in a plane, one every `step`."""
    windows = np.lib.stride_tricks.sliding_window_view(plane, (EDGE, EDGE))[::step, ::step]
    return _transformed(np.ascontiguousarray(windows).reshape(-1, EDGE * EDGE), _FORWARD)


def _transformed(blocks: Floats, waves: Floats) -> Floats:
    # OpenCV's product of matrices stays on its thread; numpy's would wake others for each of these small ones.
    return np.asarray(cv2.gemm(blocks, waves, 1.0, _NOTHING, 0.0), np.float32)


def changed(plane: Floats, level: Floats, change: Change, top: int = 0) -> Floats:
    """Return a plane with its blocks' coefficients changed; `level` is a plane of the same size, `top` its first row.

    Blocks lie where they lie in the whole picture, so that parts of it give what the whole gives.
    """
    height, width = plane.shape
    above, right = STEP + top % STEP, STEP + -width % STEP
    below = STEP + -(above + height) % STEP
    edges = (above, below, STEP, right)
    padded = np.asarray(cv2.copyMakeBorder(plane, *edges, cv2.BORDER_REFLECT), np.float32)
    means = _means(np.asarray(cv2.copyMakeBorder(level, *edges, cv2.BORDER_REFLECT), np.float32))
    result = np.zeros(padded.shape, np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (EDGE, EDGE))[::STEP, ::STEP]
    high, wide = windows.shape[:2]
    rows = max(1, _AT_ONCE // wide)
    for first in range(0, high, rows):
        part = windows[first : first + rows]
        found = _transformed(np.ascontiguousarray(part).reshape(-1, EDGE * EDGE), _FORWARD)
        change(found, means[first : first + rows].reshape(-1))
        back = _transformed(found, _BACKWARD).reshape(len(part), wide, 2, -1)
        _lay(back, result[first * STEP : (first + len(part) + 1) * STEP])
    return result[above : above + height, STEP : STEP + width]


def _means(level: Floats) -> Floats:
    """Return the mean under each block."""
    high, wide = level.shape
    small = np.asarray(cv2.resize(level, (wide // STEP, high // STEP), interpolation=cv2.INTER_AREA), np.float32)
    return (small[:-1, :-1] + small[1:, :-1] + small[:-1, 1:] + small[1:, 1:]) * np.float32(0.25)


def _lay(blocks: Floats, target: Floats) -> None:
    """Add blocks (rows x columns x 2 halves x 32) to the rows that they cover, each over half of its neighbours."""
    high, wide = blocks.shape[:2]
    across = np.empty((high, wide + 1, 2, STEP * STEP), np.float32)
    across[:, :-1] = blocks[:, :, 0].reshape(high, wide, 2, -1)
    across[:, -1] = 0.0
    across[:, 1:] += blocks[:, :, 1].reshape(high, wide, 2, -1)
    places = target.reshape(high + 1, STEP, wide + 1, STEP).swapaxes(1, 2)
    across[1:, :, 0] += across[:-1, :, 1]
    places[:-1] += across[:, :, 0].reshape(high, wide + 1, STEP, STEP)
    places[-1] += across[-1, :, 1].reshape(wide + 1, STEP, STEP)
