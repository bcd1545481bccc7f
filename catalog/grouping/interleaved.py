"""Exposure brackets at every step of focus: one focus sequence for each exposure."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.grouping.focus_runs import FocusSeries, focus_series, is_constant, one_way
from catalog.grouping.pictures import look
from catalog.grouping.placed import Placed
from catalog.grouping.rules import Rules

_LARGEST_BRACKET = 9
_SAME_EV = 0.2


def _repeats(values: Sequence[float], period: int) -> bool:
    if len(values) % period or len(values) < 3 * period:
        return False
    return all(abs(value - values[i % period]) <= _SAME_EV for i, value in enumerate(values))


def exposure_sets(run: Sequence[Placed], rules: Rules) -> list[list[Placed]] | None:
    """Part a run into one focus series an exposure; None where it is no such thing.

    The exposure repeats with a period; focus stays within a period and goes one way from period to period, by the
    distances or, where these are silent, by the pictures of each exposure.
    """
    levels = [placed.brightness for placed in run if placed.brightness is not None]
    if len(levels) < len(run) or max(levels) - min(levels) < rules.exposure_spread_ev:
        return None
    series = focus_series(run)
    moves = series is not None and not is_constant(series, rules)
    for period in range(2, _LARGEST_BRACKET + 1):
        if not _repeats(levels, period):
            continue
        sets = [list(run[offset::period]) for offset in range(period)]
        if _steps(series, period, rules) if moves and series else _wanders(sets, rules):
            return sets
    return None


def _steps(series: FocusSeries, period: int, rules: Rules) -> bool:
    first = series.values[::period]
    steady = all(value == first[i // period] for i, value in enumerate(series.values))
    return steady and one_way(series) >= rules.least_one_way


def _wanders(sets: Sequence[Sequence[Placed]], rules: Rules) -> bool:
    """Tell whether focus moves by the pictures of most exposures; the darkest may show too little."""
    shown = [look(part, rules) for part in sets]
    return 2 * sum(each is not None and each.kind == "focus" for each in shown) > len(sets)
