"""Film grain: the same for the same picture, however often and in however many parts it is rendered."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from develop.colour import Floats
from develop.operations.oklab import Lab
from develop.operations.operation import Operation, Place
from develop.settings import DevelopSettings

_TILE = 1536
_STRENGTH = 0.05


@lru_cache(maxsize=2)
def _tile(size: float, roughness: float) -> Floats:
    """Return a patch of grain that meets itself at its edges: standard deviation 1."""
    noise = np.random.default_rng(0).standard_normal((_TILE, _TILE), dtype=np.float32)

    def soft(sigma: float) -> Floats:
        border = 4 * int(np.ceil(sigma)) + 1
        wrapped = np.pad(noise, border, mode="wrap")
        blurred = cv2.GaussianBlur(wrapped, (0, 0), sigma)[border:-border, border:-border]
        return np.asarray(blurred / blurred.std(), np.float32)

    grain = soft(size)
    if roughness:
        grain = grain + np.float32(roughness) * soft(2.5 * size)
    return np.asarray(grain / grain.std(), np.float32)


def _apply(lab: Lab, settings: DevelopSettings, measured: Any, place: Place) -> Lab:
    del measured
    size = (0.45 + 2.2 * settings.grain_size / 100) * place.scale
    tile = _tile(round(max(size, 0.3), 2), settings.grain_roughness / 100)
    rows, columns = lab.lightness.shape
    down = np.arange(place.top, place.top + rows) % _TILE
    across = np.arange(columns) % _TILE
    grain = tile[down][:, across]
    level = lab.lightness
    # Film shows grain in the midtones and none in clear white or deep black.
    weight = np.clip(level * (np.float32(1.15) - level), 0.0, 1.0) * np.float32(4 / 1.3225)
    strength = _STRENGTH * settings.grain_amount / 100 * min(1.0, place.scale**0.5)
    ratio = np.float32(1.0) + np.float32(strength) * grain * weight / np.maximum(level, np.float32(0.05))
    lab.scale(np.asarray(np.maximum(ratio, 0.2), np.float32))
    return lab


GRAIN = Operation(name="grain", triggers=("grain_amount",), apply=_apply)
