"""What the previews of a run show together: one scene or several, and whether focus moves through it.

Defocus leaves a tile's brightness alone and takes its detail; a camera or a subject that moves changes both; a
bracket changes the brightness of all tiles at once. The limits below were set on real focus stacks and on bursts,
hand-held series, brackets and panoramas made from the same pictures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median, median_low

from catalog.grouping.evidence import PreviewEvidence
from catalog.grouping.groups import Kind
from catalog.grouping.placed import Placed
from catalog.grouping.rules import Rules
from catalog.grouping.tile_maps import correlation, detail_maps, distance, drift_between, shift_between, stops_of_light

_MATCH = 0.8
"""Overlapping parts of a panorama agree by this much, tile by tile, though the lens bends them a little."""
_BRACKET_STEP_EV = 0.25
_NEAREST_WITH_LIGHT = 0.17
"""Change of light, as the root of 1 - correlation, for each stop of detail: focus stacks stay below, bursts above."""
_STRAIGHT_WITH_LIGHT = 0.24
"""A rail that moves the camera changes the framing too: believed only where detail goes far and one way."""
_ONE_WAY = 1.25
"""Frames half a run apart differ so many times more than neighbours when something goes one way."""
_FEW, _DETAIL_OF_FEW = 5, 1.0
"""Three or four frames of a hand-held burst can differ by half a stop of detail; those of a stack by two and more."""
_RISES_AND_FALLS = 0.35
"""Focus passes through a part of a scene once: its detail rises and falls. A hand makes it go to and fro."""
_LIT_ENOUGH = 0.26
_ONCE, _HARDLY_LIT, _UNLIT, _PERHAPS = 0.25, 0.13, 0.06, 0.8
"""Of bursts from the hand hardly one comes so near to a stack in both; of stacks from the hand most do."""
_JITTER, _SWING, _LEAST_TILES = 0.3, 1.0, 8
"""Stops of detail: what noise does, what focus does, and in how many tiles at least."""
_DRIFTS, _EXPLAINED = 1, 0.6
"""A camera that follows something moves by a tile a picture; moved back, most of the difference is gone."""
_PAIRS = 12
_RESET = 1.8
_BACK = 0.6
"""A leap so many times the usual step, to a frame so much nearer to an early one, begins another pass."""
_MIRRORED = 0.5
"""Frames that lie so near each other, against what frames as far apart elsewhere do, mirror each other."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the pictures of a run show; no kind where they leave it open."""

    kind: Kind | None
    confidence: float
    reasons: tuple[str, ...] = ()
    one_scene: bool = True


@dataclass(frozen=True, slots=True)
class _Course:
    """How a run of one scene goes: detail in stops of energy, light as the root of what does not correlate."""

    detail: float
    light: float
    one_way: float
    to_and_fro: float | None
    """The share of a tile's swing that is neither its one rise nor its one fall; None where few tiles swing."""


def _evidence(run: Sequence[Placed]) -> list[PreviewEvidence] | None:
    known = [placed.shot.evidence for placed in run if placed.shot.evidence is not None]
    return known if len(known) == len(run) and len(run) > 1 else None


def _course(seen: Sequence[PreviewEvidence]) -> _Course:
    maps = detail_maps(seen)
    apart = max(2, math.ceil(len(maps) / 2))
    near = fmean(distance(a, b) for a, b in pairwise(maps))
    far = [distance(a, b) for a, b in zip(maps, maps[apart:], strict=False)]
    detail = fmean(max(values) - min(values) for values in zip(*maps, strict=True))
    pairs = [*zip(seen, seen[apart:], strict=False), (seen[0], seen[-1]), *pairwise(seen)]
    light = max(1.0 - correlation(a.light, b.light) for a, b in pairs)
    one_way = fmean(far) / near if far and near else 1.0
    return _Course(detail, math.sqrt(max(light, 1e-4)), one_way, _to_and_fro(maps))


def _to_and_fro(maps: Sequence[Sequence[float]]) -> float | None:
    shares = []
    for values in zip(*maps, strict=True):
        swing = max(values) - min(values)
        if swing < _SWING:
            continue
        peak = values.index(max(values))
        back = 0.0
        for at, (a, b) in enumerate(pairwise(values)):
            back += max(0.0, (a - b if at < peak else b - a) - _JITTER)
        shares.append(back / swing)
    return median(shares) if len(shares) >= _LEAST_TILES else None


