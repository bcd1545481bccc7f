"""Vignette of the crop: darker or lighter towards its corners."""

from __future__ import annotations

from typing import Any

import numpy as np

from develop.operations.oklab import Lab
from develop.operations.operation import Operation, Place, Survey, spread, tall
from develop.settings import DevelopSettings

_MAP = 384
_STOPS = 2.0
_BRIGHT = 0.6
"""Lightness from which a spot may be left bright, wholly at white."""


def _measure(survey: Survey, settings: DevelopSettings) -> Any:
    """Draw the ratio of lightness over the whole crop, small: it is smooth everywhere."""
    place = survey.place
    long = max(place.height, place.width)
    high, wide = max(2, round(_MAP * place.height / long)), max(2, round(_MAP * place.width / long))
    y = (np.arange(high, dtype=np.float32)[:, None] + 0.5) / high * 2 - 1
    x = (np.arange(wide, dtype=np.float32)[None, :] + 0.5) / wide * 2 - 1
    roundness = settings.vignette_roundness / 100
    if roundness > 0:
        short = min(place.height, place.width)
        y = y * (1 + roundness * (place.height / short - 1))
        x = x * (1 + roundness * (place.width / short - 1))
    power = 2.0 - 4.0 * min(roundness, 0.0)
    radius = ((np.abs(x) ** power + np.abs(y) ** power) / 2.0) ** (1 / power)
    start = 0.1 + 0.8 * settings.vignette_midpoint / 100
    width = 0.05 + 0.9 * settings.vignette_feather / 100
    t = np.clip((radius - start) / width + 0.5, 0.0, 1.0)
    stops = _STOPS * settings.vignette_amount / 100 * t * t * (3 - 2 * t)
    return tall(np.asarray(np.cbrt(2.0**stops), np.float32), place.height)


def _apply(lab: Lab, settings: DevelopSettings, measured: Any, place: Place) -> Lab:
    ratio = spread(measured, lab.lightness.shape[0], place)
    if settings.vignette_amount > 0:
        # Towards white, never past it.
        level = np.maximum(lab.lightness, np.float32(1e-3))
        ratio = np.minimum(ratio, np.maximum(1.0, 1.0 / level))
    elif settings.vignette_highlights:
        bright = np.clip((lab.lightness - np.float32(_BRIGHT)) / np.float32(1.0 - _BRIGHT), 0.0, 1.0)
        ratio = ratio + (1.0 - ratio) * bright * np.float32(settings.vignette_highlights / 100)
    lab.scale(np.asarray(ratio, np.float32))
    return lab


VIGNETTE = Operation(name="vignette", triggers=("vignette_amount",), measure=_measure, apply=_apply, looks=False)
