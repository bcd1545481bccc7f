"""Look for places that are darker than their surroundings in the mean over unaligned frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.bands import Plane

_RADII = (1.6, 2.3, 3.2, 4.5, 6.4, 9.0, 12.8, 18.0, 25.0)
_STANDS_OUT = 3.8

LEAST_DENT = 0.012
"""Shallowest dent (natural logarithm of light) that is called a speck."""

NOISE = 0.003
"""What the dent of an empty place scatters by in the logarithm of light, at the least."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place (px of the reduced frame) with the radius at which it stands out most."""

    x: float
    y: float
    radius: float
    score: float


def _blur(plane: Plane, sigma: float) -> Plane:
    return cv2.GaussianBlur(plane, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)


def candidates(lights: Sequence[NDArray[np.float16]]) -> list[Candidate]:
    """Return places that are darker than their surroundings in the mean over the frames, the most striking first."""
    found: list[Candidate] = []
    for radius in _RADII:
        shrink = max(1, int(radius / 3.2))
        score = _standing_out(lights, radius / shrink, shrink)
        peak = cv2.dilate(score, np.ones((3, 3), np.uint8))
        ys, xs = np.nonzero((score == peak) & (score > _STANDS_OUT))
        centre = (shrink - 1) / 2
        found += [
            Candidate(x * shrink + centre, y * shrink + centre, radius, float(score[y, x]))
            for y, x in zip(ys, xs, strict=True)
        ]
    found.sort(key=lambda c: (-c.score, c.y, c.x))
    return _distinct(found)


def _distinct(ordered: list[Candidate], most: int = 1500) -> list[Candidate]:
    kept: list[Candidate] = []
    places = np.empty((most, 3))
    for candidate in ordered:
        known = places[: len(kept)]
        away = np.hypot(known[:, 0] - candidate.x, known[:, 1] - candidate.y)
        if (away < 0.7 * np.maximum(known[:, 2], candidate.radius)).any():
            continue
        places[len(kept)] = candidate.x, candidate.y, candidate.radius
        kept.append(candidate)
        if len(kept) == most:
            break
    return kept


def _standing_out(lights: Sequence[NDArray[np.float16]], radius: float, shrink: int) -> Plane:
    """Return how far each place's mean dent lies below what its surroundings' dents scatter by."""
    total = weight = None
    for light in lights:
        plane: Plane = light.astype(np.float32)
        if shrink > 1:
            size = (plane.shape[1] // shrink, plane.shape[0] // shrink)
            cut = plane[: size[1] * shrink, : size[0] * shrink]
            plane = np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), np.float32)
        dent = _blur(plane, 0.6 * radius) - _blur(plane, 1.5 * radius)
        unrest = _blur(dent * dent, 4 * radius) + NOISE**2
        sure = 1 / unrest
        total = dent * sure if total is None else total + dent * sure
        weight = sure if weight is None else weight + sure
    assert total is not None and weight is not None
    mean = total / weight
    # A strong dent must not raise its own bar, nor a few neighbours: the scatter is that of the held-back values.
    held = np.clip(mean, -0.03, 0.03)
    scatter = np.sqrt(_blur(held * held, 6 * radius)) + NOISE / 3
    score = -mean / scatter
    score[mean > -LEAST_DENT / 2] = 0
    return score
