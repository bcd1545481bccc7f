"""Say in words what a run shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from catalog.grouping.cuts import coarsest_s
from catalog.grouping.focus_runs import FocusSeries, moves_of
from catalog.grouping.lanes import follows
from catalog.grouping.placed import Placed


def metres(dioptres: float) -> str:
    """Say a distance as a photographer does."""
    if dioptres <= 0:
        return "∞"
    distance = 1.0 / dioptres
    return f"{distance:.3f} m" if distance < 1 else f"{distance:.2f} m" if distance < 10 else f"{distance:.0f} m"


def _moves(series: FocusSeries) -> tuple[int, int]:
    moves = moves_of(series)
    forward = sum([move > 0 for move in moves])
    return max(forward, len(moves) - forward), len(moves)


def focus_words(series: FocusSeries) -> str:
    """Say where focus went: 'focus runs 0.310 m → 0.352 m in 6 steps one way'."""
    first, last = series.values[0], series.values[-1]
    shown = (metres(first), metres(last)) if series.unit == "m" else (f"{first:.0f}", f"{last:.0f}")
    what = "focus" if series.unit == "m" else "lens position"
    ahead, all_moves = _moves(series)
    if not all_moves:
        return f"{what} stays at {shown[0]}"
    ways = "one way" if ahead == all_moves else f"{ahead} of {all_moves} one way"
    return f"{what} runs {shown[0]} → {shown[1]} in {all_moves} step{'s' * (all_moves > 1)}, {ways}"


def time_words(run: Sequence[Placed], cadence: float) -> str:
    """Say how many frames there are, and how fast they came."""
    if any(placed.time is None for placed in run):
        return f"{len(run)} frames with file numbers that run on; no time is known"
    resolution = coarsest_s(run)
    if cadence < resolution:
        return f"{len(run)} frames, less than {max(resolution, 0.001):g} s apart"
    return f"{len(run)} frames, {cadence:.2f} s apart"


def missing_frames(run: Sequence[Placed]) -> list[str]:
    """Name file numbers that are missing inside a run, where one or two are."""
    notes = []
    for a, b in pairwise(run):
        before, after = a.shot.counter, b.shot.counter
        if before is None or after is None or follows(before, after) or not 1 < after - before <= 3:
            continue
        between = " and ".join(str(number) for number in range(before + 1, after))
        notes.append(f"file number {between} is missing between {a.shot.name or before} and {b.shot.name or after}")
    return notes


def brightness_spread(run: Sequence[Placed]) -> float:
    """Give how far the exposure settings lie apart, in EV; 0 where they are not known."""
    known = [placed.brightness for placed in run if placed.brightness is not None]
    return max(known) - min(known) if len(known) == len(run) else 0.0


def is_even(moves: Sequence[float]) -> bool:
    """Tell whether moves are of about one size."""
    sizes = sorted(abs(move) for move in moves if move)
    return bool(sizes) and math.isfinite(sizes[-1]) and sizes[-1] <= 3.0 * sizes[(len(sizes) - 1) // 2]
