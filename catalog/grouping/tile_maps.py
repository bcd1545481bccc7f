"""Compare the tile maps of previews: plain numbers, no arrays, so that grouping stays light."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul
from statistics import fmean

from catalog.grouping.evidence import COLUMNS, ROWS, PreviewEvidence

_GAMMA = 2.2
_LEAST_OVERLAP = 0.25
_SIDEWAYS = 2
"""A panorama goes along one side; across it the camera wobbles by a few tiles."""
_DRIFT = 5
_STILL = 0.985
"""Tile maps that correlate by more have nothing left for a shift to explain."""


def correlation(a: Sequence[float], b: Sequence[float]) -> float:
    """Give Pearson's correlation of two equally long series, -1..1; 1 where both are flat."""
    mean_a, mean_b = fmean(a), fmean(b)
    cov = sum(map(mul, a, b)) - len(a) * mean_a * mean_b
    var_a = sum(map(mul, a, a)) - len(a) * mean_a * mean_a
    var_b = sum(map(mul, b, b)) - len(b) * mean_b * mean_b
    if var_a <= 1e-6 or var_b <= 1e-6:
        return 1.0 if var_a <= 1e-6 and var_b <= 1e-6 else 0.0
    return float(max(-1.0, min(1.0, cov / math.sqrt(var_a * var_b))))


def _shifted(a: Sequence[int], b: Sequence[int], dx: int, dy: int) -> float:
    """Correlate where the maps overlap when the second lies `dx` tiles right and `dy` down of the first."""
    left, right = max(0, dx), min(COLUMNS, COLUMNS + dx)
    first: list[int] = []
    second: list[int] = []
    for row in range(max(0, dy), min(ROWS, ROWS + dy)):
        first += a[row * COLUMNS + left : row * COLUMNS + right]
        other = (row - dy) * COLUMNS
        second += b[other + left - dx : other + right - dx]
    return correlation(first, second)


def shift_between(a: PreviewEvidence, b: PreviewEvidence) -> tuple[float, float]:
    """Give how far a second picture lies along from a first, as a share of the side, and how well it then matches.

    Along one side, with a little wobble across: what a panorama does. The match is a correlation, -1..1.
    """
    along_x = [
        (dx, dy)
        for dx in range(-int(COLUMNS * (1 - _LEAST_OVERLAP)), int(COLUMNS * (1 - _LEAST_OVERLAP)) + 1)
        for dy in range(-_SIDEWAYS, _SIDEWAYS + 1)
    ]
    along_y = [
        (dx, dy)
        for dy in range(-int(ROWS * (1 - _LEAST_OVERLAP)), int(ROWS * (1 - _LEAST_OVERLAP)) + 1)
        for dx in range(-_SIDEWAYS, _SIDEWAYS + 1)
    ]
    match, offset = max((_shifted(a.light, b.light, dx, dy), (dx, dy)) for dx, dy in {*along_x, *along_y})
    return max(abs(offset[0]) / COLUMNS, abs(offset[1]) / ROWS), match


def drift_between(a: PreviewEvidence, b: PreviewEvidence) -> tuple[int, float]:
    """Give by how many tiles a second picture seems moved, and what share of the difference that leaves unexplained.

    A few tiles at most; 0 and 1.0 where the pictures lie on each other as they are.
    """
    still = _shifted(a.light, b.light, 0, 0)
    if still >= _STILL:
        return 0, 1.0
    offsets = [(dx, dy) for dx in range(-_DRIFT, _DRIFT + 1) for dy in range(-_SIDEWAYS, _SIDEWAYS + 1)]
    match, tiles = max((_shifted(a.light, b.light, dx, dy), -abs(dx) - abs(dy)) for dx, dy in offsets)
    return -tiles, (1.0 - match) / (1.0 - still)


def stops_of_light(evidence: PreviewEvidence) -> float:
    """Give the mean brightness of a preview in stops."""
    return math.log2(fmean((value / 255.0) ** _GAMMA for value in evidence.light) + 1e-6)


def detail_maps(run: Sequence[PreviewEvidence]) -> list[list[float]]:
    """Give each frame's detail in the tiles that ever have some, in log2 of energy, less the frame's own median.

    What all tiles have in common is shake or exposure; what is left is where the frame is sharp.
    """
    peak = [max(values) for values in zip(*(evidence.detail for evidence in run), strict=True)]
    floor = sorted(peak)[len(peak) // 2]
    chosen = [at for at, value in enumerate(peak) if value >= floor]
    maps = []
    for evidence in run:
        values = [evidence.detail[at] / 20.0 for at in chosen]
        middle = sorted(values)[len(values) // 2]
        maps.append([value - middle for value in values])
    return maps


def distance(a: Sequence[float], b: Sequence[float]) -> float:
    """Give the mean difference of two detail maps."""
    return sum(map(abs, map(float.__sub__, a, b))) / len(a)
