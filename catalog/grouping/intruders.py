"""Leave out a lone picture amid a sequence that goes on as if it was not there: another size, another scene."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from catalog.grouping.cuts import longest_usual_pause_s, setup_change
from catalog.grouping.lanes import longest_pause_s, pause_s
from catalog.grouping.placed import Placed
from catalog.grouping.rules import Rules
from catalog.grouping.tile_maps import correlation

Run = tuple[list[Placed], str | None]
"""Frames in shooting order, and what parts them from the run before."""

_ABOUT = 3


def without_other_setups(parts: Iterable[Run], rules: Rules) -> tuple[list[Run], list[Run]]:
    """Join parts that only a lone picture of another setup lies between; return them, and those pictures."""
    found: list[Run] = []
    intruders: list[Run] = []
    for run, why in parts:
        if len(found) > 1 and len(found[-1][0]) == 1 and _goes_on(found[-2][0], run, rules):
            intruders.append(found.pop())
            before, before_why = found.pop()
            found.append(([*before, *run], before_why))
        else:
            found.append((run, why))
    return found, intruders


def _goes_on(before: Sequence[Placed], after: Sequence[Placed], rules: Rules) -> bool:
    last, first = before[-1], after[0]
    # What comes later has a pace of its own: only the frames about the lone picture tell.
    usual = [pause_s(a, b) for run in (before[-_ABOUT:], after[:_ABOUT]) for a, b in pairwise(run)]
    if not usual or setup_change(last, first, rules):
        return False
    longest = longest_usual_pause_s(usual, max(last.resolution, first.resolution), rules)
    return pause_s(last, first) <= min(longest, longest_pause_s(last, rules))


def without_other_scenes(run: list[Placed], rules: Rules) -> tuple[list[Placed], list[Run]]:
    """Take lone pictures of another scene out of a run; return the run without them, and those pictures.

    Never out of a bracket that the camera marked.
    """
    if len(run) < rules.least_frames + 1 or run[0].shot.metadata.bracket_kind:
        return run, []
    other = {at for at in range(1, len(run) - 1) if _is_other(run[at - 1], run[at], run[at + 1], rules)}
    said = "it shows another scene than the pictures around it"
    return [each for at, each in enumerate(run) if at not in other], [([run[at]], said) for at in sorted(other)]


def _is_other(before: Placed, here: Placed, after: Placed, rules: Rules) -> bool:
    a, b, c = before.shot.evidence, here.shot.evidence, after.shot.evidence
    if a is None or b is None or c is None or correlation(a.light, b.light) >= rules.same_scene:
        return False
    return correlation(b.light, c.light) < rules.same_scene <= correlation(a.light, c.light)
