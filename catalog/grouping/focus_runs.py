"""Runs of focus: find the turns in a series of lens positions by the least costly explanation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import sub

from catalog.grouping.placed import Placed
from catalog.grouping.rules import Rules

# Prices of explaining one move. A cut costs less than two moves against the direction and more than one.
_CUT = 2.0
_CUT_IN_A_PAUSE = 1.0
_AGAINST = 1.1
_BACK_TO_START = 10.0
_FORWARD_JUMP = 0.15
_LONGEST_JUMP = 1.5
_ACROSS_A_MOVE = 0.02
"""Between two ways to cut, part frames that share one distance: that is where a turn was held."""
_SET_ANEW, _LEAST_STAY = 0.1, 3
"""Rounding to a centimetre moves a distance by less, and no stack stays on each step for three frames."""
_LATE = 0.001
"""At a turn without other signs the turning frame belongs to the run that reached it."""


@dataclass(frozen=True, slots=True)
class FocusSeries:
    """One focus value a frame, all of one scale."""

    values: tuple[float, ...]
    unit: str
    """'m' for dioptres shown as metres, or the scheme of lens positions."""
    step: float
    """The usual move between neighbours, 0 where none moves."""

    def part(self, start: int, stop: int) -> FocusSeries:
        """Give the series of some of the frames, with their own step."""
        return _series(self.values[start:stop], self.unit)


def _series(values: Sequence[float], unit: str) -> FocusSeries:
    moves = sorted(filter(None, map(abs, map(sub, values[1:], values))))
    half = len(moves) // 2
    return FocusSeries(tuple(values), unit, (moves[~half] + moves[half]) / 2 if moves else 0.0)


def focus_series(run: Sequence[Placed]) -> FocusSeries | None:
    """Give a run's focus values: lens positions where all frames have them and they move, else dioptres.

    None where the files do not say, which is more often than not.
    """
    if run and run[0].shot.metadata.focus_position is None:
        return _by_distance(run)
    schemes = {placed.shot.metadata.focus_scheme for placed in run}
    positions = [placed.shot.metadata.focus_position for placed in run]
    known = [float(position) for position in positions if position is not None]
    by_position = _series(known, next(iter(schemes)) or "") if len(known) == len(run) and len(schemes) == 1 else None
    if by_position and by_position.step:
        return by_position
    return _by_distance(run) or by_position


def _by_distance(run: Sequence[Placed]) -> FocusSeries | None:
    dioptres = [placed.dioptres for placed in run if placed.dioptres is not None]
    return _series(dioptres, "m") if run and len(dioptres) == len(run) else None


def is_constant(series: FocusSeries, rules: Rules) -> bool:
    """Tell whether focus stayed where it was, as far as its numbers show."""
    low, high = min(series.values), max(series.values)
    if series.unit == "m":
        return high - low <= rules.least_range * max(high, 1e-9)
    return high == low


def moves_of(series: FocusSeries) -> list[float]:
    """Give the moves from frame to frame, without those that stay."""
    return list(filter(None, map(sub, series.values[1:], series.values)))


def one_way(series: FocusSeries) -> float:
    """Give the share of moves that go the way that most go; 0 where nothing moves."""
    moves = moves_of(series)
    forward = sum([move > 0 for move in moves])
    return max(forward, len(moves) - forward) / len(moves) if moves else 0.0


@dataclass(frozen=True, slots=True)
class _Path:
    """The cheapest explanation so far that ends in a run going one way."""

    cost: float
    cuts: tuple[int, ...]
    start: float
    extreme: float


def _go_on(path: _Path, way: int, before: float, after: float, step: float, rules: Rules) -> _Path:
    move = (after - before) * way
    span = (path.extreme - path.start) * way
    back = (path.extreme - after) * way
    if move >= 0:
        price = min(_LONGEST_JUMP, max(0.0, move / step - rules.jump_steps) * _FORWARD_JUMP)
        # Still behind where it once was: the way back after a bump costs nothing.
    elif back >= max(rules.reversal_steps * step, rules.reversal_span * span) * (1 - 1e-9):
        price = _BACK_TO_START
    else:
        price = _AGAINST
    extreme = max(path.extreme * way, after * way) * way
    return _Path(path.cost + price, path.cuts, path.start, extreme)


def is_plain(series: FocusSeries, rules: Rules) -> bool:
    """Tell whether focus only ever goes on, without a jump: then nothing is cheaper than one run."""
    moves = list(map(sub, series.values[1:], series.values))
    low, high = min(moves), max(moves)
    return bool((low >= 0.0 or high <= 0.0) and max(high, -low) <= rules.jump_steps * series.step)


def set_anew(series: FocusSeries) -> list[int]:
    """Find the frames from which on focus stays at another distance than it stayed at before: it was set by hand.

    None where it moves within the frames of a stay: then the numbers are only coarse.
    """
    values = series.values
    at = [i for i in range(1, len(values)) if values[i] != values[i - 1]]
    if _LEAST_STAY * (len(at) + 1) > len(values):
        return []
    stays = [stop - start for start, stop in pairwise([0, *at, len(values)])]
    far = all(abs(values[i] - values[i - 1]) > _SET_ANEW * max(abs(values[i]), abs(values[i - 1])) for i in at)
    return at if min(stays) >= _LEAST_STAY and far else []


def turns(series: FocusSeries, is_pause: Sequence[bool], rules: Rules) -> list[int]:
    """Find the frames that begin a new run of focus; `is_pause[i]` tells of a pause before frame i + 1."""
    values, step = series.values, series.step
    if step == 0.0 or is_plain(series, rules):
        return []
    paths = {way: _Path(0.0, (), values[0], values[0]) for way in (1, -1)}
    for at in range(1, len(values)):
        before, after = values[at - 1], values[at]
        cheapest = min(paths.values(), key=lambda path: path.cost)
        cut = (_CUT_IN_A_PAUSE if is_pause[at - 1] else _CUT) + (_ACROSS_A_MOVE if after != before else 0.0)
        fresh = _Path(cheapest.cost + cut - _LATE * at / len(values), (*cheapest.cuts, at), after, after)
        grown = {way: _go_on(path, way, before, after, step, rules) for way, path in paths.items()}
        paths = {way: min(grown[way], fresh, key=lambda path: path.cost) for way in (1, -1)}
    return list(min(paths.values(), key=lambda path: path.cost).cuts)
