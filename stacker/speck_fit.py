"""Measure a speck by all frames at once: its centre and what it does to the light at each distance from there.

Two frames laid on each other differ by what the speck does at the one place less what it does at the other: the scene
cancels out. Where a frame is calm it tells the speck by itself. All of these are linear in the profile; they are
solved for together, each as sure as it turns out to be, and the centre is moved until nothing is left that moves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.bands import Plane
from stacker.dents import LEAST_DENT, NOISE
from stacker.specks import PROFILE_STEPS, Speck
from stacker.transforms import Transform, apply, invert

Array = NDArray[Any]

_SIDE = 27
_REACH = 2.2
_WIDER = 1.25
_WIDENED = 1.6
_CLEARLY = 0.02
_APART = (1, 2, 4)
_ROUNDS = 5
_FURTHEST = 0.8
_DEEPEST = 0.5
_SMOOTH = 0.02
_KNOTS = len(PROFILE_STEPS) - 1
# A scene's detail is alike over neighbouring samples and in neighbouring frames; differences of frames less so.
_OF_ONE_FRAME = 0.35


@dataclass(frozen=True, slots=True)
class _Views:
    """Patches without the plane they lie on, and where each sample (px) lies on the sensor in one frame or in two."""

    patches: Plane
    here: Array
    there: Array
    paired: NDArray[np.bool_]


def fitted(speck: Speck, lights: Sequence[Plane], moves: Sequence[Transform], shrink: int = 1) -> Speck:
    """Return `speck` measured anew, or as it is where the frames do not agree on one.

    `lights` are frames (natural logarithm of linear light) `shrink` times smaller than what `speck` (px) and `moves`
    (reference to frame, px) are told in. What was taken for its radius may be that of its core alone: a wider one is
    kept where it clearly leaves less of the frames' differences.
    """
    wide = replace(speck, radius=_WIDENED * speck.radius)
    near, far = (_fit(each, lights, moves, shrink) or speck for each in (speck, wide))
    views = _views(wide, lights, moves, shrink)
    return far if _misfit(views, [far]) < _misfit(views, [near]) - _CLEARLY else near


def merged(
    one: Speck, other: Speck, lights: Sequence[Plane], moves: Sequence[Transform], shrink: int = 1
) -> Speck | None:
    """Return the one speck that two overlapping ones are, None where the frames say that they are two."""
    away = float(np.hypot(one.x - other.x, one.y - other.y))
    radius = max(one.radius, other.radius, (away + one.radius + other.radius) / 2)
    mine = one.radius**2 * one.depth, other.radius**2 * other.depth
    share = mine[0] / sum(mine)
    middle = replace(
        one, x=share * one.x + (1 - share) * other.x, y=share * one.y + (1 - share) * other.y, radius=radius
    )
    views = _views(middle, lights, moves, shrink)
    whole = _fit(middle, lights, moves, shrink)
    best = min((one, other, whole or one), key=lambda each: _misfit(views, [each]))
    return best if _misfit(views, [best]) < _misfit(views, [one, other]) + _CLEARLY else None


def _fit(speck: Speck, lights: Sequence[Plane], moves: Sequence[Transform], shrink: int) -> Speck | None:
    views = _views(speck, lights, moves, shrink)
    centre, radius = np.array([speck.x, speck.y]), _WIDER * speck.radius
    weights = np.where(views.paired, 1.0, _OF_ONE_FRAME) / (views.patches.var(axis=(1, 2)) + NOISE**2)
    falls = np.zeros(_KNOTS)
    for _ in range(_ROUNDS):
        basis = _basis(views, centre, radius)
        falls = _solved(basis, views.patches, weights)
        left = views.patches - basis @ falls
        slopes = _slopes(views, centre, radius, falls)
        step = _step(slopes, left, weights)
        centre = centre + np.clip(step, -0.3 * speck.radius, 0.3 * speck.radius)
        weights = np.where(views.paired, 1.0, _OF_ONE_FRAME) / ((left**2).mean(axis=(1, 2)) + NOISE**2)
    profile = -np.append(np.cumsum(falls[::-1])[::-1], 0.0)
    deepest = float(profile[:2].mean())
    away = float(np.hypot(*(centre - (speck.x, speck.y))))
    if not np.log(1 - _DEEPEST) < deepest < -LEAST_DENT or away > _FURTHEST * speck.radius:
        return None
    return replace(
        speck,
        x=float(centre[0]),
        y=float(centre[1]),
        radius=radius,
        depth=1 - float(np.exp(deepest)),
        profile=tuple(float(each) for each in profile),
    )


def _misfit(views: _Views, specks: Sequence[Speck]) -> float:
    """Return how much of the views (mean logarithm of what is left of each) specks do not explain."""
    left = views.patches.copy()
    for speck in specks:
        left -= _basis(views, np.array([speck.x, speck.y]), speck.radius) @ np.diff(speck.profile)
    weights = np.where(views.paired, 1.0, _OF_ONE_FRAME)
    return float((weights * np.log((left**2).mean(axis=(1, 2)) + NOISE**2)).sum() / weights.sum())


def _views(speck: Speck, lights: Sequence[Plane], moves: Sequence[Transform], shrink: int) -> _Views:
    axis = np.linspace(-_REACH, _REACH, _SIDE) * speck.radius
    grid = np.stack(np.meshgrid(axis + speck.x, axis + speck.y), axis=-1)
    flat, count = grid.reshape(-1, 2), len(lights)
    own = [_sampled(light, grid, shrink) for light in lights]
    patches, there, paired = list(own), [grid] * count, [False] * count
    for i in range(count):
        back = apply(invert(moves[i]), flat)
        for j in (i + by for by in _APART):
            if 0 <= j < count:
                other = apply(moves[j], back).reshape(grid.shape)
                patches.append(own[i] - _sampled(lights[j], other, shrink))
                there.append(other)
                paired.append(True)
    return _Views(_levelled(np.stack(patches)[..., None])[..., 0], grid, np.stack(there), np.array(paired))


def _sampled(light: Plane, places: Array, shrink: int) -> Plane:
    maps = ((places + 0.5) / shrink - 0.5).astype(np.float32)
    return cv2.remap(light, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def _plane() -> Array:
    v, u = np.meshgrid(*[np.linspace(-1, 1, _SIDE)] * 2)
    return np.linalg.qr(np.stack([np.ones(_SIDE**2), u.ravel(), v.ravel()], axis=1))[0]


_GROUND = _plane().astype(np.float32)


def _levelled(stack: Array) -> Array:
    """Return n x side x side x k without the plane that each of the n x k lies on."""
    flat = stack.reshape(len(stack), _SIDE**2, -1)
    return np.asarray((flat - _GROUND @ (_GROUND.T @ flat)).reshape(stack.shape))


def _falling(away: Array) -> Array:
    """Return, at each distance (radii), what a fall of one between each two neighbouring steps takes there."""
    return np.asarray(-np.clip((PROFILE_STEPS[1:] - away[..., None]) * _KNOTS, 0, 1), np.float32)


def _basis(views: _Views, centre: Array, radius: float) -> Array:
    here = _falling(np.hypot(*np.moveaxis(views.here - centre, -1, 0)) / radius)
    there = _falling(np.hypot(*np.moveaxis(views.there - centre, -1, 0)) / radius)
    return _levelled(here - np.where(views.paired[:, None, None, None], there, np.float32(0)))


def _slopes(views: _Views, centre: Array, radius: float, falls: Array) -> Array:
    """Return what a pixel's move of the centre to the right, and downwards, does to each sample."""
    ends = np.append(np.cumsum(falls[::-1])[::-1], 0.0)
    steep = np.gradient(-ends, PROFILE_STEPS * radius)

    def moved(places: Array) -> Array:
        off = places - centre
        away = np.hypot(off[..., 0], off[..., 1])
        slope = np.interp(away / radius, PROFILE_STEPS, steep, right=0.0) / np.maximum(away, 1e-6)
        return np.asarray(-off * slope[..., None])

    return _levelled(moved(views.here) - np.where(views.paired[:, None, None, None], moved(views.there), 0))


def _normal(basis: Array, goal: Plane, weights: Array) -> tuple[Array, Array]:
    known = basis.shape[-1]
    weighed = (basis * weights[:, None, None, None]).reshape(-1, known).T
    return weighed @ basis.reshape(-1, known), weighed @ goal.ravel()


def _step(slopes: Array, left: Plane, weights: Array) -> Array:
    power, told = _normal(slopes, left, weights)
    return np.linalg.solve(power + 1e-6 * (np.trace(power) + 1e-9) * np.eye(2), told)


def _solved(basis: Array, goal: Plane, weights: Array) -> Array:
    """Return the falls, none below zero, that explain `goal` best; neighbours are drawn a little to each other."""
    power, told = _normal(basis, goal, weights)
    bend = np.diff(np.eye(_KNOTS), 1, axis=0)
    power += _SMOOTH * np.trace(power) / _KNOTS * (bend.T @ bend) + 1e-9 * np.eye(_KNOTS)
    falls = np.maximum(np.linalg.solve(power, told), 0)
    for _ in range(30):
        for k in range(_KNOTS):
            falls[k] = max(0.0, falls[k] + (told[k] - power[k] @ falls) / power[k, k])
    return np.asarray(falls)
