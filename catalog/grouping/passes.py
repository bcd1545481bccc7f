"""Find where sharpness begins another pass through one scene: it leaps back to the start, or turns round."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, pairwise
from statistics import fmean, median

from catalog.grouping.placed import Placed
from catalog.grouping.rules import Rules
from catalog.grouping.tile_maps import detail_maps, distance

_Maps = Sequence[Sequence[float]]

_RESET = 1.8
_BACK = 0.6
"""A leap so many times the usual step, to a frame so much nearer to an early one, may begin another pass."""
_MIRRORED = 0.5
"""Frames that lie so near each other, against what frames as far apart elsewhere do, mirror each other."""
_NEAR = 3
"""Frames about a turn mirror each other more or less: the best of so many is where it is."""
_ALIKE = 0.6
"""Each frame of a second pass has its like in the first one, much nearer than the frames of a pass lie apart."""


def new_passes(run: Sequence[Placed], rules: Rules) -> list[tuple[int, str]]:
    """Find the frames at which sharpness begins another pass through one scene, with the reason."""
    seen = [placed.shot.evidence for placed in run if placed.shot.evidence is not None]
    if len(seen) < len(run) or len(seen) < 2 * rules.least_frames - 1:
        return []
    maps = detail_maps(seen)
    if fmean(max(values) - min(values) for values in zip(*maps, strict=True)) < rules.detail_moves:
        return []
    usual = median(distance(a, b) for a, b in pairwise(maps))
    found: list[tuple[int, str]] = []
    begin, at = 0, 2
    while usual > 0 and at < len(maps) - 1:
        best = min((_again(maps, begin, each, usual), each) for each in range(at, min(at + _NEAR, len(maps) - 1)))
        found_here = _again(maps, begin, at, usual)[0] < math.inf
        if found_here and _is_gone_through_again(maps[begin : best[1]], maps[best[1] :]):
            (_, said), begin = best
            found.append((begin, said))
            at = begin + 2
        else:
            at += 1
    return found


def _again(maps: _Maps, begin: int, at: int, usual: float) -> tuple[float, str]:
    """Give how badly frames fit a pass that begins at one of them, infinity where they do not, and what they show."""
    if _leaps_back(maps, begin, at, _RESET * usual):
        return 0.0, "sharpness leaps back to where the pictures before began"
    return (_mirrored(maps, at) if at - begin >= 3 else math.inf), "sharpness turns and goes back the way it came"


def _is_gone_through_again(before: _Maps, after: _Maps) -> bool:
    """Tell whether all that the shorter of two passes shows was seen in the other; where focus goes on, little was."""
    shorter, longer = (before, after) if len(before) <= len(after) else (after, before)
    apart = fmean(distance(a, b) for a, b in combinations(shorter, 2))
    return fmean(min(distance(a, b) for b in longer) for a in shorter) <= _ALIKE * apart


def _leaps_back(maps: _Maps, begin: int, at: int, far: float) -> bool:
    """Tell whether a pass begins: far from the frame before, near an earlier one, and no mere slip of one frame."""
    leap = distance(maps[at - 1], maps[at])
    if leap < far or distance(maps[at - 1], maps[at + 1]) < far:
        return False
    return any(distance(maps[j], maps[at]) < _BACK * leap for j in range(begin, at - 1))


def _mirrored(maps: _Maps, at: int) -> float:
    """Tell how far the frames from `at` on are from mirroring those before it, about the last one or about the gap.

    Infinity where they do not: frames as far apart lie not much further from each other where focus goes on.
    """
    fits = [math.inf]
    for last in (at - 2, at - 1):
        mirrored = [(last - i, at + i) for i in (1, 2) if last - i >= 0 and at + i < len(maps)]
        if len(mirrored) == 2:
            fit = [_unlike(maps, a, b, last, at) for a, b in mirrored]
            fits += [sum(fit)] if max(fit) < _MIRRORED else []
    return min(fits)


def _unlike(maps: _Maps, a: int, b: int, last: int, at: int) -> float:
    after, before = min(at + b - a, len(maps) - 1), max(last - b + a, 0)
    usual = max(distance(maps[at], maps[after]), distance(maps[last], maps[before]))
    return distance(maps[a], maps[b]) / usual if usual else math.inf
