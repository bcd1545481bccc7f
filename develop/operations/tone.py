"""Tone: highlights and shadows by region, then one curve of brightness for all that is global.

Only light is scaled, so hue and saturation stay: lifted shadows get no cast and a pushed sky no yellow.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from develop import colour
from develop.colour import Floats
from develop.image import SRGB
from develop.operations import curve, exposure, guided
from develop.operations.oklab import Lab
from develop.operations.operation import Operation, Place, Survey, Table
from develop.operations.shoulder import shoulder
from develop.settings import DevelopSettings

_RADIUS = 1 / 40
"""Of the long edge: what counts as one region."""
_EDGE = 0.07
_LIFT, _SINK = 1.5, 0.75


def contrast(value: Floats, amount: float) -> Floats:
    """Return encoded values steeper (amount to 1) or flatter (to -1) about the middle; 0 and 1 stay."""
    if not amount:
        return value
    inside = np.clip(value, 0.0, 1.0).astype(np.float64)
    steep, pivot = 4.0 * abs(amount), 0.46
    low, high = 1 / (1 + np.exp(steep * pivot)), 1 / (1 + np.exp(-steep * (1 - pivot)))
    if amount > 0:
        bent = (1 / (1 + np.exp(-steep * (inside - pivot))) - low) / (high - low)
    else:
        level = low + inside * (high - low)
        bent = pivot + np.log(level / (1 - level)) / steep
    return np.where((value >= 0) & (value <= 1), bent, value).astype(np.float32)


def ends(value: Floats, whites: float, blacks: float) -> Floats:
    """Return encoded values with the bright and dark end moved (amounts -1..1); what leaves 0..1 is clipped later."""
    inside = np.clip(value, 0.0, 1.0)
    up = whites * 0.15 * inside**3
    down = blacks * 0.12 * (1.0 - inside) ** 6
    if blacks > 0:
        # Lifting blacks opens them without turning black itself grey.
        down = down * (inside / (inside + 0.03))
    return np.asarray(value + up + down, np.float32)


def regions(value: Floats, highlights: float, shadows: float) -> Floats:
    """Return encoded brightness of a region after highlights and shadows (amounts -1..1); 0 and 1 stay."""
    inside = np.clip(value, 0.0, 1.0)
    lifted = inside * (1.0 + shadows * (_LIFT if shadows > 0 else _SINK) * (1.0 - inside) ** 4)
    rest = 1.0 - lifted
    lowered = 1.0 - rest * (1.0 - highlights * (_SINK if highlights > 0 else 2.2) * lifted**5)
    return (value - inside + lowered).astype(np.float32)


def global_curve(settings: DevelopSettings, value: Floats) -> Floats:
    """Return encoded brightness 0.. (1 is white) after everything that is one curve for the whole picture."""
    bent = shoulder(value, _top(settings))
    bent = contrast(bent, settings.contrast / 100)
    bent = ends(bent, settings.whites / 100, settings.blacks / 100)
    bent = curve.parametric(settings, np.clip(bent, 0.0, 1.0))
    return np.asarray(np.clip(curve.point_curve(settings.curve, bent), 0.0, 1.0), np.float32)


def _top(settings: DevelopSettings) -> float:
    return max(1.0, float(_encoded(np.array([np.cbrt(exposure.gain(settings))], np.float32))[0]))


def _encoded(lightness: Floats) -> Floats:
    return colour.encode_curve(lightness**3, SRGB)


def _ratio(before: Floats, after: Floats, lightness: Floats) -> Floats:
    """Return by what lightness is multiplied where encoded brightness goes from before to after."""
    linear = colour.decode_curve(after.astype(np.float32), SRGB)
    return np.asarray(np.cbrt(linear) / np.maximum(lightness, 1e-4), np.float32)


@lru_cache(maxsize=8)
def _tables(settings: DevelopSettings) -> tuple[Table, Table | None]:
    """Return the ratio of lightness by the curve of the whole picture, and by that of regions where there is one.

    Kept for the next picture, or the same one drawn again, with these settings.
    """
    top = float(np.cbrt(exposure.gain(settings)))
    high = max(1.05, top * 1.02)
    whole = Table.of(lambda x: _ratio(_encoded(x), global_curve(settings, _encoded(x)), x), 0.0, high)
    if not (settings.highlights or settings.shadows):
        return whole, None
    local = Table.of(
        lambda x: _ratio(_encoded(x), regions(_encoded(x), settings.highlights / 100, settings.shadows / 100), x),
        0.0,
        high,
    )
    return whole, local


def _measure(survey: Survey, settings: DevelopSettings) -> Any:
    whole, local = _tables(settings)
    if local is None:
        return whole, None, None
    radius = max(2, round(max(survey.whole.lightness.shape) * _RADIUS))
    return whole, local, guided.coefficients(survey.whole.lightness, radius, _EDGE, survey.place.height)


def _apply(lab: Lab, settings: DevelopSettings, measured: Any, place: Place) -> Lab:
    del settings
    whole, local, maps = measured
    if local is None:
        lab.scale(whole(lab.lightness))
        return lab
    gain = local(guided.base(lab.lightness, maps, place))
    steps = whole.steps(np.asarray(cv2.multiply(lab.lightness, gain), np.float32))
    cv2.multiply(gain, whole.at(steps), dst=gain)
    lab.scale(gain)
    return lab


TONE = Operation(
    name="tone",
    triggers=(
        "exposure", "contrast", "highlights", "shadows", "whites", "blacks", "curve",
        "parametric_highlights", "parametric_lights", "parametric_darks", "parametric_shadows",
    ),
    measure=_measure,
    apply=_apply,
)  # fmt: skip
