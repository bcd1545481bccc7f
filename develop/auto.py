"""White balance and tone found from the picture, as numbers that can be synced and changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import cv2
import numpy as np

from develop import colour
from develop.colour import Floats
from develop.image import D65, SRGB, Image
from develop.operations import oklab
from develop.settings import DevelopSettings
from develop.white_point import WhitePoint, white_point_of

_EDGE: Final = 640
_TRUST: Final = 0.65
_MIDDLE: Final = 0.44
"""Encoded brightness that the middle of a picture is moved towards, half of the way."""


def auto_settings(image: Image, settings: DevelopSettings) -> DevelopSettings:
    """Return the settings with white balance shift and tone found from the picture (any size; reduced inside).

    Tone suits subjects of middling key; a picture that is meant to be dark or bright keeps half of what sets it apart.
    """
    small = _small(image)
    return replace(settings, **white_balance_shift(small), **tone(small))


def white_point(image: Image, as_shot: WhitePoint) -> WhitePoint:
    """Return the light that makes the picture's near-greys grey, given the light it was decoded for."""
    xy = _cast(_small(image))
    # The cast is relative to D65, at which the decoded picture shows the light as shot.
    seen = colour.adaptation(D65, as_shot.xy()) @ colour.white_xyz(xy)
    return white_point_of((float(seen[0] / seen.sum()), float(seen[1] / seen.sum()))).within_range()


def white_balance_shift(image: Image) -> dict[str, Any]:
    """Return temperature_shift and tint_shift that make the picture's near-greys grey."""
    daylight, cast = white_point_of(D65), white_point_of(_cast(image))
    warmer = (1e6 / daylight.temperature - 1e6 / cast.temperature) / 0.8
    return {
        "temperature_shift": float(np.clip(round(warmer), -100, 100)),
        "tint_shift": float(np.clip(round(cast.tint - daylight.tint), -30, 30)),
    }


def tone(image: Image) -> dict[str, Any]:
    """Return exposure, contrast, highlights, shadows, whites and blacks that use the range the picture has."""
    light = np.maximum(oklab.from_linear(colour.to_linear(image.pixels, image.space), image.space).lightness, 0.0)
    value = colour.encode_curve(light**3, SRGB)
    black, dark, middle, bright, white = (float(q) for q in np.quantile(value, (0.002, 0.1, 0.5, 0.9, 0.998)))
    wanted = middle + 0.5 * (_MIDDLE - middle)
    stops = np.log2(_light(wanted) / max(_light(middle), 1e-4))
    # What is bright already is not pushed into the shoulder for the sake of the middle.
    room = np.log2(_light(0.97) / max(_light(bright), 1e-4))
    exposure = float(np.clip(min(stops, max(room, 0.0)), -1.5, 2.0))
    lift = 2.0 ** (exposure / 2.2)
    return {
        "exposure": round(exposure, 2),
        "contrast": float(round(np.clip((0.55 - (bright - dark)) * 50, -10, 25))),
        "highlights": float(-round(np.clip((bright * lift - 0.72) * 200, 0, 70))),
        "shadows": float(round(np.clip((0.22 - dark * lift) * 220, 0, 60))),
        "whites": float(round(np.clip((0.96 - white * lift) / 0.15 * 60, -6, 25))),
        "blacks": float(-round(np.clip((black * lift - 0.01) / 0.12 * 70, 0, 25))),
    }


def _light(value: float) -> float:
    return float(colour.decode_curve(np.array([value], np.float32), SRGB)[0])


def _small(image: Image) -> Image:
    factor = _EDGE / max(image.width, image.height)
    if factor >= 1.0:
        return image
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return Image(np.asarray(cv2.resize(image.pixels, size, interpolation=cv2.INTER_AREA)), image.space)


def _cast(image: Image) -> tuple[float, float]:
    """Return the chromaticity (xy, beside D65) of the picture's light.

    The mean of what is nearly grey, found again about the last mean: Huo et al. 2006, doi:10.1109/TCE.2006.1649677.
    """
    linear = colour.to_linear(image.pixels, image.space)
    xyz = np.asarray(linear.reshape(-1, 3) @ (colour.adaptation(image.space.white, D65) @ colour.to_xyz(image.space)).T)
    inside = (linear.reshape(-1, 3).max(axis=1) < 0.97) & (xyz[:, 1] > 0.02)
    if np.count_nonzero(inside) < 16:
        return D65
    uv = _uv(np.asarray(xyz[inside], np.float32))
    centre = _uv(np.asarray(colour.white_xyz(D65)[None], np.float32))[0]
    start = centre
    for _ in range(12):
        near = np.hypot(*(uv - centre).T) < 0.015
        if np.count_nonzero(near) < 0.003 * len(uv) + 8:
            break
        centre = uv[near].mean(axis=0)
        if np.hypot(*(centre - start)) > 0.03:
            # No light is as coloured as that: it is the subject.
            return D65
    # Some of what is found is the mood of the light, or the subject: that part stays.
    u, v = (float(c) for c in start + _TRUST * (centre - start))
    scale = 2 * u - 8 * v + 4
    return 3 * u / scale, 2 * v / scale


def _uv(xyz: Floats) -> Floats:
    """Return CIE 1960 uv."""
    total = xyz @ np.array([1.0, 15.0, 3.0], np.float32)
    return np.asarray(np.stack((4 * xyz[:, 0], 6 * xyz[:, 1]), 1) / total[:, None], np.float32)
