"""A plain mean of pixels, weighted by focus: softest, but never brighter or darker than the frames."""

from __future__ import annotations

import cv2
import numpy as np

from stacker.energies import Packed, opened
from stacker.focus import Contest
from stacker.fusers.law import Candidate
from stacker.ground import Ground
from stacker.pyramid import Spread
from stacker.warp import Plane

_POWER = 4.0
_LEAST_RATIO = 1e-6


class Weighted:
    """Weight = (energy / best)^4 with noise counted in both, so that where nothing is sharp all frames are alike."""

    levels = 0
    by_energy = True

    def __init__(self, contest: Contest, spread: Spread = map, ground: Ground | None = None) -> None:
        """Prepare the scale of the energies."""
        self._floor = contest.floor
        self._scale = (1 / (contest.best + 2 * contest.floor)).astype(np.float32)

    def anywhere(self, place: int, energy: Packed | None) -> None:
        """Return that every frame counts a little everywhere."""

    def weight(self, candidate: Candidate) -> Plane:
        """Return the weight on the half-size grid."""
        assert candidate.energy is not None
        place = candidate.tile.place
        ratio = cv2.multiply(cv2.add(opened(candidate.energy), self._floor[place]), self._scale[place])
        return cv2.pow(np.maximum(ratio, _LEAST_RATIO), _POWER)
