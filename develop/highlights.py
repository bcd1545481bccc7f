"""Rebuild what a sensor could not hold: a clipped colour from the others, and light above white without a cast."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from develop import colour, gamut
from develop.colour import Floats
from develop.operations.operation import Place, spread

FULL: Final = 0.985
"""Of a colour's highest value: above it a site counts as clipped, with the noise there and what was interpolated."""
_RING: Final = 7
_REACH: Final = 1 / 30
"""Of the longer side: how far the colour about a clipped place counts for it."""
_PRIOR: Final = 2e-3
"""How much the mean of all surroundings counts beside those at hand."""
_MAP: Final = 192

Clipped = NDArray[np.bool_] | None
Cast = Floats
"""H x W x 3, reduced: how far each colour lies above the mean of the other two, as cube roots, about clipped places."""


def cast_about(light: Floats, ceilings: Floats) -> Cast:
    """Measure the colour of what surrounds clipped places on a reduced picture; grey where nothing does.

    `light` is H x W x 3 white-balanced camera light, `ceilings` the value at which each of its channels clips.
    """
    full = _beyond(light, ceilings)
    ring = np.asarray(cv2.dilate(full, np.ones((_RING, _RING), np.uint8))) - full
    weight = np.asarray((ring > 0) & (light[..., 1] > 0.05 * ceilings[1]), np.float32)
    if not weight.any():
        return np.zeros((1, 1, 3), np.float32)
    roots = np.cbrt(np.maximum(light, 0.0))
    above = roots - (roots.sum(axis=2, keepdims=True) - roots) / 2
    mean = above[weight > 0].mean(axis=0)
    scale = min(1.0, _MAP / max(full.shape))
    size = (max(1, round(full.shape[1] * scale)), max(1, round(full.shape[0] * scale)))
    small = cv2.resize(above * weight[..., None], size, interpolation=cv2.INTER_AREA)
    counts = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    sigma = max(1.0, max(size) * _REACH)
    near = np.asarray(cv2.GaussianBlur(small, (0, 0), sigma))
    counted = np.asarray(cv2.GaussianBlur(counts, (0, 0), sigma))[..., None]
    return np.asarray((near + np.float32(_PRIOR) * mean) / (counted + np.float32(_PRIOR)), np.float32)


def _beyond(light: Floats, ceilings: Floats) -> NDArray[np.uint8]:
    """Return 1 where any channel reached its ceiling."""
    within = cv2.inRange(light, (-1e9,) * 3, tuple(float(value) * FULL for value in ceilings))
    return np.asarray(within == 0, np.uint8)


def clipped(light: Floats, ceilings: Floats) -> Clipped:
    """Tell which channels of which pixels (H x W x 3) reached their ceiling; nothing where none did."""
    return light >= ceilings * np.float32(FULL) if _beyond(light, ceilings).any() else None


def rebuild(light: Floats, lost: Clipped, cast: Cast, place: Place) -> Floats:
    """Raise the channels that are `lost`, in place, to what the others and the surroundings' colour say that they were.

    A channel that reached its ceiling is only known to be at least that; the others tell how much more. Where all
    three did, what comes out is the surroundings' colour: no magenta, no hole. `place` says which rows these are.
    """
    if lost is None:
        return light
    flat = light.reshape(-1, 3)
    places = np.flatnonzero((lost[..., 0] | lost[..., 1] | lost[..., 2]).reshape(-1))
    found, gone = flat[places], lost.reshape(-1, 3)[places]
    roots = np.cbrt(np.maximum(found, 0.0))
    for own, one, other in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
        mine = gone[:, own]
        above = spread(np.ascontiguousarray(cast[..., own]), light.shape[0], place).reshape(-1)[places[mine]]
        told = ((roots[mine, one] + roots[mine, other]) / 2 + above) ** 3
        found[mine, own] = np.maximum(found[mine, own], told)
    flat[places] = found
    return light


def hold(linear: Floats) -> Floats:
    """Bring linear working light above white back to it, in place, hue kept; what is not above is not touched."""
    peak = cv2.inRange(linear, (-1e9,) * 3, (1.0,) * 3)
    if cv2.countNonZero(peak) == peak.size:
        return linear
    flat = linear.reshape(-1, 3)
    places = np.flatnonzero(peak.reshape(-1) == 0)
    flat[places] = gamut.hold(flat[places], colour.to_xyz(colour.WORKING)[1].astype(np.float32))
    return linear
