"""Follow a dark spot from frame to frame: does it go along with the scene, or does it stay where it is on the sensor?

On a tripod the picture only breathes: by less than a speck's own size, so that a speck never gets out of its own
shadow. But its place can be told to a fraction of a pixel in every frame that is calm there. Held against how far the
scene went, it says what the spot belongs to: a detail of the scene takes part in all of the motion, dust in none.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.bands import Plane
from stacker.spots import AWAY, AXIS, Spot, evened, smoothing

_DOUBT = 0.6
_LEAST_FRAMES = 3
_OUTLINE = AWAY < 1.6
_INNER = AWAY < 1.9
_SMOOTHING = smoothing(1.0)
# Neighbouring samples of a patch are alike: so many of them say as much as one.
_ALIKE = 12.0
# What a place is uncertain by beside what its own frame shows (px).
_LEAST_ERROR = 0.05
# Share of the motion that transforms are uncertain by.
_NOTHING = 0.02


@dataclass(frozen=True, slots=True)
class Drift:
    """What part of the scene's motion a spot took: about 0 for dust, 1 for the scene; its error; in how many frames."""

    share: float
    error: float
    frames: int

    def is_none(self, most: float, error: float) -> bool:
        """Say whether the spot surely stayed: it took no part that stands out of an `error` below that, nor `most`."""
        surely = abs(self.share) <= 2 * self.error + _NOTHING
        return self.error <= error and surely and self.share + 2 * self.error <= most


def drift(spot: Spot, paths: NDArray[np.float64], radius: float) -> Drift | None:
    """Return how a spot went along with the scene; None where too few frames show it.

    `paths` (n x 2, px) is where the scene that lay under the spot in one frame lies in each; `radius` is that of the
    spot's patches (px).
    """
    usable = spot.telling(_DOUBT)
    if len(usable) < _LEAST_FRAMES:
        return None
    template = cv2.GaussianBlur(np.where(_OUTLINE, evened(spot.shape), 0), (0, 0), 1.0)
    down, right = np.gradient(template, float(AXIS[1] - AXIS[0]) * radius)
    basis = np.stack([template[_INNER], -right[_INNER], -down[_INNER]], axis=1)
    smooth = (_SMOOTHING @ spot.rest[usable] @ _SMOOTHING.T)[:, _INNER]
    covariance = np.linalg.inv(basis.T @ basis + 1e-12 * np.eye(3))
    found = smooth @ (covariance @ basis.T).T
    left = ((smooth - found @ basis.T) ** 2).mean(axis=1)
    errors = np.sqrt(left * _ALIKE * np.trace(covariance[1:, 1:]) / 2) + _LEAST_ERROR
    places = found[:, 1:] / np.clip(found[:, :1], 0.4, 2)
    return _regressed(places, paths[usable], 1 / errors**2)


def _regressed(places: Plane, paths: NDArray[np.float64], weights: NDArray[np.float64]) -> Drift:
    share = (weights / weights.sum())[:, None]
    weigh = weights[:, None]
    moved, went = places - (share * places).sum(axis=0), paths - (share * paths).sum(axis=0)
    power = max(1e-9, float((weigh * went * went).sum()))
    part = float((weigh * went * moved).sum()) / power
    scatter = float((weigh * (moved - part * went) ** 2).sum()) / max(1, 2 * len(weights) - 3)
    return Drift(part, float(np.sqrt(max(1.0, scatter) / power)), len(weights))
