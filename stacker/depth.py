"""Make a depth map out of scattered certainty: sure places keep their depth, the others are filled from around."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.warp import Plane

_MEDIAN = 5
_LEAST_CERTAINTY = 4.0
_SURE = 30.0
_SMALLEST = 4
# Standard deviation of the window in steps of two places: wider than the rim of a defocused glint.
_WINDOW = 1.5
_LEAST_TRUST = 1e-4


def smooth_depth(depth: Plane, certainty: Plane) -> Plane:
    """Return `depth` (H x W float32, in frames) smooth and without holes.

    `certainty` (H x W, 0 and up) is detail to noise; from 30 a place counts fully, below 4 it is a hole. Holes are
    filled by pulling up and pushing down a pyramid of weighted means (Gortler et al. 1996, doi:10.1145/237170.237200).
    """
    steady = cv2.medianBlur(np.ascontiguousarray(depth, np.float32), _MEDIAN)
    # A place that its surroundings contradict is trusted as little as it differs.
    off = cv2.subtract(steady, depth, dtype=cv2.CV_32F)
    np.add(cv2.multiply(off, off, dst=off), np.float32(1), out=off)
    return _filled(steady, cv2.divide(confidence(certainty), off, dst=off))


def confidence(certainty: Plane) -> Plane:
    """Return how far (0..1) a place's own depth can be believed."""
    over = np.subtract(certainty, np.float32(_LEAST_CERTAINTY), dtype=np.float32)
    np.divide(over, np.float32(_SURE - _LEAST_CERTAINTY), out=over)
    return np.asarray(np.clip(over, 0, 1, out=over))


def neighbourhood(winner: NDArray[np.uint16], certainty: Plane) -> tuple[Plane, Plane]:
    """Return the mean and the variance (H x W float32, in frames) of the winners around each place.

    Surer places count more, and lone ones not at all. On a surface the variance is small; it is large where near
    and far meet, among hairs, and where only noise has won.
    """
    # Every other place is enough for a mean over a window.
    place = cv2.medianBlur(winner, _MEDIAN)[::2, ::2].astype(np.float32)
    trust = confidence(certainty[::2, ::2]) + np.float32(_LEAST_TRUST)
    weighted = cv2.multiply(trust, place)
    sums = [cv2.GaussianBlur(each, (0, 0), _WINDOW) for each in (trust, weighted, cv2.multiply(weighted, place))]
    mean = cv2.divide(sums[1], sums[0])
    variance = np.maximum(cv2.divide(sums[2], sums[0]) - cv2.multiply(mean, mean), np.float32(0))
    size = (winner.shape[1], winner.shape[0])
    return cv2.resize(mean, size), cv2.resize(variance, size)


def _filled(depth: Plane, trust: Plane) -> Plane:
    sums, weights = [cv2.multiply(depth, trust)], [trust]
    while min(sums[-1].shape) > _SMALLEST:
        sums.append(cv2.pyrDown(sums[-1]))
        weights.append(cv2.pyrDown(weights[-1]))
    out = _mean(sums[-1], weights[-1], float(np.median(depth)))
    for total, weight in zip(sums[-2::-1], weights[-2::-1], strict=True):
        below = cv2.pyrUp(out, dstsize=(total.shape[1], total.shape[0]))
        # All in memory that was written to before: fresh memory costs more than the arithmetic.
        sure = np.add(weight, weight)
        np.minimum(sure, np.float32(1), out=sure)
        np.divide(total, np.maximum(weight, np.float32(1e-6), out=weight), out=total)
        cv2.subtract(total, below, dst=total)
        cv2.multiply(total, sure, dst=total)
        out = cv2.add(below, total, dst=below)
    return out


def _mean(total: Plane, weight: Plane, otherwise: float) -> NDArray[Any]:
    return np.where(weight > 1e-6, total / np.maximum(weight, 1e-6), np.float32(otherwise)).astype(np.float32)
