"""The default: the sharpest frame where detail stands out of the noise, a mean of like frames where it does not."""

from __future__ import annotations

import cv2
import numpy as np

from stacker.focus import Contest
from stacker.fusers.law import Candidate
from stacker.pyramid import Band, gaussian
from stacker.warp import Plane

# Averaging a frame of relative sharpness a costs detail in proportion to best * (1 - a) and gains in proportion to the
# noise: the ratio of the two, the certainty, decides how steeply the weight falls.
_STEEPNESS = 0.75
_STEEPEST = 120.0
# Detail that is a twentieth of the noise is nothing to be relative to.
_LEAST_CERTAINTY = 0.05
# Exponents farther out are slow, denormal numbers or overflow.
_FARTHEST = 40.0


class Auto:
    """Weight = exp(-steepness (1 - a)), a the amplitude of a frame's detail relative to the best frame's."""

    levels = 2

    def __init__(self, contest: Contest) -> None:
        """Prepare the steepness at each place."""
        self._floor = contest.floor
        self._scale = (1 / np.maximum(contest.best, _LEAST_CERTAINTY * contest.floor)).astype(np.float32)
        self._steepness = np.minimum(contest.certainty * np.float32(_STEEPNESS), np.float32(_STEEPEST))

    def weight(self, candidate: Candidate) -> Plane:
        """Return the weight on the half-size grid."""
        place = candidate.tile.place
        above = np.subtract(candidate.energy, self._floor[place])
        np.maximum(above, 0, out=above)
        above *= self._scale[place]
        amplitude = np.sqrt(above, out=above)
        amplitude -= 1
        amplitude *= self._steepness[place]
        np.clip(amplitude, -_FARTHEST, _FARTHEST, out=amplitude)
        return cv2.exp(amplitude)

    def band_weights(self, bands: list[Band], weight: Plane) -> list[Plane]:
        """Return one decision for all bands, wider for the coarser ones."""
        return gaussian(weight, self.levels)
