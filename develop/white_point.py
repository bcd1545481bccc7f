"""The colour of light as two numbers, temperature and tint, and back to chromaticity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LOWEST, HIGHEST = 2000.0, 50000.0
MOST_TINT = 150.0
TINT_STEP: Final = 1 / 3000
"""Tint moves across the lines of equal temperature by 1/3000 of the CIE 1960 uv plane a step."""


@dataclass(frozen=True, slots=True)
class WhitePoint:
    """Light by its correlated colour temperature in kelvin, and its tint across that line.

    A positive tint says that the light was greener than the black body, and so makes the picture more magenta.
    """

    temperature: float
    tint: float = 0.0

    def within_range(self) -> WhitePoint:
        """Return the point rounded to whole kelvin and tint, moved into what settings can say."""
        temperature = round(min(max(self.temperature, LOWEST), HIGHEST))
        return WhitePoint(float(temperature), float(round(min(max(self.tint, -MOST_TINT), MOST_TINT))))

    def shifted(self, warmer: float, magenta: float) -> WhitePoint:
        """Return the light that makes the picture warmer and more magenta by so many steps of -100..100."""
        mired = 1e6 / self.temperature - warmer * 0.8
        return WhitePoint(1e6 / max(mired, 1e6 / HIGHEST), self.tint + magenta)

    def xy(self) -> tuple[float, float]:
        """Return the chromaticity (CIE 1931 xy)."""
        u, v = _locus(1e6 / self.temperature)
        across_u, across_v = _across(1e6 / self.temperature)
        u, v = u + self.tint * TINT_STEP * across_u, v + self.tint * TINT_STEP * across_v
        scale = 2 * u - 8 * v + 4
        return 3 * u / scale, 2 * v / scale


def white_point_of(xy: tuple[float, float]) -> WhitePoint:
    """Return temperature and tint of a chromaticity: the foot of its perpendicular on the black-body line."""
    x, y = xy
    scale = -2 * x + 12 * y + 3
    u, v = 4 * x / scale, 6 * y / scale
    low, high = 1e6 / 60000, 1e6 / 1500
    for _ in range(60):
        # The signed distance along the line is monotonous in mired, so halving finds the foot.
        middle = (low + high) / 2
        here_u, here_v = _locus(middle)
        along_u, along_v = _along(middle)
        if (u - here_u) * along_u + (v - here_v) * along_v > 0:
            low = middle
        else:
            high = middle
    mired = (low + high) / 2
    here_u, here_v = _locus(mired)
    across_u, across_v = _across(mired)
    tint = ((u - here_u) * across_u + (v - here_v) * across_v) / TINT_STEP
    return WhitePoint(1e6 / mired, tint)


def white_point_of_camera(multipliers: Sequence[float], xyz_to_camera: Sequence[Sequence[float]]) -> WhitePoint | None:
    """Return the light that a camera's white balance holds white.

    `multipliers` are those of red, green and blue; `xyz_to_camera` the 3 x 3 matrix of its colour profile (D65).
    None where they say nothing: zeros, or a light that is no colour.
    """
    if min(multipliers[:3]) <= 0:
        return None
    # Neutral is what the multipliers bring to equal values.
    response = [1.0 / m for m in multipliers[:3]]
    rows = [list(row[:3]) for row in xyz_to_camera[:3]]
    whole = _determinant(rows)
    if abs(whole) < 1e-12:
        return None
    xyz = [_determinant(_with_column(rows, column, response)) / whole for column in range(3)]
    total = sum(xyz)
    if total <= 0 or min(xyz) <= 0:
        return None
    return white_point_of((xyz[0] / total, xyz[1] / total))


def _with_column(rows: list[list[float]], column: int, values: list[float]) -> list[list[float]]:
    return [[*row[:column], value, *row[column + 1 :]] for row, value in zip(rows, values, strict=True)]


def _determinant(m: list[list[float]]) -> float:
    return (
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
        - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    )


def _locus(mired: float) -> tuple[float, float]:
    """Return the black body in CIE 1960 uv; Krystek 1985, doi:10.1002/col.5080100109."""
    t = 1e6 / mired
    u = (0.860117757 + 1.54118254e-4 * t + 1.28641212e-7 * t * t) / (1 + 8.42420235e-4 * t + 7.08145163e-7 * t * t)
    v = (0.317398726 + 4.22806245e-5 * t + 4.20481691e-8 * t * t) / (1 - 2.89741816e-5 * t + 1.61456053e-7 * t * t)
    return u, v


def _along(mired: float) -> tuple[float, float]:
    step = 0.01
    (u0, v0), (u1, v1) = _locus(mired - step), _locus(mired + step)
    length = math.hypot(u1 - u0, v1 - v0)
    return (u1 - u0) / length, (v1 - v0) / length


def _across(mired: float) -> tuple[float, float]:
    """Return the direction across the line towards green (higher v)."""
    along_u, along_v = _along(mired)
    return (-along_v, along_u) if along_u > 0 else (along_v, -along_u)
