"""Look for places that are darker than their surroundings in the shading of the sensor."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import chain, product

import cv2
import numpy as np

from stacker.bands import Plane

_RADII = (1.6, 2.3, 3.2, 4.5, 6.4, 9.0, 12.8, 18.0, 25.0)
_STANDS_OUT = 3.0
_MOST = 600
_COARSE = 4

LEAST_DENT = 0.012
"""Shallowest dent (natural logarithm of light) that is called a speck."""

NOISE = 0.003
"""What the dent of an empty place scatters by in the logarithm of light, at the least."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place (px of the reduced frame) with the radius at which it stands out most; `score` is how far."""

    x: float
    y: float
    radius: float
    score: float


def _blur(plane: Plane, sigma: float) -> Plane:
    return cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)


def candidates(fields: Sequence[Plane], pool: Executor) -> list[Candidate]:
    """Return places that are darker than their surroundings in each of `fields`, the most striking first."""
    looks = list(product(fields, _RADII))
    of_each = list(pool.map(lambda look: _candidates(*look), looks))
    many = len(_RADII)
    every = (chain(*of_each[start : start + many]) for start in range(0, len(looks), many))
    return [each for found in every for each in _distinct(sorted(found, key=lambda c: (-c.score, c.y, c.x)))]


def _candidates(field: Plane, radius: float) -> list[Candidate]:
    shrink = max(1, int(radius / 3.2))
    score = _standing_out(field, radius / shrink, shrink)
    peak = cv2.dilate(score, np.ones((3, 3), np.uint8))
    ys, xs = np.nonzero((score == peak) & (score > _STANDS_OUT))
    centre, scores = (shrink - 1) / 2, score[ys, xs]
    best = np.argsort(-scores, kind="stable")[: 2 * _MOST]
    return [
        Candidate(float(x * shrink + centre), float(y * shrink + centre), radius, float(most))
        for y, x, most in zip(ys[best], xs[best], scores[best], strict=True)
    ]


def _distinct(ordered: list[Candidate]) -> list[Candidate]:
    kept: list[Candidate] = []
    places = np.empty((_MOST, 3))
    for candidate in ordered:
        known = places[: len(kept)]
        away = np.hypot(known[:, 0] - candidate.x, known[:, 1] - candidate.y)
        if (away < 0.7 * np.maximum(known[:, 2], candidate.radius)).any():
            continue
        places[len(kept)] = candidate.x, candidate.y, candidate.radius
        kept.append(candidate)
        if len(kept) == _MOST:
            break
    return kept


def _standing_out(field: Plane, radius: float, shrink: int) -> Plane:
    """Return how far each place's dent lies below what its surroundings' dents scatter by."""
    plane = field
    if shrink > 1:
        size = (plane.shape[1] // shrink, plane.shape[0] // shrink)
        plane = cv2.resize(plane[: size[1] * shrink, : size[0] * shrink], size, interpolation=cv2.INTER_AREA)
    dent = _blur(plane, 0.6 * radius) - _blur(plane, 1.5 * radius)
    # A strong dent must not raise its own bar, nor a few neighbours: the scatter is that of the held-back values.
    held = np.clip(dent, -0.03, 0.03)
    small = max(1, plane.shape[1] // _COARSE), max(1, plane.shape[0] // _COARSE)
    power = _blur(cv2.resize(held * held, small, interpolation=cv2.INTER_AREA), 6 * radius / _COARSE)
    scatter = np.sqrt(cv2.resize(power, (plane.shape[1], plane.shape[0]))) + NOISE / 3
    score = -dent / scatter
    score[dent > -LEAST_DENT / 2] = 0
    return np.asarray(score)
