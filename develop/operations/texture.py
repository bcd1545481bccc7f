"""Texture: structure a few pixels wide, without the finest grain and without strong edges."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np

from develop.operations.oklab import Lab
from develop.operations.operation import Operation, Place
from develop.settings import DevelopSettings

_FINE, _COARSE = 0.8, 4.0
_STRONG = 0.07
"""A step in lightness that is an edge, not texture."""


def _reach(settings: DevelopSettings, scale: float) -> int:
    del settings
    return math.ceil(3 * _COARSE * scale) + 2


def _apply(lab: Lab, settings: DevelopSettings, measured: Any, place: Place) -> Lab:
    del measured
    level = lab.lightness
    fine = cv2.GaussianBlur(level, (0, 0), max(_FINE * place.scale, 0.3))
    band = cv2.subtract(fine, cv2.GaussianBlur(level, (0, 0), max(_COARSE * place.scale, 0.5)))
    # d / (1 + (d / s)^2): small structure in full, strong edges hardly.
    square = cv2.multiply(band, band, scale=1 / _STRONG**2)
    change = cv2.divide(band, np.asarray(square, np.float32) + np.float32(1.0))
    return Lab(np.asarray(cv2.scaleAdd(change, 1.1 * settings.texture / 100, level), np.float32), lab.a, lab.b)


TEXTURE = Operation(name="texture", triggers=("texture",), reach=_reach, apply=_apply)
