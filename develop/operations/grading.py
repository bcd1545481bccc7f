"""Colour grading: a hue and a lift for shadows, midtones, highlights and all."""

from __future__ import annotations

import colorsys
import math
from typing import Any

import cv2
import numpy as np

from develop.colour import Floats
from develop.operations import oklab
from develop.operations.oklab import Lab
from develop.operations.operation import Operation, Place, Survey, Table
from develop.settings import DevelopSettings

_TINT = 0.11
"""Oklab chroma that a full saturation adds."""
_LIFT = 0.25


def ranges(lightness: Floats, blending: float, balance: float) -> tuple[Floats, Floats, Floats]:
    """Return how much shadow, midtone and highlight each lightness is (they sum to 1)."""
    # Balance above zero gives the highlights more room.
    middle = 0.5 - 0.25 * balance / 100
    width = 0.12 + 0.38 * blending / 100
    shadow = _step((middle - 0.5 * width - lightness) / width + 0.5)
    highlight = _step((lightness - middle - 0.5 * width) / width + 0.5)
    return shadow, np.asarray(np.maximum(1.0 - shadow - highlight, 0.0), np.float32), highlight


def _measure(survey: Survey, settings: DevelopSettings) -> Any:
    del survey

    def tint(axis: int, lightness: Floats) -> Floats:
        total = np.zeros_like(lightness)
        shares = (*ranges(lightness, settings.grade_blending, settings.grade_balance), np.ones_like(lightness))
        for name, share in zip(("shadow", "midtone", "highlight", "global"), shares, strict=True):
            hue = oklab.hue_of(*colorsys.hsv_to_rgb(getattr(settings, f"grade_{name}_hue") / 360, 1.0, 1.0))
            amount = getattr(settings, f"grade_{name}_saturation") / 100 * _TINT
            total += share * np.float32(amount * (math.cos(hue), math.sin(hue))[axis])
        # Black and white have no room for colour.
        room = np.clip(lightness / 0.25, 0.0, 1.0) * np.clip((1.0 - lightness) / 0.12, 0.0, 1.0)
        return np.asarray(total * np.sqrt(room), np.float32)

    def lift(lightness: Floats) -> Floats:
        shares = ranges(lightness, settings.grade_blending, settings.grade_balance)
        names = ("shadow", "midtone", "highlight")
        total = np.full_like(lightness, settings.grade_global_luminance / 100)
        for name, share in zip(names, shares, strict=True):
            total += share * np.float32(getattr(settings, f"grade_{name}_luminance") / 100)
        moved = lightness + _LIFT * total * np.clip(lightness, 0, 1) * np.clip(1.2 - lightness, 0, 1.2)
        return np.asarray(np.maximum(moved, 0.0) / np.maximum(lightness, 1e-4), np.float32)

    return Table.of(lambda x: tint(0, x), 0.0, 1.2), Table.of(lambda x: tint(1, x), 0.0, 1.2), Table.of(lift, 0.0, 1.2)


def _apply(lab: Lab, settings: DevelopSettings, measured: Any, place: Place) -> Lab:
    del settings, place
    tint_a, tint_b, lift = measured
    steps = tint_a.steps(lab.lightness)
    cv2.add(lab.a, tint_a.at(steps), dst=lab.a)
    cv2.add(lab.b, tint_b.at(steps), dst=lab.b)
    lab.scale(lift.at(steps))
    return lab


def _step(x: Floats) -> Floats:
    inside = np.clip(x, 0.0, 1.0)
    return np.asarray(inside * inside * (3.0 - 2.0 * inside), np.float32)


_RANGES = ("shadow", "midtone", "highlight", "global")
GRADING = Operation(
    name="grading",
    triggers=tuple(f"grade_{name}_{what}" for name in _RANGES for what in ("saturation", "luminance")),
    measure=_measure,
    apply=_apply,
)
