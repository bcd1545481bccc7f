"""Make a depth map out of scattered certainty: sure places keep their depth, the others are filled from around."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.pyramid import grown
from stacker.warp import Plane

_MEDIAN = 5
_LEAST_CERTAINTY = 4.0
_SURE = 30.0
_SMALLEST = 4
# Standard deviation of the window in steps of two places: wider than the rim of a defocused glint.
_WINDOW = 1.5
_LEAST_TRUST = 1e-4
_FEW = 8
# Rows that are worked on at a time, and how far around them (px) their halving reads, in whole steps of two.
_STRIP, _HALVED_REACH = 128, 4


def smooth_depth(depth: Plane, sure: Plane) -> Plane:
    """Return `depth` (H x W float32, in frames) smooth and without holes.

    `sure` (H x W float32, 0..1) is how far each place's own depth can be believed; at 0 it is a hole. Holes are filled
    by pulling up and pushing down a pyramid of weighted means (Gortler et al. 1996, doi:10.1145/237170.237200).
    """
    height, width = depth.shape
    if min(depth.shape) <= _SMALLEST:
        return _mean(*_seen(depth, sure, slice(0, height)), float(np.median(depth)))
    total, weight = (np.empty((-(-height // 2), -(-width // 2)), np.float32) for _ in range(2))
    # Row by row, twice: fresh memory for whole planes costs more than the arithmetic.
    strips = [slice(start, min(start + _STRIP, height)) for start in range(0, height, _STRIP)]
    for rows in strips:
        around = slice(max(0, rows.start - _HALVED_REACH), min(height, rows.stop + _HALVED_REACH))
        above, place = (rows.start - around.start) // 2, slice(rows.start // 2, -(-rows.stop // 2))
        for plane, part in zip((total, weight), _seen(depth, sure, around), strict=True):
            plane[place] = cv2.pyrDown(part)[above : above + place.stop - place.start]
    below = _filled(total, weight, float(np.median(depth[::_FEW, ::_FEW])))
    out = np.empty((height, width), np.float32)
    for rows in strips:
        out[rows] = _over(*_seen(depth, sure, rows), grown(below, (width, height), rows))
    return out


def _seen(depth: Plane, sure: Plane, rows: slice) -> tuple[Plane, Plane]:
    """Return of some rows the depth, freed of lone places and times its trust, and the trust."""
    wide = slice(max(0, rows.start - _MEDIAN // 2), min(len(depth), rows.stop + _MEDIAN // 2))
    own = np.asarray(depth[rows], np.float32)
    steady = cv2.medianBlur(np.ascontiguousarray(depth[wide], np.float32), _MEDIAN)[rows.start - wide.start :][
        : len(own)
    ]
    # A place that its surroundings contradict is trusted as little as it differs.
    off = cv2.subtract(steady, own)
    np.add(cv2.multiply(off, off, dst=off), np.float32(1), out=off)
    trust = cv2.divide(sure[rows], off, dst=off)
    return cv2.multiply(steady, trust), trust


def confidence(certainty: Plane) -> Plane:
    """Return how far (0..1) a place's own depth can be believed.

    `certainty` (H x W, 0 and up) is detail to noise; from 30 a place counts fully, below 4 not at all.
    """
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


def _filled(total: Plane, weight: Plane, otherwise: float) -> Plane:
    totals, weights = [total], [weight]
    while min(totals[-1].shape) > _SMALLEST:
        totals.append(cv2.pyrDown(totals[-1]))
        weights.append(cv2.pyrDown(weights[-1]))
    out = _mean(totals[-1], weights[-1], otherwise)
    for finer, share in zip(totals[-2::-1], weights[-2::-1], strict=True):
        out = _over(finer, share, cv2.pyrUp(out, dstsize=(finer.shape[1], finer.shape[0])))
    return out


def _over(total: Plane, weight: Plane, below: Plane) -> Plane:
    """Return the mean where the weight is enough, and toward none what lies `below` it; all are used up."""
    sure = np.add(weight, weight)
    np.minimum(sure, np.float32(1), out=sure)
    np.divide(total, np.maximum(weight, np.float32(1e-6), out=weight), out=total)
    cv2.subtract(total, below, dst=total)
    cv2.multiply(total, sure, dst=total)
    return cv2.add(below, total, dst=total)


def _mean(total: Plane, weight: Plane, otherwise: float) -> Plane:
    return np.where(weight > 1e-6, total / np.maximum(weight, 1e-6), np.float32(otherwise)).astype(np.float32)
