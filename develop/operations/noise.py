"""Noise reduction: bands of detail are shrunk by what noise alone would put there."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from develop.colour import Floats
from develop.operations.oklab import Lab
from develop.operations.operation import Operation, Place, Survey
from develop.settings import DevelopSettings

_LIGHT = (0.7, 1.4, 2.8)
_COLOUR = (1.0, 2.0, 4.0)
"""Blurs, in pixels, between which the bands lie; colour's at half size."""


def measure_noise(plane: Floats) -> float:
    """Return the standard deviation of white noise in a plane, whatever the picture in it; 0 for a tiny one.

    Median of the absolute second difference both ways (Immerkaer 1996, doi:10.1006/cviu.1996.0060), robust to edges.
    """
    if min(plane.shape) < 8:
        return 0.0
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    return float(np.median(np.abs(cv2.filter2D(plane, -1, kernel)[1:-1:2, 1:-1])) / (0.6745 * 6.0))


def _measure(survey: Survey, settings: DevelopSettings) -> Any:
    def typical(name: str) -> float:
        return float(np.median([measure_noise(getattr(piece, name)) for piece in survey.pieces]))

    light = typical("lightness") if settings.luminance_noise else 0.0
    return light, max(typical("a"), typical("b")) if settings.colour_noise else 0.0


def _reach(settings: DevelopSettings, scale: float) -> int:
    light = 3 * _LIGHT[-1] if settings.luminance_noise else 0
    colour = 6 * _COLOUR[-1] if settings.colour_noise else 0
    return 2 * math.ceil(max(light, colour) * scale / 2) + 2


def _apply(lab: Lab, settings: DevelopSettings, measured: Any, place: Place) -> Lab:
    noise, colour_noise = measured
    level, a, b = lab.lightness, lab.a, lab.b
    if settings.luminance_noise:
        strength = 3.5 * (settings.luminance_noise / 100) ** 1.2 * noise
        keep = 1.4 - 0.8 * settings.luminance_noise_detail / 100
        level = shrink(level, _LIGHT, strength * keep, place.scale)
    if settings.colour_noise:
        strength = 6.0 * settings.colour_noise / 100 * colour_noise
        a, b = (_shrink_colour(plane, strength, place.scale) for plane in (a, b))
    return Lab(level, a, b)


def shrink(plane: Floats, blurs: tuple[float, ...], strength: float, scale: float = 1.0) -> Floats:
    """Return the plane with each band soft-thresholded by `strength` standard deviations' worth of its own noise."""
    result, finer = plane, plane
    for blur, share in zip(blurs, _shares(blurs), strict=True):
        if blur * scale < 0.4:
            continue
        coarser = np.asarray(cv2.GaussianBlur(plane, (0, 0), blur * scale), np.float32)
        band = np.asarray(cv2.subtract(finer, coarser), np.float32)
        limit = strength * share
        kept = None if result is plane else result
        result = np.asarray(cv2.subtract(result, np.clip(band, -limit, limit, out=band), dst=kept), np.float32)
        finer = coarser
    return result


@lru_cache(maxsize=8)
def _shares(blurs: tuple[float, ...]) -> tuple[float, ...]:
    """Return the standard deviation of white noise in each band, by the bands' answer to a single point."""
    finer = np.zeros((129, 129), np.float32)
    finer[64, 64] = 1.0
    point, shares = finer, []
    for blur in blurs:
        coarser = np.asarray(cv2.GaussianBlur(point, (0, 0), blur), np.float32)
        shares.append(float(np.sqrt(((finer - coarser) ** 2).sum())))
        finer = coarser
    return tuple(shares)


def _shrink_colour(plane: Floats, strength: float, scale: float) -> Floats:
    high, wide = plane.shape
    if min(high, wide) < 8:
        return plane
    # Made even, so that every two rows and columns meet as they do in the whole picture.
    odd = high % 2 or wide % 2
    even = cv2.copyMakeBorder(plane, 0, high % 2, 0, wide % 2, cv2.BORDER_REPLICATE) if odd else plane
    full = (even.shape[1], even.shape[0])
    small = np.asarray(cv2.resize(even, (full[0] // 2, full[1] // 2), interpolation=cv2.INTER_AREA), np.float32)
    # Colour noise after demosaicing is coarse: the mean of four pixels keeps most of it.
    calm = cv2.resize(shrink(small, _COLOUR, strength, scale), full, interpolation=cv2.INTER_LINEAR)[:high, :wide]
    fine = cv2.resize(small, full, interpolation=cv2.INTER_LINEAR)[:high, :wide]
    cv2.subtract(plane, fine, dst=fine)
    cv2.add(calm, fine, dst=calm)
    return np.asarray(cv2.subtract(calm, np.clip(fine, -strength, strength, out=fine), dst=calm), np.float32)


NOISE = Operation(
    name="noise", triggers=("luminance_noise", "colour_noise"), measure=_measure, reach=_reach, apply=_apply
)
