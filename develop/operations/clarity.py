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
_MOST, _LEAST = 0.75, 0.6
"""At 100 and -100: more of it taken away would dissolve what is a step, not detail."""


def _measure(survey: Survey, settings: DevelopSettings) -> Any:
    del settings
    radius = max(2, round(max(survey.whole.lightness.shape) * _RADIUS))
    return guided.coefficients(survey.whole.lightness, radius, _EDGE, survey.place.height)


def _apply(lab: Lab, settings: DevelopSettings, measured: Any, place: Place) -> Lab:
    level = lab.lightness
    detail = cv2.subtract(level, guided.base(level, measured, place))
    # 4 L (1 - L), full in the midtones and nothing at black and white, over L, since light is scaled.
    most = 4.0 * (_MOST if settings.clarity > 0 else _LEAST) * settings.clarity / 100
    weight = cv2.addWeighted(level, -1.0, level, 0.0, 1.0)
    cv2.threshold(weight, 0.0, 0.0, cv2.THRESH_TOZERO, dst=weight)
    ratio = np.asarray(cv2.multiply(detail, weight, dst=weight, scale=most), np.float32)
    np.clip(ratio, -0.5, 0.6, out=ratio)
    ratio += np.float32(1.0)
    lab.scale(ratio)
    return lab


CLARITY = Operation(name="clarity", triggers=("clarity",), measure=_measure, apply=_apply)
