"""Where one sequence surely ends: another setup, the camera's own numbering, a pause."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from catalog.grouping.lanes import follows, longest_pause_s, pause_s
from catalog.grouping.placed import Placed
from catalog.grouping.rules import Rules


def _differ(before: object, after: object) -> bool:
    return before is not None and after is not None and before != after


def _aperture_moved(before: float | None, after: float | None, rules: Rules) -> bool:
    if not before or not after or before <= 0 or after <= 0:
        return False
    return abs(2 * math.log2(after / before)) > rules.aperture_change_ev + 1e-6


def _focal_moved(before: float | None, after: float | None, rules: Rules) -> bool:
    if not before or not after:
        return False
    return abs(after - before) > rules.focal_change * min(before, after)


def setup_change(before: Placed, after: Placed, rules: Rules) -> str | None:
    """Say what was changed on the camera between two shots, in words; None where the setup is one."""
    a, b = before.shot.metadata, after.shot.metadata
    if _differ(a.lens, b.lens) or _differ(a.lens_serial, b.lens_serial):
        return f"lens changed to {b.lens or b.lens_serial}"
    if _differ(a.width, b.width) or _differ(a.height, b.height):
        return f"picture size changed to {b.width} × {b.height}"
    if _focal_moved(a.focal_mm, b.focal_mm, rules):
        return f"zoomed from {a.focal_mm:g} to {b.focal_mm:g} mm"
    if _aperture_moved(a.f_number, b.f_number, rules):
        return f"aperture changed from f/{a.f_number:g} to f/{b.f_number:g}"
    return None


def _skipped(before: Placed, after: Placed) -> int | None:
    """Give how many file numbers lie between two shots; None where that cannot be known."""
    a, b = before.shot.counter, after.shot.counter
    if a is None or b is None:
        return None
    return 0 if follows(a, b) else b - a - 1 if b > a else None


def continues_bracket(before: Placed, after: Placed) -> bool | None:
    """Tell by the camera's bracket numbers whether a shot goes on with a bracket; None where it does not say."""
    a, b = before.shot.metadata, after.shot.metadata
    if a.bracket_kind != b.bracket_kind:
        return False
    if a.bracket_kind is None or a.bracket_index is None or b.bracket_index is None:
        return None
    ahead = b.bracket_index - a.bracket_index
    return ahead == 1 or (ahead > 1 and _skipped(before, after) == ahead - 1)


def bracket_change(before: Placed, after: Placed) -> str | None:
    """Say how the camera's bracket marks part two shots; None where they do not."""
    if continues_bracket(before, after) is not False:
        return None
    a, b = before.shot.metadata, after.shot.metadata
    if a.bracket_kind != b.bracket_kind:
        on = f"{b.bracket_kind} bracketing on" if b.bracket_kind else "bracketing off"
        return on if not (a.bracket_kind and b.bracket_kind) else f"{a.bracket_kind} bracketing ended, {on}"
    return f"bracket frame {a.bracket_index} is followed by {b.bracket_index}"


def cadence_s(gaps: Sequence[float]) -> float:
    """Give the usual pause: the median of the shorter half."""
    ordered = sorted(gaps)
    return median(ordered[: (len(ordered) + 1) // 2]) if ordered else 0.0


def longest_usual_pause_s(gaps: Sequence[float], resolution: float, rules: Rules) -> float:
    """Give the pause beyond which a run of this cadence has ended."""
    cadence = cadence_s(gaps)
    return max(rules.gap_factor * cadence, cadence + rules.gap_slack_s) + resolution


def at_pauses(run: list[Placed], rules: Rules) -> list[tuple[list[Placed], str | None]]:
    """Cut a run at pauses, longest first, each piece judged by its own cadence; with what ended the one before.

    A continuing bracket number bridges any pause up to the longest.
    """
    gaps = [pause_s(a, b) for a, b in pairwise(run)]
    return _cut(run, gaps, None, rules)


def _cut(run: list[Placed], gaps: list[float], why: str | None, rules: Rules) -> list[tuple[list[Placed], str | None]]:
    pieces: list[tuple[list[Placed], str | None]] = []
    waiting = [(run, gaps, why)]
    while waiting:
        piece, pauses, reason = waiting.pop()
        at = _longest_cut(piece, pauses, rules)
        if at is None:
            pieces.append((piece, reason))
            continue
        said = f"pause of {pauses[at]:.1f} s at a cadence of {cadence_s(pauses):.2f} s"
        waiting.append((piece[at + 1 :], pauses[at + 1 :], said))
        waiting.append((piece[: at + 1], pauses[:at], reason))
    return pieces


def _longest_cut(piece: list[Placed], pauses: list[float], rules: Rules) -> int | None:
    """Find the longest pause that ends a run; None where all are of one cadence."""
    loose = [i for i in range(len(pauses)) if not continues_bracket(piece[i], piece[i + 1])]
    over = [i for i in range(len(pauses)) if pauses[i] > longest_pause_s(piece[i], rules)]
    if len(pauses) >= 2:
        limit = longest_usual_pause_s(pauses, max(placed.resolution for placed in piece), rules)
        over += [i for i in loose if pauses[i] > limit]
    return max(over, key=lambda i: (pauses[i], -i), default=None)
