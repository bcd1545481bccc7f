"""Hold a dark place to what only dust does: as dark in every frame, round, grey, and left behind by a moving scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.bands import Plane
from stacker.dents import LEAST_DENT, NOISE, Candidate
from stacker.flat import Shading
from stacker.specks import PROFILE_STEPS, Speck
from stacker.transforms import Transform, apply, invert

# Found on rendered specks over scenes with known truth: at these values clean scenes stay without a find.
_SURE = 5.0
_LEVELS = 4
_SIDE = 25
_REACH = 2.4
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
_AXIS = np.linspace(-_REACH, _REACH, _SIDE)
_AWAY = np.hypot(*np.meshgrid(_AXIS, _AXIS))
_CORE = _AWAY < 0.6
_RIM = (_AWAY > 1.5) & (_AWAY < 2.4)
_STEPS = np.arange(17) / 8


def _planes() -> tuple[Plane, Plane]:
    """Return the matrix from a patch's rim to a plane's three numbers, and the one from those to the whole patch."""
    v, u = np.meshgrid(*[np.linspace(-1, 1, _SIDE)] * 2)
    whole = np.stack([np.ones(_SIDE * _SIDE), u.ravel(), v.ravel()], axis=1)
    return np.linalg.pinv(whole[_RIM.ravel()]), whole


_TO_PLANE, _FROM_PLANE = _planes()


class Trial:
    """Holds a candidate to what only dust does."""

    def __init__(
        self,
        lights: Sequence[NDArray[np.float16]],
        colours: Sequence[NDArray[np.float16]],
        moves: Sequence[Transform],
        shade: Shading,
    ) -> None:
        self.size = lights[0].shape[1], lights[0].shape[0]
        self.colours = colours
        self.by_motion, self.by_calm = _levels(shade.by_motion), _levels(shade.by_calm)
        self.levels = [_levels(light) for light in lights]
        self.moves = moves
        self.back = [invert(move) for move in moves]

    def judge(self, candidate: Candidate) -> Speck | None:
        """Return the speck, or None where the candidate may be the scene's."""
        radius, place = candidate.radius, np.array([candidate.x, candidate.y])
        if min(candidate.x, candidate.y, *(np.subtract(self.size, 1) - place)) < _MARGIN * max(radius, 2.0):
            return None
        if not self._is_likely(candidate):
            return None
        seen = _Seen.of(self._patches(range(len(self.levels)), np.tile(place, (len(self.levels), 1)), radius))
        telling = np.nonzero(seen.errors < _TELLING * abs(seen.mean))[0]
        if len(telling) < 3 or not _DEEPEST_MEAN < seen.mean < -LEAST_DENT or -seen.mean < _SURE * seen.error:
            return None
        if seen.roundness < _ROUND:
            return None
        borne_out = self._shape(self.by_motion, candidate, 1.0).mean / seen.mean
        tinted = self._tinted(place, telling, radius, seen.mean)
        went_along = self._moved(place, telling, radius, seen.mean)
        if went_along is None:
            dusty = not tinted and borne_out > _BORNE_OUT_STILL and _dusty_though_still(seen, telling)
            still = self._measured(self.by_calm, candidate, 0.5) if dusty else None
            return still if still is not None and still.depth <= _DEEPEST_STILL else None
        # What the scene has left behind beyond doubt may be tinted: colour is recorded coarsely.
        if tinted and not (went_along < _LEFT_FAR_BEHIND and len(telling) > 3):
            return None
        left_behind = went_along < _LEFT_BEHIND and seen.steady(telling, _STEADY) >= _MOST
        if not left_behind or borne_out < _BORNE_OUT:
            return None
        return self._measured(self.by_motion, candidate, 1 - max(0.0, went_along))

    def taken_at_word(self, candidate: Candidate) -> Speck | None:
        """Measure a speck that a person says is there; None where the frames show no dent at all."""
        return self._measured(self.by_motion, candidate, 1.0) or self._measured(self.by_calm, candidate, 1.0)

    def _is_likely(self, candidate: Candidate) -> bool:
        """Say whether the shadings alone allow a speck: a look at all frames costs ten times as much."""
        calm, motion = (self._shape(field, candidate, 1.0) for field in (self.by_calm, self.by_motion))
        deep = min(calm.mean, motion.mean)
        return (
            deep < -LEAST_DENT / 2
            and motion.mean < _LIKELY * deep
            and max(calm.roundness, motion.roundness) > _LIKELY_ROUND
        )

    def _shape(self, field: Sequence[Plane], candidate: Candidate, window: float) -> _Seen:
        """Return what a shading shows of a place."""
        return _Seen.of(self._cut([field], [0], np.array([[candidate.x, candidate.y]]), window * candidate.radius))

    def _measured(self, field: Sequence[Plane], candidate: Candidate, confidence: float) -> Speck | None:
        """Measure a speck in a window that also holds its soft rim."""
        radius, place = _WINDOW * candidate.radius, np.array([candidate.x, candidate.y])
        shape = self._shape(field, candidate, _WINDOW).shape
        dark = np.where(_AWAY < 1.2, np.maximum(-cv2.GaussianBlur(shape, (0, 0), 1.5), 0), 0)
        v, u = np.meshgrid(_AXIS, _AXIS, indexing="ij")
        centre = np.array([(dark * u).sum(), (dark * v).sum()]) / max(1e-9, float(dark.sum()))
        profile = _falling(_radial(shape, np.hypot(u - centre[0], v - centre[1])))
        deepest = float(profile[:2].mean())
        outside = np.nonzero(profile > 0.08 * deepest)[0]
        if not np.log(1 - _DEEPEST) < deepest < -LEAST_DENT or not len(outside):
            return None
        reach = float(_STEPS[max(2, outside[0])])
        return Speck(
            x=float(place[0] + centre[0] * radius),
            y=float(place[1] + centre[1] * radius),
            radius=reach * radius,
            depth=1 - float(np.exp(deepest)),
            confidence=round(float(np.clip(confidence, 0, 1)), 3),
            profile=tuple(float(each) for each in np.interp(PROFILE_STEPS * reach, _STEPS, profile)),
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
        along = _Seen.of(self._patches(frames[::stride], np.array(places[::stride]), radius))
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

    def _patches(self, frames: Sequence[int], places: NDArray[np.float64], radius: float) -> Plane:
        return self._cut(self.levels, frames, places, radius)

    def _cut(
        self, planes: Sequence[Sequence[Plane]], frames: Sequence[int], places: NDArray[np.float64], radius: float
    ) -> Plane:
        level = max(0, min(_LEVELS - 1, int(np.log2(radius / 3.2)))) if radius >= 6.4 else 0
        shrink = 2**level
        side = np.linspace(-_REACH, _REACH, _SIDE) * radius / shrink
        patches = []
        for frame, place in zip(frames, places, strict=True):
            x, y = (place + 0.5) / shrink - 0.5
            xs, ys = np.meshgrid((x + side).astype(np.float32), (y + side).astype(np.float32))
            plane = planes[frame][level]
            patches.append(cv2.remap(plane, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))
        return np.stack(patches)


def _levels(light: NDArray[Any]) -> list[Plane]:
    levels: list[Plane] = [light.astype(np.float32)]
    for _ in range(_LEVELS - 1):
        size = (levels[-1].shape[1] // 2, levels[-1].shape[0] // 2)
        levels.append(cv2.resize(levels[-1][: size[1] * 2, : size[0] * 2], size, interpolation=cv2.INTER_AREA))
    return levels


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the frames show at a place: the dent in each and how sure it is, and their mean shape."""

    dents: Plane
    errors: Plane
    unrest: Plane
    mean: float
    error: float
    shape: Plane
    roundness: float

    def steady(self, frames: NDArray[np.intp], tolerance: float) -> float:
        """Return the share of `frames` in which the place is as dark as in the mean."""
        off = np.abs(self.dents[frames] - self.mean)
        return float((off < tolerance * abs(self.mean) + self.errors[frames]).mean())

    @classmethod
    def of(cls, patches: Plane) -> _Seen:
        flat = patches.reshape(len(patches), -1)
        rim = flat[:, _RIM.ravel()]
        ground = (rim @ _TO_PLANE.T) @ _FROM_PLANE.T
        rest = (flat - ground).reshape(patches.shape)
        smooth = np.stack([cv2.GaussianBlur(each, (0, 0), 2.0) for each in rest])
        dents = smooth[:, _CORE].mean(axis=1)
        errors = np.sqrt((smooth[:, _RIM] ** 2).mean(axis=1) + NOISE**2)
        unrest = np.sqrt((rest[:, _RIM] ** 2).mean(axis=1) + NOISE**2)
        weights = 1 / errors**2
        weights /= weights.sum()
        mean = float((weights * dents).sum())
        shape = (rest * weights[:, None, None]).sum(axis=0)
        inner = _AWAY < 1.6
        spread = float(((shape - _radial_of_centred(shape))[inner] ** 2).mean())
        roundness = 1 - spread / max(1e-9, float((shape[inner] ** 2).mean()))
        # Frames share the scene: their errors are not independent.
        error = float(np.sqrt((weights**2 * errors**2).sum() * 2))
        return cls(dents, errors, unrest, mean, error, shape, roundness)


def _dusty_though_still(seen: _Seen, telling: NDArray[np.intp]) -> bool:
    """Say whether a place that the scene did not move over shows dust beyond doubt.

    Its surroundings must have gone in and out of focus while the spot stayed as dark and as round throughout.
    """
    calmest = np.sort(seen.errors)[: max(3, len(seen.errors) // 3)].max()
    changed = seen.unrest.max() > _CHANGES * seen.unrest.min()
    steady = seen.steady(telling, _STEADY_STILL) >= _NEARLY_ALL
    return bool(changed and steady and -seen.mean >= _CALM * calmest and seen.roundness >= _ROUNDER)


@lru_cache(maxsize=1)
def _centred() -> tuple[Plane, Plane]:
    """Return the matrix from a patch to its means at _STEPS distances, and the one from those back to the patch."""
    back = np.stack([np.interp(_AWAY.ravel(), _STEPS, row) for row in np.eye(len(_STEPS))], axis=1)
    return _rings(_AWAY), back


def _radial_of_centred(shape: Plane) -> Plane:
    to_rings, back = _centred()
    return np.asarray((back @ (to_rings @ shape.ravel())).reshape(shape.shape))


def _radial(shape: Plane, away: Plane) -> Plane:
    """Return the mean of a patch at each of _STEPS distances."""
    return np.asarray(_rings(away) @ shape.ravel())


def _rings(away: Plane) -> Plane:
    """Return what each pixel counts for at each of _STEPS distances (steps x pixels)."""
    weights = np.clip(1 - np.abs(away.ravel() - _STEPS[:, None]) / 0.2, 1e-9, None)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _falling(profile: Plane) -> Plane:
    """Return a profile that only rises to 0 outwards: midway between its running bounds."""
    below = np.minimum.accumulate(profile[::-1])[::-1]
    rising = (np.maximum.accumulate(profile) + below) / 2
    return np.asarray(np.minimum(rising - rising[_STEPS <= 1.6].max(), 0))
