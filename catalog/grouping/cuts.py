"""Where one sequence surely ends: another setup, the camera's own numbering, a pause."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from catalog.grouping.lanes import follows, longest_pause_s, pause_s, pauses_s
from catalog.grouping.placed import Placed
from catalog.grouping.rules import Rules

_ABOUT_AS_LONG = 0.8


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
    if before.setup == after.setup:
        return None
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


def coarsest_s(run: Sequence[Placed]) -> float:
    """Give the resolution of a run's times: that of its coarsest clock."""
    return max([placed.resolution for placed in run])


def cadence_s(gaps: Sequence[float]) -> float:
    """Give the usual pause: the median of the shorter half."""
    ordered, half = sorted(gaps), (len(gaps) + 1) // 2
    return (ordered[(half - 1) // 2] + ordered[half // 2]) / 2 if ordered else 0.0


def longest_usual_pause_s(gaps: Sequence[float], resolution: float, rules: Rules) -> float:
    """Give the pause beyond which a run of this cadence has ended."""
    cadence = cadence_s(gaps)
    return max(rules.gap_factor * cadence, cadence + rules.gap_slack_s) + resolution


def at_pauses(run: list[Placed], rules: Rules) -> list[tuple[list[Placed], str | None]]:
    """Cut a run at pauses, the longest first, each piece judged by its own cadence; with what ended the one before.

    Pieces that their own cadences do not part are joined again: a fast burst nearby made them look slow.
    A continuing bracket number bridges any pause up to the longest.
    """
    gaps = pauses_s(run)
    pieces: list[_Piece] = []
    waiting = [_Piece(run, gaps, None)]
    while waiting:
        piece = waiting.pop()
        at = _long_pauses(piece, rules)
        if at:
            waiting += reversed(piece.cut(at))
        else:
            pieces.append(piece)
    if len(pieces) == 1:
        return [(run, None)]
    return [(piece.run, piece.why) for piece in _joined(pieces, rules)]


@dataclass(frozen=True, slots=True)
class _Piece:
    run: list[Placed]
    gaps: list[float]
    why: str | None

    def cut(self, at: Sequence[int]) -> list[_Piece]:
        """Cut after some of the frames."""
        cadence = cadence_s(self.gaps)
        starts = [0, *(i + 1 for i in at), len(self.run)]
        reasons = [self.why, *(f"pause of {self.gaps[i]:.1f} s at a cadence of {cadence:.2f} s" for i in at)]
        return [
            _Piece(self.run[start:stop], self.gaps[start : stop - 1], why)
            for (start, stop), why in zip(pairwise(starts), reasons, strict=True)
        ]


def _long_pauses(piece: _Piece, rules: Rules) -> list[int]:
    """Find the longest pauses that end a run, and those about as long; none where all are of one cadence."""
    run, gaps = piece.run, piece.gaps
    longest = max(gaps, default=0.0)
    if longest > rules.longest_gap_s:
        over = [i for i, gap in enumerate(gaps) if gap > longest_pause_s(run[i], rules)]
        if over:
            return over
    if len(gaps) < 2:
        return []
    limit = longest_usual_pause_s(gaps, coarsest_s(run), rules)
    if longest <= limit:
        return []
    over = [i for i, gap in enumerate(gaps) if gap > limit and not continues_bracket(run[i], run[i + 1])]
    longest = max((gaps[i] for i in over), default=0.0)
    return [i for i in over if gaps[i] >= _ABOUT_AS_LONG * longest]


def _joined(pieces: Sequence[_Piece], rules: Rules) -> list[_Piece]:
    """Join pieces again, the shortest pauses first: a picture long before a rail says nothing of the rail's pace."""
    kept: dict[int, _Piece] = dict(enumerate(pieces))
    begins = list(range(len(pieces)))
    pauses = [pause_s(a.run[-1], b.run[0]) for a, b in pairwise(pieces)]
    ends = list(range(len(pieces)))
    for at in sorted(range(len(pauses)), key=lambda at: pauses[at]):
        first = begins[at]
        before, after = kept[first], kept[at + 1]
        if _is_usual(before, after, rules):
            del kept[at + 1]
            gaps = [*before.gaps, pauses[at], *after.gaps]
            kept[first] = _Piece([*before.run, *after.run], gaps, before.why)
            begins[ends[at + 1]], ends[first] = first, ends[at + 1]
    return [kept[at] for at in sorted(kept)]


def _is_usual(before: _Piece, after: _Piece, rules: Rules) -> bool:
    """Tell whether the pause between two pieces is none by the cadence of either."""
    gap = pause_s(before.run[-1], after.run[0])
    resolution = max(before.run[-1].resolution, after.run[0].resolution)
    limits = [longest_usual_pause_s(piece.gaps, resolution, rules) for piece in (before, after) if piece.gaps]
    return gap <= min([longest_pause_s(before.run[-1], rules), *limits])
