"""Curves: parametric and by points, as functions of encoded brightness 0..1."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np

from develop import colour
from develop.colour import Floats, Matrix
from develop.declaration import Curve
from develop.image import SRGB
from develop.operations.operation import Table
from develop.settings import DevelopSettings

CHANNELS = ("curve_red", "curve_green", "curve_blue")
_REGION = 0.14
"""How far a region at 100 moves its middle."""


def point_curve(points: Curve, value: Floats) -> Floats:
    """Return the curve through points (0..255) at encoded values 0..1; level outside the first and last.

    Monotone cubic, so that it never swings over between two points: Fritsch, Carlson 1980, doi:10.1137/0717021.
    """
    if not points:
        return value
    x, y = (np.array(axis, np.float64) / 255.0 for axis in zip(*points, strict=True))
    at = np.clip(value.astype(np.float64), x[0], x[-1])
    piece = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    width, slope = np.diff(x), np.diff(y) / np.diff(x)
    tangent = _tangents(width, slope)
    h = width[piece]
    t = (at - x[piece]) / h
    start = (1 + 2 * t) * (1 - t) ** 2 * y[piece] + t * (1 - t) ** 2 * h * tangent[piece]
    end = t**2 * (3 - 2 * t) * y[piece + 1] + t**2 * (t - 1) * h * tangent[piece + 1]
    return np.asarray(start + end, np.float32)


def _tangents(width: Matrix, slope: Matrix) -> Matrix:
    """Return slopes at the points: the weighted harmonic mean of their sides, zero at a turn."""
    if len(slope) == 1:
        return np.array([slope[0], slope[0]])
    before, after = slope[:-1], slope[1:]
    first, second = 2 * width[1:] + width[:-1], width[1:] + 2 * width[:-1]
    same = before * after > 0
    safe_before, safe_after = np.where(same, before, 1.0), np.where(same, after, 1.0)
    inner = np.where(same, (first + second) / (first / safe_before + second / safe_after), 0.0)
    return np.concatenate(([slope[0]], inner, [slope[-1]]))


def parametric(settings: DevelopSettings, value: Floats) -> Floats:
    """Return encoded values after the four regions: each lifts or lowers its range, smoothly, and stays in order."""
    amounts = (
        settings.parametric_shadows,
        settings.parametric_darks,
        settings.parametric_lights,
        settings.parametric_highlights,
    )
    if not any(amounts):
        return value
    splits = (
        settings.parametric_shadow_split / 100,
        settings.parametric_midtone_split / 100,
        settings.parametric_highlight_split / 100,
    )
    edges = (0.0, *splits, 1.0)
    moved = np.array(value, np.float32)
    for index, amount in enumerate(amounts):
        low, high = edges[max(index - 1, 0)], edges[min(index + 2, 4)]
        middle = (edges[index] + edges[index + 1]) / 2
        rise = np.clip((value - low) / (middle - low), 0.0, 1.0)
        fall = np.clip((high - value) / (high - middle), 0.0, 1.0)
        bump = _smooth(np.minimum(rise, fall))
        # The bump's steepest slope is 1.5 over its narrower side; kept below a half each, two neighbours stay in order.
        reach = min(_REGION, 0.3 * min(middle - low, high - middle))
        moved += np.float32(amount / 100 * reach) * bump
    return np.asarray(np.maximum.accumulate(moved), np.float32)


def channel_tables(settings: DevelopSettings) -> tuple[Table, Table, Table] | None:
    """Return one table of linear light a channel, over its square root 0..1; None where no channel has a curve."""
    curves = [getattr(settings, name) for name in CHANNELS]
    if not any(curves):
        return None
    red, green, blue = (Table.of(partial(_on_light, points), 0.0, 1.0) for points in curves)
    return red, green, blue


def apply_channels(linear: Floats, tables: tuple[Table, Table, Table]) -> Floats:
    """Return linear working RGB with each channel through its table; light above 1 is taken as 1."""
    roots = np.sqrt(np.clip(linear, 0.0, 1.0))
    merged = cv2.merge([table(np.ascontiguousarray(roots[..., index])) for index, table in enumerate(tables)])
    return np.asarray(merged, np.float32)


def _on_light(points: Curve, root: Floats) -> Floats:
    encoded = colour.encode_curve(root * root, SRGB)
    return colour.decode_curve(np.clip(point_curve(points, encoded), 0.0, 1.0), SRGB)


def _smooth(x: Floats) -> Floats:
    return x * x * (3.0 - 2.0 * x)
