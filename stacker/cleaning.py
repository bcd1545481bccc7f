"""Take dust out of frames: give back the light that each speck took, so that the detail beneath it stays.

Beneath a hot pixel there is no light to give back: it is filled from around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from develop.image import Pixels
from stacker.bands import Plane, linear_table
from stacker.frames import FrameSource, FramesOver
from stacker.specks import PROFILE_STEPS, Speck

_REACH = 1.7
_RIM = 1.1
_FLOOR = 1e-3
# How far a camera's tone curve makes the same speck look deeper or shallower (standard deviation of the factor).
_CURVE = 0.12
# Neighbouring pixels of a scene are alike: so many numbers a patch truly holds, whatever its size.
_INDEPENDENT = 12.0
_ROUNDS = 40
_CROSS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32) / 4


class CleanFrames(FramesOver):
    """A FrameSource without the specks of its sensor."""

    def __init__(self, frames: FrameSource, specks: tuple[Speck, ...]) -> None:
        super().__init__(frames)
        self.specks = specks

    def proxy(self, index: int, max_side: int) -> Pixels:
        """Return frame `index` reduced."""
        return clean(self.frames.proxy(index, max_side), self.specks, self.size)

    def frame(self, index: int) -> Pixels:
        """Return frame `index` at full size."""
        return clean(self.frames.frame(index), self.specks, self.size)


def clean(pixels: Pixels, specks: Sequence[Speck], size: tuple[int, int]) -> Pixels:
    """Return encoded RGB (uint8 or uint16, H x W x 3; full size or reduced) with the light of the specks restored.

    `size` is the (width, height) that the specks are measured in. Each speck's profile is scaled to how deep it is in
    this very picture, then divided out of linear light; the picture is a copy, or itself where there are no specks.
    """
    if not specks:
        return pixels
    cleaned = pixels.copy()
    _clean(cleaned, specks, size)
    return cleaned


def clean_luma(luma: NDArray[Any], specks: Sequence[Speck], size: tuple[int, int]) -> NDArray[Any]:
    """Take the specks out of a frame's encoded luma (uint8 or uint16, H x W) in place, as `clean` does of its colours.

    Returns the same array.
    """
    _clean(luma[..., None], specks, size)
    return luma


def _clean(pixels: NDArray[Any], specks: Sequence[Speck], size: tuple[int, int]) -> None:
    factor = pixels.shape[1] / size[0], pixels.shape[0] / size[1]
    for speck in specks:
        x, y = (speck.x + 0.5) * factor[0] - 0.5, (speck.y + 0.5) * factor[1] - 0.5
        if speck.is_point:
            _fill(pixels, (x, y), speck.radius * factor[0])
        else:
            _restore(pixels, (x, y), speck.radius * factor[0], np.asarray(speck.profile))


def _restore(pixels: Pixels, centre: tuple[float, float], radius: float, profile: NDArray[np.float64]) -> None:
    reach = _REACH * radius + 2
    left, top = (max(0, int(value - reach)) for value in centre)
    patch = pixels[top : int(centre[1] + reach) + 2, left : int(centre[0] + reach) + 2]
    if not patch.size:
        return
    rows, columns = np.mgrid[top : top + patch.shape[0], left : left + patch.shape[1]]
    away = np.hypot(columns - centre[0], rows - centre[1]) / radius
    dent = np.interp(away, PROFILE_STEPS, profile, right=0.0)
    light = np.take(linear_table(pixels.dtype), patch)
    gain = np.exp(-_depth(light, dent, away) * dent)[..., None]
    top_code = float(np.iinfo(pixels.dtype).max)
    # What the speck did not touch stays bit by bit.
    restored = np.where(gain > 1, np.rint(_encoded(light * gain) * top_code), patch)
    # A clipped highlight holds no measure of the light.
    patch[...] = np.where(patch >= 0.985 * top_code, patch, restored)


def _fill(pixels: Pixels, centre: tuple[float, float], radius: float) -> None:
    """Give the place of a hot pixel what surrounds it, as a surface without bumps (Laplace's equation)."""
    reach = int(radius) + 2
    left, top = (max(0, round(value) - reach) for value in centre)
    patch = pixels[top : round(centre[1]) + reach + 1, left : round(centre[0]) + reach + 1]
    rows, columns = np.mgrid[top : top + patch.shape[0], left : left + patch.shape[1]]
    away = np.hypot(columns - centre[0], rows - centre[1])
    lost = away < max(radius, 0.75)
    if not lost.any() or lost.all():
        return
    surface = patch.astype(np.float32)
    surface[lost] = np.median(surface[~lost], axis=0)
    for _ in range(_ROUNDS):
        around = cv2.filter2D(surface, -1, _CROSS, borderType=cv2.BORDER_REFLECT)
        surface[lost] = around.reshape(surface.shape)[lost]
    patch[lost] = np.rint(surface[lost]).astype(patch.dtype)


def _depth(light: Plane, dent: Plane, away: Plane) -> float:
    """Return how deep the speck is in this patch, as a factor of its profile: 1 where the scene is too busy to tell."""
    luma = cv2.cvtColor(light, cv2.COLOR_RGB2GRAY) if light.shape[-1] == 3 else light[..., 0]
    log = np.log(np.maximum(luma, _FLOOR))
    near = away < _REACH
    y, x = (np.indices(log.shape) - np.array(log.shape)[:, None, None] / 2) / max(log.shape)
    rim = near & (away > _RIM)
    if rim.sum() < 8:
        return 1.0
    basis = np.stack([np.ones(near.sum()), x[near], y[near], dent[near]], axis=1)
    solution = np.linalg.lstsq(basis, log[near], rcond=None)[0]
    rest = log[near] - basis @ solution
    variance = float((rest**2).mean()) / max(1e-9, float(dent[near].var())) / _INDEPENDENT
    trust = 1 / (1 + variance / _CURVE**2)
    return float(np.clip(1 + trust * (solution[3] - 1), 0.0, 1.6))


def _encoded(light: Plane) -> Plane:
    """Return linear light as sRGB codes of 0..1."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)
