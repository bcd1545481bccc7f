"""Look at one place of the sensor in every frame: how dark it is against its surroundings, how round, how surely."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.bands import Plane
from stacker.dents import NOISE

SIDE = 25
"""Samples on each side of a patch, which reaches from -REACH to REACH radii around a place."""
REACH = 2.4
AXIS = np.linspace(-REACH, REACH, SIDE)
AWAY = np.hypot(*np.meshgrid(AXIS, AXIS))
"""Distance of every sample of a patch from its centre, in radii."""
STEPS = np.arange(17) / 8
"""Distances from the centre, in radii, at which a patch's means over circles are given."""

_CORE = AWAY < 0.6
_INNER = AWAY < 1.6
_RIM = (AWAY > 1.5) & (AWAY < 2.4)


def _planes() -> tuple[Plane, Plane]:
    """Return the matrix from a patch's rim to a plane's three numbers, and the one from those to the whole patch."""
    v, u = np.meshgrid(*[np.linspace(-1, 1, SIDE)] * 2)
    whole = np.stack([np.ones(SIDE * SIDE), u.ravel(), v.ravel()], axis=1)
    return np.linalg.pinv(whole[_RIM.ravel()]), whole


_TO_PLANE, _FROM_PLANE = _planes()


def smoothing(sigma: float) -> Plane:
    """Return the matrix that a patch's rows, and its columns, are smoothed by."""
    return np.stack([cv2.GaussianBlur(row[None], (0, 0), sigma)[0] for row in np.eye(SIDE)], axis=1)


_SMOOTHING = smoothing(2.0)


@dataclass(frozen=True, slots=True)
class Spot:
    """What the frames show at a place: the dent in each and how sure it is, and their mean shape.

    `rest` are the patches (natural logarithm of light) without the plane that their rims lie on; `unrest` says how
    much detail each rim has.
    """

    rest: Plane
    dents: Plane
    errors: Plane
    unrest: Plane
    mean: float
    error: float
    shape: Plane
    roundness: float

    def telling(self, doubt: float) -> NDArray[np.intp]:
        """Return the frames in which the error of the dent is below `doubt` of the mean dent."""
        return np.nonzero(self.errors < doubt * abs(self.mean))[0]

    def steady(self, frames: NDArray[np.intp], tolerance: float) -> float:
        """Return the share of `frames` in which the place is as dark as in the mean; 0 where there are none."""
        if not len(frames):
            return 0.0
        off = np.abs(self.dents[frames] - self.mean)
        return float((off < tolerance * abs(self.mean) + self.errors[frames]).mean())

    @classmethod
    def of(cls, patches: Plane) -> Spot:
        """Look at patches, one a frame (n x SIDE x SIDE, natural logarithm of light)."""
        rest, smooth = _levelled(patches)
        dents = smooth[:, _CORE].mean(axis=1)
        errors = np.sqrt((smooth[:, _RIM] ** 2).mean(axis=1) + NOISE**2)
        unrest = np.sqrt((rest[:, _RIM] ** 2).mean(axis=1) + NOISE**2)
        weights = 1 / errors**2
        weights /= weights.sum()
        mean = float((weights * dents).sum())
        shape = (rest * weights[:, None, None]).sum(axis=0)
        roundness = float(_roundness(shape[None])[0])
        # Frames share the scene: their errors are not independent.
        error = float(np.sqrt((weights**2 * errors**2).sum() * 2))
        return cls(rest, dents, errors, unrest, mean, error, shape, roundness)


def looks(patches: Plane) -> tuple[Plane, Plane]:
    """Return the dent and the roundness of many places at once, each seen in one patch (n x SIDE x SIDE)."""
    rest, smooth = _levelled(patches)
    return smooth[:, _CORE].mean(axis=1), _roundness(rest)


def _levelled(patches: Plane) -> tuple[Plane, Plane]:
    """Return patches without the plane that their rims lie on, as they are and smoothed."""
    flat = patches.reshape(len(patches), -1)
    ground = (flat[:, _RIM.ravel()] @ _TO_PLANE.T) @ _FROM_PLANE.T
    rest = (flat - ground).reshape(patches.shape)
    return rest, _SMOOTHING @ rest @ _SMOOTHING.T


def _roundness(shapes: Plane) -> Plane:
    """Return how far each patch is the same all around its centre: 1 for a disc, about 0 for anything else."""
    to_rings, back = _centred()
    inner = _INNER.ravel()
    flat = shapes.reshape(len(shapes), -1)
    even = (flat @ to_rings.T) @ back[inner].T
    spread = ((flat[:, inner] - even) ** 2).mean(axis=1)
    return np.asarray(1 - spread / np.maximum(1e-9, (flat[:, inner] ** 2).mean(axis=1)))


@lru_cache(maxsize=1)
def _centred() -> tuple[Plane, Plane]:
    """Return the matrix from a patch to its means at STEPS distances, and the one from those back to the patch."""
    back = np.stack([np.interp(AWAY.ravel(), STEPS, row) for row in np.eye(len(STEPS))], axis=1)
    return _rings(AWAY), back


def evened(shape: Plane) -> Plane:
    """Return a patch with each circle around its centre made even."""
    to_rings, back = _centred()
    return np.asarray((back @ (to_rings @ shape.ravel())).reshape(shape.shape))


def radial(shape: Plane, away: Plane) -> Plane:
    """Return the mean of a patch at each of STEPS distances."""
    return np.asarray(_rings(away) @ shape.ravel())


def _rings(away: Plane) -> Plane:
    """Return what each pixel counts for at each of STEPS distances (steps x pixels)."""
    weights = np.clip(1 - np.abs(away.ravel() - STEPS[:, None]) / 0.2, 1e-9, None)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
