"""Exposure brackets at every step of focus: one focus sequence for each exposure."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.grouping.focus_runs import focus_series, is_constant, one_way
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

    The exposure repeats with a period, focus stays within a period and goes one way from period to period.
    """
    levels = [placed.brightness for placed in run if placed.brightness is not None]
    if len(levels) < len(run) or max(levels) - min(levels) < rules.exposure_spread_ev:
        return None
    series = focus_series(run)
    if series is None or is_constant(series, rules):
        return None
    for period in range(2, _LARGEST_BRACKET + 1):
        if not _repeats(levels, period):
            continue
        first = series.values[::period]
        steady = all(value == first[i // period] for i, value in enumerate(series.values))
        if steady and one_way(series) >= rules.least_one_way:
            return [list(run[offset::period]) for offset in range(period)]
    return None