def _is_focus(course: _Course, count: int) -> bool:
    ratio = course.light / max(course.detail, 1e-6)
    if count >= _FEW and course.to_and_fro is not None:
        passes_once = course.to_and_fro <= _RISES_AND_FALLS and ratio <= _LIT_ENOUGH
        return passes_once and (course.one_way >= _ONE_WAY or course.detail >= 1.0)
    if ratio <= _NEAREST_WITH_LIGHT and (course.one_way >= _ONE_WAY or course.detail >= 1.0):
        return True
    return ratio <= _STRAIGHT_WITH_LIGHT and course.detail >= 2.0 and course.one_way >= 1.8


def _is_plainly_focus(course: _Course, count: int) -> bool:
    """Tell whether even a hand that shakes could not have made this of a burst."""
    if count < _FEW or course.to_and_fro is None:
        return False
    lit = _HARDLY_LIT if count == _FEW else _LIT_ENOUGH
    once = course.to_and_fro <= _ONCE and course.light <= lit * course.detail
    return once or course.light <= _UNLIT * course.detail


def _of_one_scene(seen: Sequence[PreviewEvidence], is_steady: bool, rules: Rules) -> Shown:
    stops = [stops_of_light(evidence) for evidence in seen]
    if not is_steady and median_low(abs(b - a) for a, b in pairwise(stops)) >= _BRACKET_STEP_EV:
        spread = max(stops) - min(stops)
        return Shown("exposure", 0.85, (f"the pictures differ in brightness by {spread:.1f} EV",))
    course = _course(seen)
    if course.detail < rules.detail_moves:
        return Shown("burst", 0.8, ("the pictures are sharp in the same places",))
    enough = len(seen) >= _FEW or course.detail >= _DETAIL_OF_FEW
    if len(seen) >= rules.least_frames and enough and _is_focus(course, len(seen)):
        confidence = 0.75 + 0.15 * min(1.0, course.detail / 2.0) + (0.05 if course.one_way >= 1.5 else 0.0)
        if not _is_plainly_focus(course, len(seen)):
            confidence = min(confidence, _PERHAPS)
        said = f"sharpness wanders over the pictures ({course.detail:.1f} stops of detail) while the scene stays"
        return Shown("focus", round(confidence, 2), (said,))
    if course.light / course.detail > _NEAREST_WITH_LIGHT:
        return Shown("review", 0.5, ("the camera or the subject moves between the pictures",))
    return Shown(None, 0.0)


def _is_steady(run: Sequence[Placed], rules: Rules) -> bool:
    """Tell whether the headers say that the exposure was left alone: then it was the light that changed."""
    known = [placed.brightness for placed in run if placed.brightness is not None]
    return len(known) == len(run) and max(known) - min(known) < rules.exposure_spread_ev / 2


