"""Dehaze: take away, or add, the veil that distance lays over a picture."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from develop.colour import Floats
from develop.image import SRGB
from develop.operations import guided, oklab
from develop.operations.oklab import Lab
from develop.operations.operation import Operation, Place, Survey
from develop.settings import DevelopSettings

_MOST = 0.8
_THINNEST = 0.25


def _measure(survey: Survey, settings: DevelopSettings) -> Any:
    """Find the veil's brightness and how much light comes through: He, Sun, Tang 2011, doi:10.1109/TPAMI.2010.168."""
    light = np.maximum(oklab.to_linear(survey.whole, SRGB), 0.0)
    size = max(3, max(light.shape) // 60) | 1
    dark = cv2.erode(np.min(light, axis=2), np.ones((size, size), np.uint8))
    hazy = dark >= np.quantile(dark, 0.995)
    airlight = float(np.clip(survey.whole.lightness[hazy].mean() ** 3, 0.1, 1.0))
    veil = np.clip(dark / airlight, 0.0, 1.0).astype(np.float32)
    through = (1.0 - _MOST * abs(settings.dehaze) / 100 * veil).astype(np.float32)
    radius = max(2, max(light.shape) // 50)
    slope = guided_by(survey.whole.lightness, through, radius)
    return airlight, slope


def guided_by(guide: Floats, plane: Floats, radius: int) -> guided.Coefficients:
    """Return slope and offset that give `plane` its edges from `guide`."""
    size = (2 * radius + 1, 2 * radius + 1)
    mean, mean_plane = cv2.blur(guide, size), cv2.blur(plane, size)
    variance = np.maximum(cv2.blur(guide * guide, size) - mean * mean, 0.0)
    slope = (cv2.blur(guide * plane, size) - mean * mean_plane) / (variance + np.float32(0.03**2))
    return guided.smoothed(np.asarray(slope, np.float32), np.asarray(mean_plane - slope * mean, np.float32), size)


def _apply(lab: Lab, settings: DevelopSettings, measured: Any, place: Place) -> Lab:
    airlight, maps = measured
    through = np.clip(guided.base(lab.lightness, maps, place), _THINNEST, 1.0)
    light = np.maximum(lab.lightness, 1e-3) ** 3
    if settings.dehaze > 0:
        # The black left in at the bottom keeps the darkest pixels from collapsing into one.
        cleared = np.maximum((light - airlight * (1.0 - through)) / through, 0.12 * light)
        richer = np.minimum(light / (cleared * through), 2.0)
    else:
        cleared = light * through + airlight * (1.0 - through)
        richer = light * through / cleared
    lab.scale(np.cbrt(cleared / light).astype(np.float32))
    lab.scale_colour((richer**0.6).astype(np.float32))
    return lab


DEHAZE = Operation(name="dehaze", triggers=("dehaze",), measure=_measure, apply=_apply)
