"""Hold a dark place to what only dust does: as dark in every frame, round, grey, and left behind by a moving scene.

Three proofs, each for another kind of motion: where the scene went further than the speck is large, the place that it
went to shows no speck (`_left_behind`); where it went less far, the speck stayed when the scene went (`_stayed`);
where it did not move at all, its surroundings went out of focus and the speck did not (`_dusty_though_still`).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.bands import Plane
from stacker.dents import LEAST_DENT, Candidate
from stacker.drift import Drift, drift
from stacker.flat import Shading
from stacker.speck_fit import fitted, merged
from stacker.specks import PROFILE_STEPS, Speck
from stacker.spots import AWAY, AXIS, SIDE, STEPS, Spot, looks, radial
from stacker.transforms import Transform, apply, invert

# Found on rendered specks over scenes with known truth: at these values clean scenes stay without a find.
_SURE = 5.0
_LEVELS = 4
_ROUND = 0.8
_ROUNDER = 0.9
_CALM = 3.5
_CHANGES = 4.0
_TELLING = 0.3
_LEFT_BEHIND = 0.5
_LEFT_FAR_BEHIND = 0.2
# How much of a dent the shading that motion tells must bear out.
_BORNE_OUT = 0.3
_BORNE_OUT_STILL = 0.12
_DEEPEST_MEAN = -0.5
_LIKELY, _LIKELY_ROUND = 0.05, 0.6
_STEADY = 0.18
_MOST = 0.75
_STEADY_STILL = 0.15
_NEARLY_ALL = 0.85
_TINT = 0.12
_TINT_OF_COLOUR = 0.45
_MARGIN = 2.2
_DEEPEST = 0.5
# Where nothing moves, a crevice of the scene is as dark and as steady as a speck, and mostly darker.
_DEEPEST_STILL = 0.35
_WINDOW = 2.0
_OVERLAP = 0.8
# Of a spot that stayed while the scene went less far than its own size: found on rendered specks other than those of
# the benchmark, over six scenes and real stacks.
_SURE_STAYED = 5.5
_ROUND_STAYED = 0.7
_FROM_EDGE = 1.5
_ROUND_TINTED = 0.79
_DEEPEST_STAYED = -0.6
_FRAMES_STAYED = 5
_STEADY_STAYED = 0.2
_UNSURE, _UNSURE_AT_MOST = 0.6, 0.25
_STEADY_CLEAR = 0.8
_UNSURE_WENT = 0.5
_DEEPEST_CLEAR, _UNSURE_CLEAR, _FAR_FROM_SCENE = -0.45, 0.2, 5.0
_BORNE_OUT_SURE, _VERY_SURE = 0.2, 8.0
_BORNE_OUT_TINTED = 0.45
# Of a place where other stacks of the sensor have shown a speck.
_SURE_MET, _ROUND_MET, _STEADY_MET, _DEEPER_MET = 4.5, 0.9, 0.55, 1.6
_LEAST_FRAMES_MET, _SURENESS_MET = 3, 0.5
# By the shading that motion tells a speck is measured where that bears out nearly all of it.
_WHOLLY_BORNE_OUT = 0.8


class Trial:
    """Holds a candidate to what only dust does."""

    def __init__(
        self,
        lights: Sequence[NDArray[np.float16]],
        colours: Sequence[NDArray[np.float16]],
        moves: Sequence[Transform],
        shade: Shading,
        pool: Executor,
    ) -> None:
        self.size = lights[0].shape[1], lights[0].shape[0]
        self.colours = colours
        self.by_motion, self.by_calm, *self.levels = pool.map(_levels, (shade.by_motion, shade.by_calm, *lights))
        self.moves = moves
        self.back = [invert(move) for move in moves]

    def likely(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Return those that the shadings alone allow to be specks: a look at all frames costs far more."""
        inside = [each for each in candidates if self._from_edge(each.x, each.y) >= _MARGIN * max(each.radius, 2.0)]
        if not inside:
            return []
        calm, calm_round = looks(np.stack([self._cut([self.by_calm], [0], _place(c), c.radius)[0] for c in inside]))
        told, told_round = looks(np.stack([self._cut([self.by_motion], [0], _place(c), c.radius)[0] for c in inside]))
        deep = np.minimum(calm, told)
        borne_out = (told < _LIKELY * deep) & (np.maximum(calm_round, told_round) > _LIKELY_ROUND)
        clear = (calm > _DEEPEST_CLEAR) & (calm_round > _ROUNDER)
        which = (deep < -LEAST_DENT / 2) & (borne_out | clear)
        return [each for each, likely in zip(inside, which, strict=True) if likely]

    def judge(self, candidate: Candidate) -> Speck | None:
        """Return the speck, or None where a likely candidate may be the scene's."""
        radius, place = candidate.radius, _place(candidate)
        seen = Spot.of(self._cut(self.levels, range(len(self.levels)), place, radius))
        if seen.mean > -LEAST_DENT or -seen.mean < _SURE * seen.error:
            return None
        borne_out = self._shape(self.by_motion, candidate, 1.0).mean / seen.mean
        speck = self._left_behind(candidate, seen, borne_out) or self._stayed(candidate, seen, borne_out)
        return speck if speck is not None and self._from_edge(speck.x, speck.y) > _FROM_EDGE * speck.radius else None

    def _left_behind(self, candidate: Candidate, seen: Spot, borne_out: float) -> Speck | None:
        """Return the speck that the scene has left behind, or that stayed sharp where it did not move at all."""
        radius, place, telling = candidate.radius, _place(candidate), seen.telling(_TELLING)
        if len(telling) < 3 or seen.mean < _DEEPEST_MEAN or seen.roundness < _ROUND or borne_out <= _BORNE_OUT_STILL:
            return None
        went_along = self._moved(place, telling, radius, seen.mean)
        if went_along is None:
            dusty = _dusty_though_still(seen, telling) and not self._tinted(place, telling, radius, seen.mean)
            dusty = dusty and not self._went(candidate, seen)
            still = self._measured(self.by_calm, candidate, 0.5) if dusty else None
            return still if still is not None and still.depth <= _DEEPEST_STILL else None
        left_behind = went_along < _LEFT_BEHIND and seen.steady(telling, _STEADY) >= _MOST
        if not left_behind or borne_out < _BORNE_OUT:
            return None
        # What the scene has left behind beyond doubt may be tinted: colour is recorded coarsely.
        beyond_doubt = went_along < _LEFT_FAR_BEHIND and len(telling) > 3
        if not beyond_doubt and self._tinted(place, telling, radius, seen.mean):
            return None
        return self._measured(self.by_motion, candidate, 1 - max(0.0, went_along))

    def _stayed(self, candidate: Candidate, seen: Spot, borne_out: float) -> Speck | None:
        """Return the speck that stayed in its place while the scene went a little."""
        place, telling, usable = _place(candidate), seen.telling(_TELLING), seen.telling(_UNSURE)
        if not _DEEPEST_STAYED < seen.mean < -_SURE_STAYED * seen.error:
            return None
        if seen.roundness < _ROUND_STAYED or len(usable) < _FRAMES_STAYED:
            return None
        # What rules most places out costs nothing; their drift and their colours do.
        steady = seen.steady(usable, _STEADY_STAYED)
        clear = steady >= _STEADY_CLEAR and _is_clear(seen)
        if not clear and not _borne_out(seen, borne_out, steady, tinted=False):
            return None
        found = self._drift(candidate, seen)
        if found is None or not found.is_none(_UNSURE, _UNSURE_AT_MOST):
            return None
        tinted = bool(len(telling)) and self._tinted(place, telling, candidate.radius, seen.mean)
        clear = clear and not tinted and self._stays_clearly(candidate, found)
        if not clear and not _borne_out(seen, borne_out, steady, tinted=tinted):
            return None
        went_along = self._moved(place, usable, candidate.radius, seen.mean)
        if went_along is not None and went_along >= _LEFT_BEHIND:
            return None
        field = self.by_motion if borne_out > _WHOLLY_BORNE_OUT else self.by_calm
        return self._measured(field, candidate, 1 - min(1.0, abs(found.share) + found.error))

    def _from_edge(self, x: float, y: float) -> float:
        return float(min(x, y, self.size[0] - 1 - x, self.size[1] - 1 - y))

    def _stays_clearly(self, candidate: Candidate, found: Drift) -> bool:
        """Say whether a spot surely took no part in the motion, and is as round in the frames' mean."""
        stays = found.error < _UNSURE_CLEAR and 1 - found.share > _FAR_FROM_SCENE * found.error
        return stays and self._shape(self.by_calm, candidate, 1.0).roundness > _ROUNDER

    def _went(self, candidate: Candidate, seen: Spot) -> bool:
        """Say whether a spot took part in what little the scene moved."""
        found = self._drift(candidate, seen)
        return found is not None and found.error < _UNSURE_WENT and not found.is_none(_UNSURE, _UNSURE_WENT)

    def _drift(self, candidate: Candidate, seen: Spot) -> Drift | None:
        middle, place = self.back[len(self.back) // 2], _place(candidate)[None]
        paths = np.concatenate([apply(move, apply(middle, place)) for move in self.moves]) - place
        return drift(seen, paths, candidate.radius)

    def taken_at_word(self, candidate: Candidate) -> Speck | None:
        """Measure a speck that a person says is there; None where the frames show no dent at all."""
        return self._measured(self.by_motion, candidate, 1.0) or self._measured(self.by_calm, candidate, 1.0)

    def expected(self, met: Speck) -> Speck | None:
        """Return a speck that other stacks have `met`, as deep as these show it; None where they do not bear it out.

        Far less will do than for a place of which nothing is known; a sensor that was cleaned shows nothing.
        """
        candidate = Candidate(met.x, met.y, met.radius / _WINDOW, 0)
        place, radius = _place(candidate), candidate.radius
        seen = Spot.of(self._cut(self.levels, range(len(self.levels)), place, radius))
        known = Spot.of(np.interp(AWAY * radius / met.radius, PROFILE_STEPS, met.profile, right=0)[None])
        usable = seen.telling(_UNSURE)
        if not _SURE_MET * seen.error < -seen.mean < -_DEEPER_MET * known.mean or len(usable) < _LEAST_FRAMES_MET:
            return None
        if seen.roundness < _ROUND_MET or seen.steady(usable, _STEADY_STAYED) < _STEADY_MET:
            return None
        if self._tinted(place, usable, radius, seen.mean) or self._from_edge(met.x, met.y) < _FROM_EDGE * radius:
            return None
        went_along = self._moved(place, usable, radius, seen.mean)
        if went_along is not None and went_along >= _LEFT_BEHIND:
            return None
        share = min(1.0, seen.mean / known.mean)
        profile = tuple(share * each for each in met.profile)
        depth = 1 - float(np.exp(np.mean(profile[:2])))
        return replace(met, profile=profile, depth=depth, confidence=_SURENESS_MET, is_known=True)

    def measured(self, speck: Speck) -> Speck:
        """Return a speck measured by all frames at once; as it is where others know it better."""
        if speck.is_known:
            return speck
        level = _level(speck.radius / _WINDOW)
        return fitted(speck, [levels[level] for levels in self.levels], self.moves, 2**level)

    def merged(self, one: Speck, other: Speck) -> Speck | None:
        """Return the one speck that two are, which lie over each other; None where they are two."""
        far = np.hypot(one.x - other.x, one.y - other.y) > _OVERLAP * (one.radius + other.radius)
        if far or one.is_known or other.is_known:
            return None
        level = _level(max(one.radius, other.radius) / _WINDOW)
        return merged(one, other, [levels[level] for levels in self.levels], self.moves, 2**level)

    def _shape(self, field: Sequence[Plane], candidate: Candidate, window: float) -> Spot:
        """Return what a shading shows of a place."""
        return Spot.of(self._cut([field], [0], _place(candidate), window * candidate.radius))

    def _measured(self, field: Sequence[Plane], candidate: Candidate, confidence: float) -> Speck | None:
        """Measure a speck in a window that also holds its soft rim."""
        radius, place = _WINDOW * candidate.radius, np.array([candidate.x, candidate.y])
        shape = self._shape(field, candidate, _WINDOW).shape
        dark = np.where(AWAY < 1.2, np.maximum(-cv2.GaussianBlur(shape, (0, 0), 1.5), 0), 0)
        v, u = np.meshgrid(AXIS, AXIS, indexing="ij")
        centre = np.array([(dark * u).sum(), (dark * v).sum()]) / max(1e-9, float(dark.sum()))
        profile = _falling(radial(shape, np.hypot(u - centre[0], v - centre[1])))
        deepest = float(profile[:2].mean())
        outside = np.nonzero(profile > 0.08 * deepest)[0]
        if not np.log(1 - _DEEPEST) < deepest < -LEAST_DENT or not len(outside):
            return None
        reach = float(STEPS[max(2, outside[0])])
        return Speck(
            x=float(place[0] + centre[0] * radius),
            y=float(place[1] + centre[1] * radius),
            radius=reach * radius,
            depth=1 - float(np.exp(deepest)),
            confidence=round(float(np.clip(confidence, 0, 1)), 3),
            profile=tuple(float(each) for each in np.interp(PROFILE_STEPS * reach, STEPS, profile)),
        )

    def _moved(self, place: NDArray[np.float64], telling: NDArray[np.intp], radius: float, mean: float) -> float | None:
        """Return how much of the dent went along with the scene (about 0 to 1); None where nothing moved enough."""
        frames, places = [], []
        for s in telling:
            for t in telling:
                goal = apply(self.moves[t], apply(self.back[s], place[None]))[0]
                if np.hypot(*(goal - place)) > 1.7 * radius:
                    frames.append(int(t))
                    places.append(goal)
        if len(frames) < 2:
            return None
        stride = max(1, len(frames) // 24)
        along = Spot.of(self._cut(self.levels, frames[::stride], np.array(places[::stride]), radius))
        return float(along.mean / mean)

    def _tinted(self, place: NDArray[np.float64], telling: NDArray[np.intp], radius: float, dent: float) -> bool:
        """Say whether the colour within differs from that around: dust is grey."""
        reach = max(radius, 2.0)
        left, top = (max(0, int((value + 0.5 - 2 * reach) / 2)) for value in place)
        right, bottom = (int((value + 0.5 + 2 * reach) / 2) + 1 for value in place)
        rows, columns = np.mgrid[top:bottom, left:right]
        away = np.hypot(2 * columns + 0.5 - place[0], 2 * rows + 0.5 - place[1]) / reach
        core, rim = away < max(0.6, 1.1 / reach), (away > 1.4) & (away <= 2)
        shifts, around = [], []
        for frame in telling:
            patch = self.colours[frame][top:bottom, left:right].astype(np.float32)
            around.append(patch[rim].mean(axis=0))
            shifts.append(patch[core].mean(axis=0) - around[-1])
        # A JPEG keeps colour at half the detail: a small speck then darkens a strong colour and tints it as well.
        strong = min(1.0, float(np.abs(np.mean(around, axis=0)).max()))
        return float(np.abs(np.mean(shifts, axis=0)).max()) > (_TINT + _TINT_OF_COLOUR * strong) * abs(dent) + 0.006

    def _cut(
        self, planes: Sequence[Sequence[Plane]], frames: Sequence[int], places: NDArray[np.float64], radius: float
    ) -> Plane:
        """Return a patch of each of `frames` of `planes`: around its own one of `places`, or around the only one."""
        level = _level(radius)
        shrink = 2**level
        side = AXIS * radius / shrink
        maps = np.empty((2, max(1, places.size // 2), SIDE, SIDE), np.float32)
        centres = ((places.reshape(-1, 2) + 0.5) / shrink - 0.5)[..., None]
        maps[0], maps[1] = (centres[:, 0] + side)[:, None], (centres[:, 1] + side)[..., None]
        patches = np.empty((len(frames), SIDE, SIDE), np.float32)
        for number, frame in enumerate(frames):
            xs, ys = maps[:, number % maps.shape[1]]
            plane = planes[frame][level]
            cv2.remap(plane, xs, ys, cv2.INTER_LINEAR, dst=patches[number], borderMode=cv2.BORDER_REFLECT)
        return patches


def _level(radius: float) -> int:
    """Return by how many halvings a spot is still wide enough to be looked at."""
    return max(0, min(_LEVELS - 1, int(np.log2(radius / 3.2)))) if radius >= 6.4 else 0


def _levels(light: NDArray[Any]) -> list[Plane]:
    levels: list[Plane] = [light.astype(np.float32)]
    for _ in range(_LEVELS - 1):
        size = (levels[-1].shape[1] // 2, levels[-1].shape[0] // 2)
        levels.append(cv2.resize(levels[-1][: size[1] * 2, : size[0] * 2], size, interpolation=cv2.INTER_AREA))
    return levels


def _place(candidate: Candidate) -> NDArray[np.float64]:
    return np.array([candidate.x, candidate.y])


def _is_clear(seen: Spot) -> bool:
    """Say whether a spot is so round and so sure that its staying is proof enough: motion may tell too little."""
    return seen.mean > _DEEPEST_CLEAR and -seen.mean > _VERY_SURE * seen.error and seen.roundness > _ROUNDER


def _borne_out(seen: Spot, share: float, steady: float, *, tinted: bool) -> bool:
    """Say whether the shading that motion tells bears out enough (`share`) of a spot that stayed."""
    if tinted and (share < _BORNE_OUT_TINTED or seen.roundness < _ROUND_TINTED):
        return False
    return steady >= _MOST and share >= (_BORNE_OUT if -seen.mean < _VERY_SURE * seen.error else _BORNE_OUT_SURE)


def _dusty_though_still(seen: Spot, telling: NDArray[np.intp]) -> bool:
    """Say whether a place that the scene did not move over shows dust beyond doubt.

    Its surroundings must have gone in and out of focus while the spot stayed as dark and as round throughout.
    """
    calmest = np.sort(seen.errors)[: max(3, len(seen.errors) // 3)].max()
    changed = seen.unrest.max() > _CHANGES * seen.unrest.min()
    steady = seen.steady(telling, _STEADY_STILL) >= _NEARLY_ALL
    return bool(changed and steady and -seen.mean >= _CALM * calmest and seen.roundness >= _ROUNDER)


def _falling(profile: Plane) -> Plane:
    """Return a profile that only rises to 0 outwards: midway between its running bounds."""
    below = np.minimum.accumulate(profile[::-1])[::-1]
    rising = (np.maximum.accumulate(profile) + below) / 2
    return np.asarray(np.minimum(rising - rising[STEPS <= 1.6].max(), 0))