def _drifts(seen: Sequence[PreviewEvidence]) -> bool:
    """Tell whether the view moves on from picture to picture, as it does behind a subject."""
    pairs = list(pairwise(seen))
    chosen = [pairs[at * len(pairs) // _PAIRS] for at in range(_PAIRS)] if len(pairs) > _PAIRS else pairs
    drifts = [drift_between(a, b) for a, b in chosen]
    return median(d[0] for d in drifts) >= _DRIFTS and median(d[1] for d in drifts) <= _EXPLAINED


def look(run: Sequence[Placed], rules: Rules) -> Shown | None:
    """Judge a run by its pictures; None where some were not measured."""
    seen = _evidence(run)
    if seen is None:
        return None
    like = [correlation(a.light, b.light) for a, b in pairwise(seen)]
    if min(like) >= rules.same_scene and _drifts(seen):
        return Shown("review", 0.6, ("the camera follows something between the pictures",), False)
    if min(like) >= rules.same_scene:
        return _of_one_scene(seen, _is_steady(run, rules), rules)
    shifts = [shift_between(a, b) for a, b in pairwise(seen)]
    if all(match >= _MATCH for _, match in shifts):
        along = median(shift for shift, _ in shifts)
        if along >= rules.panorama_shift:
            said = f"each picture lies {along:.0%} of its side along from the one before"
            return Shown("panorama", 0.8, (said,), False)
        return Shown("review", 0.5, ("the camera follows something between the pictures",), False)
    return Shown("single", 0.7, ("the pictures show different scenes",), False)


def _other_scenes(seen: Sequence[PreviewEvidence | None], rules: Rules) -> list[tuple[int, str]]:
    """Cut where the scene changes; a panorama is whole, but stacks side by side are parted where the camera turned."""
    pairs = [(at, a, b) for at, (a, b) in enumerate(pairwise(seen), 1) if a is not None and b is not None]
    other = [(at, a, b) for at, a, b in pairs if correlation(a.light, b.light) < rules.same_scene]
    turns_mostly = 2 * len(other) > len(pairs)
    return [
        (at, "the pictures show another scene")
        for at, a, b in other
        if not (turns_mostly and shift_between(a, b)[1] >= _MATCH)
    ]


def _begins_again(seen: Sequence[PreviewEvidence], rules: Rules) -> list[tuple[int, str]]:
    """Cut where sharpness leaps back to where it was before, or turns and goes back the way it came."""
    if len(seen) < 2 * rules.least_frames - 1:
        return []
    maps = detail_maps(seen)
    steps = [distance(a, b) for a, b in pairwise(maps)]
    usual = median(steps)
    if usual <= 0 or fmean(max(values) - min(values) for values in zip(*maps, strict=True)) < rules.detail_moves:
        return []
    whole = _to_and_fro(maps)
    is_once = whole is not None and whole <= _ONCE
    found: list[tuple[int, str]] = []
    begin = 0
    for at in range(2, len(maps) - 1):
        if not is_once and _leaps_back(maps, begin, at, _RESET * usual):
            found.append((at, "sharpness leaps back to where the pictures before began"))
        elif at - begin >= 3 and _turns(maps, at):
            found.append((at, "sharpness turns and goes back the way it came"))
        begin = found[-1][0] if found else 0
    bounds = [0, *(at for at, _ in found), len(maps)]
    passes = [_to_and_fro(maps[start:stop]) for start, stop in pairwise(bounds)]
    return found if all(each is None or each <= _RISES_AND_FALLS for each in passes) else []


def _leaps_back(maps: Sequence[Sequence[float]], begin: int, at: int, far: float) -> bool:
    """Tell whether a pass begins: far from the frame before, near an earlier one, and no mere slip of one frame."""
    leap = distance(maps[at - 1], maps[at])
    if leap < far or distance(maps[at - 1], maps[at + 1]) < far:
        return False
    return any(distance(maps[j], maps[at]) < _BACK * leap for j in range(begin, at - 1))


def _turns(maps: Sequence[Sequence[float]], at: int) -> bool:
    """Tell whether the frames from `at` on mirror those before it, about the last one or about the gap.

    Frames as far apart lie much further from each other where focus goes on.
    """
    for last in (at - 2, at - 1):
        mirrored = [(last - i, at + i) for i in (1, 2) if last - i >= 0 and at + i < len(maps)]
        if len(mirrored) == 2 and all(_are_alike(maps, a, b, last, at) for a, b in mirrored):
            return True
    return False


def _are_alike(maps: Sequence[Sequence[float]], a: int, b: int, last: int, at: int) -> bool:
    after, before = min(at + b - a, len(maps) - 1), max(last - b + a, 0)
    usual = max(distance(maps[at], maps[after]), distance(maps[last], maps[before]))
    return distance(maps[a], maps[b]) < _MIRRORED * usual


def new_scenes(run: Sequence[Placed], rules: Rules) -> list[tuple[int, str]]:
    """Find the frames at which the pictures show another scene, with the reason; where some were measured, by these."""
    return _other_scenes([placed.shot.evidence for placed in run], rules)


def new_passes(run: Sequence[Placed], rules: Rules) -> list[tuple[int, str]]:
    """Find the frames at which sharpness begins another pass through one scene, with the reason."""
    seen = _evidence(run)
    return _begins_again(seen, rules) if seen is not None else []
