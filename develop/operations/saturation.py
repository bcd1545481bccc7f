"""Saturation of all colours, and vibrance: of pale ones, sparing skin."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np

from develop.operations.oklab import Lab
from develop.operations.operation import Operation, Place
from develop.settings import DevelopSettings

_FULL = 0.26
"""Oklab chroma of a colour that is as vivid as sRGB's green; vibrance leaves it alone."""
_SKIN = math.radians(50.0)
_SPARED = 0.6


def _apply(lab: Lab, settings: DevelopSettings, measured: Any, place: Place) -> Lab:
    del measured, place
    amount, vibrance = settings.saturation / 100, settings.vibrance / 100
    if not vibrance:
        for plane in (lab.a, lab.b):
            np.multiply(plane, np.float32(1.0 + amount), out=plane)
        return lab
    chroma = lab.chroma()
    pale = np.maximum(1.0 - chroma * np.float32(1.0 / _FULL), 0.0)
    if vibrance > 0:
        pale *= pale
        along = cv2.addWeighted(lab.a, math.cos(_SKIN), lab.b, math.sin(_SKIN), 0.0)
        near = np.maximum(cv2.divide(along, chroma + np.float32(1e-4)), 0.0)
        # cos^16 is half within 24 degrees of skin's hue.
        for _ in range(4):
            near *= near
        pale *= 1.0 - np.float32(_SPARED) * near
    factor = pale * np.float32(vibrance * (1.0 if vibrance > 0 else 0.8))
    factor += np.float32(1.0)
    factor *= np.float32(1.0 + amount)
    lab.scale_colour(factor)
    return lab


SATURATION = Operation(name="saturation", triggers=("saturation", "vibrance"), apply=_apply)
