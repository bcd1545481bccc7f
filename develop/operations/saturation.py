"""Saturation of all colours, and vibrance: of pale ones, sparing skin."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from develop.operations.oklab import Lab
from develop.operations.operation import Operation, Place, Table
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
    pale = cv2.addWeighted(chroma, -1.0 / _FULL, chroma, 0.0, 1.0)
    cv2.threshold(pale, 0.0, 0.0, cv2.THRESH_TOZERO, dst=pale)
    if vibrance > 0:
        cv2.multiply(pale, pale, dst=pale)
        along = cv2.addWeighted(lab.a, math.cos(_SKIN), lab.b, math.sin(_SKIN), 0.0)
        chroma += np.float32(1e-4)
        cosine = np.asarray(cv2.divide(along, chroma, dst=along), np.float32)
        cv2.multiply(pale, _spared()(cosine), dst=pale)
    else:
        vibrance *= 0.8
    factor = cv2.addWeighted(pale, vibrance * (1.0 + amount), pale, 0.0, 1.0 + amount, dst=pale)
    lab.scale_colour(np.asarray(factor, np.float32))
    return lab


@lru_cache(maxsize=1)
def _spared() -> Table:
    """Return how much vibrance acts by the cosine between a colour's hue and skin's."""
    # cos^16 is half within 24 degrees of skin's hue.
    return Table.of(lambda cosine: np.asarray(1.0 - _SPARED * cosine**16, np.float32), 0.0, 1.0)


SATURATION = Operation(name="saturation", triggers=("saturation", "vibrance"), apply=_apply)
