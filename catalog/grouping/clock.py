"""A clock that was set while shooting: the pictures go on where they were, only the time leaps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from msgspec.structs import replace

from catalog.grouping.cuts import setup_change
from catalog.grouping.focus_runs import FocusSeries, focus_series
from catalog.grouping.lanes import Lane, follows, lane_of, next_folder, next_numbers
from catalog.grouping.placed import Placed
from catalog.grouping.rules import Rules

_LAST_NUMBER = re.compile(r"(\d+)(?=\D*$)")
_ZONE_S = 900.0
_ZONE_SLACK_S = 5.0
"""Time zones and summer time move a clock by whole quarters of an hour; a pause hardly ever lasts just that."""
_LONGEST_STEPS = 2.0
_FEW = 2


def was_set(leap: float) -> bool:
    """Tell whether seconds from one frame to the next look like a clock that was set, not like a pause."""
    if leap < 0:
        return True
    return leap > _ZONE_S / 2 and abs(leap - round(leap / _ZONE_S) * _ZONE_S) <= _ZONE_SLACK_S


def _is_next_file(before: Placed, after: Placed) -> bool:
    """Tell whether two files lie in one folder, are named alike and are numbered one after the other.

    A body's numbers begin anew every 10,000 frames, in the next folder: elsewhere the next number says nothing.
    """
    if frame_of(before.shot.name) != frame_of(after.shot.name) or not follows(before.shot.counter, after.shot.counter):
        return False
    if before.shot.folder == after.shot.folder:
        return True
    return before.shot.counter == 9999 and next_folder(before.shot.folder) == after.shot.folder


def frame_of(name: str) -> tuple[str, ...]:
    """Give a file name without its number."""
    return tuple(_LAST_NUMBER.split(name)[::2])


def _usual_move(series: FocusSeries) -> float:
    moves = [b - a for a, b in zip(series.values, series.values[1:], strict=False) if b != a]
    return sum(moves) / len(moves) if moves else 0.0


def _goes_on(before: Sequence[Placed], after: Sequence[Placed]) -> bool:
    """Tell whether focus takes its next step across the leap, in the way it went before and goes on after."""
    # The stretch may have begun with something else: two frames on a side must do where three do not agree.
    return any(_steps_on(before[-a:], after[:b]) for a in (3, 2) for b in (3, 2))


def _steps_on(before: Sequence[Placed], after: Sequence[Placed]) -> bool:
    near = focus_series([*before, *after])
    if near is None or len(before) < 2 or len(after) < 2:
        return False
    here = len(before)
    a, b = _usual_move(near.part(0, here)), _usual_move(near.part(here, len(near.values)))
    across = near.values[here] - near.values[here - 1]
    return a * b > 0 and a * across > 0 and abs(across) <= _LONGEST_STEPS * max(abs(a), abs(b))


def _ends_on(before: Sequence[Placed], after: Sequence[Placed]) -> bool:
    """Tell whether the one or two frames after a leap back may be a run's last: focus takes its step across.

    So few do not show how focus goes on, and rounded to a centimetre two may be alike; a clock that loses its battery
    amid shooting with the file numbers going on is rare enough by itself.
    """
    near = focus_series([*before[-3:], *after])
    if near is None or len(before) < 3 or len(after) > _FEW:
        return False
    here = len(near.values) - len(after)
    usual, rest = _usual_move(near.part(0, here)), _usual_move(near.part(here, len(near.values)))
    across = near.values[here] - near.values[here - 1]
    return usual * across > 0 and usual * rest >= 0 and abs(across) <= _LONGEST_STEPS * abs(usual)


def _leap(before: Sequence[Placed], after: Sequence[Placed], rules: Rules) -> float | None:
    """Give the seconds that the clock was moved by between two stretches; None where it was not."""
    last, first = before[-1], after[0]
    if last.time is None or first.time is None or not _is_next_file(last, first):
        return None
    leap = first.time - last.time
    if not was_set(leap) or setup_change(last, first, rules):
        return None
    if not _goes_on(before, after) and not (leap < 0 and _ends_on(before, after)):
        return None
    near = [*pairwise(before[-2:]), *pairwise(after[:2])]
    steps = [b.time - a.time for a, b in near if a.time is not None and b.time is not None]
    return leap - min(steps)


def _set_back(stretch: Sequence[Placed], leap: float) -> list[Placed]:
    return [replace(placed, time=placed.time - leap) for placed in stretch if placed.time is not None]


def mend_clock(stretches: Sequence[list[Placed]], rules: Rules) -> list[list[Placed]]:
    """Join stretches that a set clock tore apart, as if it had gone on: the file numbers and the focus do."""
    if len(stretches) < 2:
        return list(stretches)
    by_first: dict[tuple[Lane, int | None], list[int]] = {}
    for at, stretch in enumerate(stretches):
        by_first.setdefault((lane_of(stretch[0]), stretch[0].shot.counter), []).append(at)
    mended = dict(enumerate(stretches))
    order = sorted(mended, key=lambda at: stretches[at][-1].id)
    into: dict[int, int] = {}
    for at in order:
        last = stretches[at][-1]
        if last.shot.counter is None:
            continue
        nexts = next_numbers(last.shot.counter)
        found = [other for number in nexts for other in by_first.get((lane_of(last), number), ())]
        for other in sorted(found, key=lambda other: stretches[other][0].id):
            home = _home(into, at)
            if other == home or other in into:
                continue
            leap = _leap(mended[home], stretches[other], rules)
            if leap is not None:
                mended[home] += _set_back(mended.pop(other), leap)
                into[other] = home
                break
    return list(mended.values())


def _home(into: dict[int, int], at: int) -> int:
    while at in into:
        at = into[at]
    return at
