"""Prepare a proxy for registration: linear light, band-passed, evened out in contrast, at several sizes.

Blur mixes light, so a defocused edge keeps its place only in linear light: on encoded values a picture lit from one
side seems to move as it goes out of focus (0.06 px a focus step on pebbles, against 0.015). Where the blur itself
changes across the picture, contrast fades along it and looks like a shift as well; dividing by the local contrast
takes that away.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from develop.image import Pixels

Plane: TypeAlias = NDArray[Any]
"""One channel, H x W float32."""

COARSEST = 80
"""The smallest level keeps at least this many pixels on its shorter side."""

_SMOOTH = 1.5
# Sides of the means at a quarter of the size: 36 and 20 px.
_SURROUND = 9
_CONTRAST = 5
_CONTRAST_FLOOR = 1e-4


@lru_cache(maxsize=4)
def linear_table(dtype: np.dtype[Any]) -> Plane:
    """Return the linear light (0..1) of every code of an integer type, by the sRGB curve."""
    top = int(np.iinfo(dtype).max)
    code = np.arange(top + 1) / top
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4).astype(np.float32)


def linear_luma(pixels: Pixels) -> Plane:
    """Return the luma of encoded RGB (uint8 or uint16) as linear light in 0..1, H x W float32."""
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    table = linear_table(gray.dtype)
    return cv2.LUT(gray, table) if gray.dtype == np.uint8 else np.asarray(table[np.asarray(gray, gray.dtype)])


def band_pyramid(luma: Plane) -> list[Plane]:
    """Return `luma` band-passed at full size, 1/2, 1/4 ... (finest first); pixel 0 of every level is pixel 0."""
    levels = [luma]
    while min(levels[-1].shape) >= 2 * COARSEST:
        levels.append(cv2.pyrDown(levels[-1]))
    return [_even_band(level) for level in levels]


def _even_band(level: Plane) -> Plane:
    smooth = cv2.GaussianBlur(level, (0, 0), _SMOOTH, borderType=cv2.BORDER_REFLECT)
    spare = _enlarged(_mean(_quarter(smooth), _SURROUND), smooth)
    band = cv2.subtract(smooth, spare, dst=smooth)
    energy = _mean(_mean(_quarter(cv2.multiply(band, band, dst=spare)), _CONTRAST), _CONTRAST)
    evened = 1 / np.sqrt(energy + _CONTRAST_FLOOR**2)
    return cv2.multiply(band, _enlarged(evened, band, spare), dst=band)


def _quarter(plane: Plane) -> Plane:
    """Return `plane` at a quarter: wide means need no more, and cost a sixteenth."""
    size = (max(1, plane.shape[1] // 4), max(1, plane.shape[0] // 4))
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA)


def _enlarged(plane: Plane, like: Plane, into: Plane | None = None) -> Plane:
    return cv2.resize(plane, (like.shape[1], like.shape[0]), dst=into, interpolation=cv2.INTER_LINEAR)


def _mean(plane: Plane, side: int) -> Plane:
    return cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT)
