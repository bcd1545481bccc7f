"""Cut a body's time line into runs: setup, the camera's numbering, pauses, turns of focus, the pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from catalog.grouping.cuts import at_pauses, bracket_change, cadence_s, continues_bracket, setup_change
from catalog.grouping.focus_runs import FocusSeries, focus_series, is_constant, turns
from catalog.grouping.lanes import pause_s
from catalog.grouping.pictures import new_passes, new_scenes
from catalog.grouping.placed import Placed
from catalog.grouping.rules import Rules
from catalog.grouping.words import metres

Run = tuple[list[Placed], str | None]
"""Frames in shooting order, and what parts them from the run before."""

_PAUSE_FACTOR = 2.5
_PAUSE_SLACK_S = 0.5
_LONE_STEPS = 3.0


def _split(run: list[Placed], starts: Iterable[tuple[int, str]], why: str | None) -> list[Run]:
    pieces: list[Run] = []
    begin, reason = 0, why
    for at, said in starts:
        pieces.append((run[begin:at], reason))
        begin, reason = at, said
    pieces.append((run[begin:], reason))
    return pieces


def _at_changes(run: list[Placed], change: Callable[[Placed, Placed], str | None]) -> list[tuple[int, str]]:
    return [(at, said) for at in range(1, len(run)) if (said := change(run[at - 1], run[at]))]


def _is_pause(run: Sequence[Placed]) -> list[bool]:
    """Tell which pauses are longer than usual, though not so long that they part frames by themselves."""
    pauses = [pause_s(a, b) for a, b in pairwise(run)]
    cadence = cadence_s(pauses)
    resolution = max(placed.resolution for placed in run)
    limit = max(_PAUSE_FACTOR * cadence, cadence + _PAUSE_SLACK_S) + resolution
    return [pause > limit for pause in pauses]


def _turn_words(series: FocusSeries, at: int) -> str:
    before, after = series.values[at - 1], series.values[at]
    if series.unit == "m":
        return f"focus turns back from {metres(before)} to {metres(after)}"
    return f"lens position turns back from {before:.0f} to {after:.0f}"


def _at_scenes(run: list[Placed], rules: Rules) -> list[tuple[int, str]]:
    """Cut where the pictures show another scene; never inside a bracket that the camera marked."""
    return [] if run[0].shot.metadata.bracket_kind else new_scenes(run, rules)


def _at_turns(run: list[Placed], rules: Rules) -> list[tuple[int, str]]:
    """Cut where focus begins another run, by the headers or, where they are silent, by the pictures.

    Never inside a bracket that the camera numbered.
    """
    series = focus_series(run)
    if series is None or is_constant(series, rules):
        return [] if len(run) < 3 or run[0].shot.metadata.bracket_index else new_passes(run, rules)
    if len(run) < 3:
        return []
    found = [(at, _turn_words(series, at)) for at in turns(series, _is_pause(run), rules)]
    return [(at, said) for at, said in found if not continues_bracket(run[at - 1], run[at])]


def _lone_ends(run: list[Placed], rules: Rules) -> list[tuple[int, str]]:
    """Part a test shot before a sequence, or a picture after it: it lies off in time, and off in focus."""
    series = focus_series(run)
    if series is None or len(run) < 4 or series.step == 0.0:
        return []
    pause = _is_pause(run)
    found = []
    for gap, inner in ((0, 1), (len(run) - 2, len(run) - 3)):
        move = series.values[gap + 1] - series.values[gap]
        usual = series.values[inner + 1] - series.values[inner]
        off = abs(move) > _LONE_STEPS * series.step or move * usual <= 0
        if pause[gap] and off and not continues_bracket(run[gap], run[gap + 1]):
            found.append((gap + 1, "a pause, and focus does not go on from there"))
    return found


def _at_orientation(run: list[Placed]) -> list[tuple[int, str]]:
    """Cut where the camera was turned, except amid a focus run: held straight down it cannot tell which way it is."""
    series = focus_series(run)
    found = []
    for at in range(1, len(run)):
        a, b = run[at - 1].shot.metadata.orientation, run[at].shot.metadata.orientation
        goes_on = False
        if series is not None and series.step:
            move = abs(series.values[at] - series.values[at - 1])
            goes_on = 0 < move <= 2 * series.step
        if a != b and not goes_on and not continues_bracket(run[at - 1], run[at]):
            found.append((at, "the camera was turned"))
    return found


def time_runs(stretch: list[Placed], rules: Rules) -> list[Run]:
    """Cut a stretch where the setup changes and at pauses."""
    parts = _split(stretch, _at_changes(stretch, lambda a, b: setup_change(a, b, rules)), None)
    found: list[Run] = []
    for part, why in parts:
        pieces = at_pauses(part, rules)
        found += [(pieces[0][0], why), *pieces[1:]]
    return found


def focus_runs(run: Run, rules: Rules) -> list[Run]:
    """Cut a run in time where the camera's numbering, the focus or the pictures begin anew."""
    found = [run]
    steps: tuple[Callable[[list[Placed]], list[tuple[int, str]]], ...] = (
        lambda part: _at_changes(part, bracket_change),
        lambda part: _at_scenes(part, rules),
        lambda part: _at_turns(part, rules),
        lambda part: _lone_ends(part, rules),
        _at_orientation,
    )
    for step in steps:
        found = [piece for part, why in found for piece in _split(part, step(part), why)]
    return found
