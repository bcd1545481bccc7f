"""Clarity: contrast within a neighbourhood, most in the midtones."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from develop.operations import guided
from develop.operations.oklab import Lab
from develop.operations.operation import Operation, Place, Survey
from develop.settings import DevelopSettings

_RADIUS = 1 / 60
_EDGE = 0.18
_MOST = 0.75


def _measure(survey: Survey, settings: DevelopSettings) -> Any:
    del settings
    radius = max(2, round(max(survey.whole.lightness.shape) * _RADIUS))
    return guided.coefficients(survey.whole.lightness, radius, _EDGE)


def _apply(lab: Lab, settings: DevelopSettings, measured: Any, place: Place) -> Lab:
    level = lab.lightness
    detail = cv2.subtract(level, guided.base(level, measured, place))
    # 4 L (1 - L): full in the midtones, nothing at black and white.
    weight = cv2.multiply(level, np.float32(1.0) - level, scale=4.0 * _MOST * settings.clarity / 100)
    np.maximum(weight, 0.0, out=weight) if settings.clarity > 0 else np.minimum(weight, 0.0, out=weight)
    change = cv2.multiply(detail, weight)
    ratio = cv2.divide(cv2.add(level, change), np.maximum(level, np.float32(1e-3)))
    lab.scale(np.clip(ratio, 0.5, 1.6))
    return lab


CLARITY = Operation(name="clarity", triggers=("clarity",), measure=_measure, apply=_apply)
