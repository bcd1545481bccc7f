"""Cut a body's time line into runs: setup, the camera's numbering, pauses, turns of focus, the pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from catalog.grouping.cuts import (
    at_pauses,
    bracket_change,
    cadence_s,
    coarsest_s,
    continues_bracket,
    longest_usual_pause_s,
    setup_change,
)
from catalog.grouping.focus_runs import FocusSeries, focus_series, is_constant, is_plain, set_anew, turns
from catalog.grouping.intruders import Run, without_other_scenes, without_other_setups
from catalog.grouping.lanes import pause_s, pauses_s
from catalog.grouping.passes import new_passes
from catalog.grouping.pictures import new_scenes
from catalog.grouping.placed import Placed
from catalog.grouping.rules import Rules
from catalog.grouping.tile_maps import correlation
from catalog.grouping.words import metres

_PAUSE_FACTOR = 2.5
_PAUSE_SLACK_S = 0.5
_LONE_STEPS = 3.0
_COARSE = 3


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
    pauses = pauses_s(run)
    cadence = cadence_s(pauses)
    limit = max(_PAUSE_FACTOR * cadence, cadence + _PAUSE_SLACK_S) + coarsest_s(run)
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
    if len(run) < 3:
        return []
    numbered = bool(run[0].shot.metadata.bracket_index)
    if series is None or is_constant(series, rules):
        return [] if numbered else new_passes(run, rules)
    found = [(at, _turn_words(series, at)) for at in turns(series, _is_pause(run), rules)]
    found = found or [(at, "focus was set anew and then stays") for at in set_anew(series)]
    if not found and not numbered and _is_coarse(series):
        found = new_passes(run, rules)
    return [(at, said) for at, said in found if not continues_bracket(run[at - 1], run[at])]


def _is_coarse(series: FocusSeries) -> bool:
    """Tell whether most frames bear the distance of the one before: then a turn may not show in the numbers."""
    moved = sum(a != b for a, b in pairwise(series.values))
    return _COARSE * moved < len(series.values)


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


def _handed_over(pieces: list[Run], rules: Rules) -> list[Run]:
    """Give the end frame of a fast run to the slow one beside it where its focus, or its picture, is of that one.

    By the pace of the fast run alone the pause between that frame and the slow run is a long one.
    """
    found = pieces[:1]
    for run, why in pieces[1:]:
        before, before_why = found[-1]
        if len(before) > 1 and len(run) > 2 and _is_of(run, before[-1], before[-2], rules):
            found[-1:] = [(before[:-1], before_why), ([before[-1], *run], "focus or picture begin anew")]
        elif len(run) > 1 and len(before) > 2 and _is_of(before[::-1], run[0], run[1], rules):
            found[-1:] = [([*before, run[0]], before_why), (run[1:], "focus or picture begin anew")]
        else:
            found.append((run, why))
    return found


def _pauses_either_way(run: Sequence[Placed]) -> list[float]:
    """Give the pauses of a run that may be turned about."""
    return [max(pause_s(a, b), pause_s(b, a)) for a, b in pairwise(run)]


def _is_of(run: Sequence[Placed], frame: Placed, other: Placed, rules: Rules) -> bool:
    """Tell whether a frame is of the run that it lies next to the first of, not of the one with its other neighbour."""
    gap, *pauses = _pauses_either_way([frame, *run])
    if gap > longest_usual_pause_s(pauses, max(frame.resolution, run[0].resolution), rules):
        return False
    old, new, here = other.shot.evidence, frame.shot.evidence, run[0].shot.evidence
    if old is not None and new is not None and here is not None:
        changed = correlation(old.light, new.light) < rules.same_scene
        return changed and correlation(new.light, here.light) >= rules.same_scene
    series = focus_series([other, frame, *run])
    if series is None:
        return False
    usual = series.part(2, len(series.values))
    come, go = series.values[1] - series.values[0], series.values[2] - series.values[1]
    way = series.values[-1] - series.values[2]
    goes_on = go * way > 0 and abs(go) <= 2 * usual.step
    return goes_on and (come * way <= 0 or abs(come) > _LONE_STEPS * usual.step)


def time_runs(stretch: list[Placed], rules: Rules) -> list[Run]:
    """Cut a stretch where the setup changes and at pauses."""
    setup = stretch[0].setup
    is_one = all(placed.setup == setup for placed in stretch)
    changes = [] if is_one else _at_changes(stretch, lambda a, b: setup_change(a, b, rules))
    parts = _split(stretch, changes, None)
    parts, intruders = without_other_setups(parts, rules) if len(parts) > 2 else (parts, [])
    found: list[Run] = []
    for part, why in parts:
        pieces = _handed_over(at_pauses(part, rules), rules)
        found += [(pieces[0][0], why), *pieces[1:]]
    return [*found, *intruders]


def _goes_on_throughout(run: list[Placed], rules: Rules) -> bool:
    """Tell at a glance whether nothing can part a run: most are so, and a catalog has many."""
    first = run[0].shot.metadata
    for placed in run:
        known = placed.shot.metadata
        if known.bracket_kind is not None or placed.shot.evidence is not None:
            return False
        if known.orientation != first.orientation:
            return False
    series = focus_series(run)
    if series is None or series.step == 0.0:
        return True
    return is_plain(series, rules) and not set_anew(series) and not any(_is_pause(run))


def focus_runs(run: Run, rules: Rules) -> list[Run]:
    """Cut a run in time where the camera's numbering, the focus or the pictures begin anew."""
    if _goes_on_throughout(run[0], rules):
        return [run]
    rest, intruders = without_other_scenes(run[0], rules)
    found: list[Run] = [(rest, run[1])]
    steps: tuple[Callable[[list[Placed]], list[tuple[int, str]]], ...] = (
        lambda part: _at_changes(part, bracket_change),
        lambda part: _at_scenes(part, rules),
        lambda part: _at_turns(part, rules),
        lambda part: _lone_ends(part, rules),
        _at_orientation,
    )
    for step in steps:
        found = [piece for part, why in found for piece in _split(part, step(part), why)]
    return [*found, *intruders]
