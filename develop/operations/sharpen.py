"""Sharpening of lightness, held within what its surroundings already show."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np

from develop.operations.oklab import Lab
from develop.operations.operation import Operation, Place
from develop.settings import DevelopSettings

_STRENGTH = 2.2
_FLAT, _EDGE = 0.004, 0.035
"""Gradients of lightness a pixel: below the first a smooth area, above the second an edge; scaled by masking."""


def _reach(settings: DevelopSettings, scale: float) -> int:
    return math.ceil(3 * settings.sharpen_radius * scale) + 6


def _apply(lab: Lab, settings: DevelopSettings, measured: Any, place: Place) -> Lab:
    del measured
    level = lab.lightness
    radius = settings.sharpen_radius * place.scale
    if radius < 0.25:
        # A reduced picture shows nothing of it.
        return lab
    soft = cv2.GaussianBlur(level, (0, 0), radius)
    amount = _STRENGTH * settings.sharpen_amount / 100
    sharp = cv2.addWeighted(level, 1.0 + amount, soft, -amount, 0.0)
    cube = np.ones((3, 3), np.uint8)
    low, high = cv2.erode(level, cube), cv2.dilate(level, cube)
    # Overshoot is let through in part: none at detail 0, about all at 100.
    through = 0.06 + 0.94 * (settings.sharpen_detail / 100) ** 1.2
    held = cv2.min(cv2.max(sharp, low, dst=low), high, dst=low)
    sharp = cv2.addWeighted(sharp, through, held, 1.0 - through, 0.0, dst=held)
    if settings.sharpen_masking:
        weight = _edges(level, settings.sharpen_masking / 100)
        sharp = cv2.add(level, cv2.multiply(cv2.subtract(sharp, level), weight))
    cv2.threshold(sharp, 0.0, 0.0, cv2.THRESH_TOZERO, dst=sharp)
    return Lab(np.asarray(sharp, np.float32), lab.a, lab.b)


def _edges(level: Any, masking: float) -> Any:
    """Return 1 where sharpening shall act and 0 in smooth areas."""
    smooth = cv2.GaussianBlur(level, (0, 0), 1.0)
    slope = cv2.magnitude(
        cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=0.125)
    )
    flat, edge = _FLAT * masking, _EDGE * masking
    weight = cv2.GaussianBlur(slope, (0, 0), 1.0)
    weight -= np.float32(flat)
    weight *= np.float32(1.0 / (edge - flat))
    return np.clip(weight, 1.0 - masking, 1.0, out=weight) if masking < 1 else np.clip(weight, 0.0, 1.0, out=weight)


SHARPEN = Operation(name="sharpen", triggers=("sharpen_amount",), reach=_reach, apply=_apply)
