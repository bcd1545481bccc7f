"""What the previews of a run show together: one scene or several, and whether focus moves through it.

Defocus leaves a tile's brightness alone and takes its detail; a camera or a subject that moves changes both; a
bracket changes the brightness of all tiles at once. The limits below were set on real focus stacks and on bursts,
hand-held series, brackets and panoramas made from the same pictures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from statistics import fmean, median, median_low
from typing import TypeVar

from catalog.grouping.evidence import PreviewEvidence
from catalog.grouping.groups import Kind
from catalog.grouping.placed import Placed
from catalog.grouping.rules import Rules
from catalog.grouping.tile_maps import correlation, detail_maps, distance, drift_between, shift_between, stops_of_light

_MATCH = 0.8
"""Overlapping parts of a panorama agree by this much, tile by tile, though the lens bends them a little."""
_BRACKET_STEP_EV = 0.25
_ORDER, _LIGHT_ORDER, _DETAIL, _ALLOWED, _LOGISTIC = 2.42, 0.64, 0.42, 4.89, 3.32
"""How order, detail and light weigh against each other, in doublings of the light: fitted to 319 stacks and 175 bursts,
real and rendered, shaken and still; of the fifth that was left out of each fit ten in all fell on the wrong side."""
_SOME_LIGHT = 0.05
"""Change of light, as the root of 1 - correlation, for each stop of detail: below, nothing moved but perhaps focus."""
_FEW, _DETAIL_OF_FEW = 5, 1.0
"""Something that walks through a burst of three or four frames changes half a stop of detail."""
_SAMPLED = 24
_DRIFTS, _EXPLAINED = 1, 0.6
"""A camera that follows something moves by a tile a picture; moved back, most of the difference is gone."""
_PAIRS = 12

_Map = TypeVar("_Map")


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
    order: float
    """How straight detail goes: 0 where the pictures' order tells nothing, 1 where each step leads further away."""
    light_order: float
    """How straight the light goes: a rail that nears its subject, a lens that breathes."""


def _evidence(run: Sequence[Placed]) -> list[PreviewEvidence] | None:
    if len(run) < 2 or run[0].shot.evidence is None:
        return None
    known = [placed.shot.evidence for placed in run if placed.shot.evidence is not None]
    return known if len(known) == len(run) else None


def _course(seen: Sequence[PreviewEvidence]) -> _Course:
    maps = detail_maps(seen)
    detail = fmean(max(values) - min(values) for values in zip(*maps, strict=True))
    _, order = _spread(maps, distance)
    light, light_order = _spread([evidence.light for evidence in seen], _unlike)
    return _Course(detail, light, order, light_order)


def _unlike(a: Sequence[int], b: Sequence[int]) -> float:
    return math.sqrt(max(1.0 - correlation(a, b), 1e-4))


def _spread(maps: Sequence[_Map], measure: Callable[[_Map, _Map], float]) -> tuple[float, float]:
    """Give how far any two frames lie apart, and how much further than neighbours: as in von Neumann's ratio."""
    count = min(len(maps), _SAMPLED)
    chosen = [at * (len(maps) - 1) // (count - 1) for at in range(count)]
    far = fmean(measure(maps[a], maps[b]) for a, b in combinations(chosen, 2))
    near = fmean(measure(a, b) for a, b in pairwise(maps))
    straight = fmean(b - a for a, b in combinations(chosen, 2))
    return far, (far / near - 1.0) / (straight - 1.0) if near and count > 2 else 0.0


def _leaning(course: _Course) -> float:
    """Weigh how a run goes: above 0 towards a focus stack, below towards a burst; in doublings of light.

    Defocus leaves the light alone and goes one way; a hand or a subject that moves does neither. The straighter the
    pictures go, the more their light may change.
    """
    lit = math.log2(max(course.light, 1e-3) / course.detail)
    straight = _ORDER * course.order + _LIGHT_ORDER * course.light_order
    return straight + _DETAIL * math.log2(course.detail) - _ALLOWED - lit


def _of_one_scene(seen: Sequence[PreviewEvidence], is_steady: bool, rules: Rules) -> Shown:
    stops = [stops_of_light(evidence) for evidence in seen]
    if not is_steady and median_low(abs(b - a) for a, b in pairwise(stops)) >= _BRACKET_STEP_EV:
        spread = max(stops) - min(stops)
        return Shown("exposure", 0.85, (f"the pictures differ in brightness by {spread:.1f} EV",))
    course = _course(seen)
    if course.detail < rules.detail_moves:
        return Shown("burst", 0.8, ("the pictures are sharp in the same places",))
    leaning = _leaning(course)
    enough = len(seen) >= _FEW or (len(seen) >= rules.least_frames and course.detail >= _DETAIL_OF_FEW)
    if enough and leaning > 0:
        confidence = min(0.95, 1.0 / (1.0 + math.exp(-_LOGISTIC * leaning)))
        said = f"sharpness wanders over the pictures ({course.detail:.1f} stops of detail) while the scene stays"
        return Shown("focus", round(confidence, 2), (said,))
    if course.light / course.detail > _SOME_LIGHT:
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


def new_scenes(run: Sequence[Placed], rules: Rules) -> list[tuple[int, str]]:
    """Find the frames at which the pictures show another scene, with the reason; where some were measured, by these."""
    return _other_scenes([placed.shot.evidence for placed in run], rules)
