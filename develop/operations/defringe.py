"""Defringe: grey out the purple and green rims of hard edges."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np

from develop.operations.oklab import Lab
from develop.operations.operation import Operation, Place
from develop.settings import DevelopSettings

_PURPLE, _GREEN = math.radians(312.0), math.radians(150.0)
_RIM = 3.0
_HARD = 0.03
"""A slope of lightness a pixel that counts as a hard edge."""


def _reach(settings: DevelopSettings, scale: float) -> int:
    del settings
    return math.ceil(4 * _RIM * scale) + 3


def _apply(lab: Lab, settings: DevelopSettings, measured: Any, place: Place) -> Lab:
    del measured
    level = lab.lightness
    slope = cv2.magnitude(
        cv2.Sobel(level, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(level, cv2.CV_32F, 0, 1, scale=0.125)
    )
    size = 2 * max(1, round(_RIM * place.scale)) + 1
    near = cv2.blur(cv2.dilate(slope, np.ones((size, size), np.uint8)), (size, size))
    near = np.clip(near * np.float32(1.0 / _HARD) - np.float32(0.5), 0.0, 1.0)
    chroma = lab.chroma() + np.float32(1e-4)
    kept = np.ones_like(level)
    for amount, hue in ((settings.defringe_purple, _PURPLE), (settings.defringe_green, _GREEN)):
        if amount:
            along = cv2.addWeighted(lab.a, math.cos(hue), lab.b, math.sin(hue), 0.0)
            like = np.maximum(cv2.divide(along, chroma), 0.0) ** 4
            kept *= 1.0 - near * like * np.float32(min(amount / 10, 1.0))
    return Lab(level, *(np.asarray(cv2.multiply(plane, kept), np.float32) for plane in (lab.a, lab.b)))


DEFRINGE = Operation(name="defringe", triggers=("defringe_purple", "defringe_green"), reach=_reach, apply=_apply)
