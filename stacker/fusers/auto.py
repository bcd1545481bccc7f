"""The default: the sharpest frame where detail stands out of the noise, a mean of like frames where it does not."""

from __future__ import annotations

import cv2
import numpy as np

from stacker.depth import neighbourhood
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
# A frame more than half a step from the depth of a surface does not show it sharpest, whatever glints make of it. The
# more the depths around vary, the less this is held against the frame; where noise rules, not at all.
_NEAR = 0.5
_PULL = 3.0
_TOLERANCE = 3.0
_MOST_LOST = 3.0
# What a place of less certainty counts is partly what its surroundings do, a window of so many half-size pixels: who
# wins there is a matter of noise. The weights of a frame that counts for so little are left alone.
_SURE = 40.0
_WINDOW = (7, 7)
_NOTHING = 0.01
# Exponents farther out are slow, denormal numbers or overflow.
_FARTHEST = 40.0


class Auto:
    """Weight = exp(-steepness (1 - a) - pull d^2), 1 for the sharpest frame.

    a is the amplitude of a frame's detail relative to the best frame's, d how many frames it lies off the depth of the
    surface around. Where noise makes the winner unsure, the weights around count as well.
    """

    levels = 2
    by_energy = True

    def __init__(self, contest: Contest) -> None:
        """Prepare the steepness at each place."""
        # In place, as these planes are large: fresh memory costs more than what is done in it.
        self._floor = contest.floor
        self._scale = contest.floor * np.float32(_LEAST_CERTAINTY)
        cv2.divide(1.0, cv2.max(self._scale, contest.best, dst=self._scale), dst=self._scale)
        self._steepness = contest.certainty
        self._depth, self._pull = neighbourhood(contest.winner, self._steepness)
        self._steepness *= np.float32(_STEEPNESS)
        np.minimum(self._steepness, np.float32(_STEEPEST), out=self._steepness)
        self._pull *= np.float32(_TOLERANCE)
        self._pull += np.float32(1)
        cv2.divide(self._steepness, self._pull, dst=self._pull, scale=_PULL / _STEEPEST)
        # However far it lies off, the winner keeps some weight: there may be no better one.
        self._base = self._off(self._depth - contest.winner, self._pull)
        self._base -= np.float32(_MOST_LOST)
        np.maximum(self._base, 0, out=self._base)
        self._base -= self._steepness

    def weight(self, candidate: Candidate) -> Plane:
        """Return the weight on the half-size grid."""
        place = candidate.tile.place
        above = np.subtract(candidate.energy, self._floor[place])
        np.maximum(above, 0, out=above)
        above *= self._scale[place]
        amplitude = np.sqrt(above, out=above)
        amplitude *= self._steepness[place]
        amplitude += self._base[place]
        amplitude -= self._off(self._depth[place] - np.float32(candidate.place), self._pull[place])
        np.clip(amplitude, -_FARTHEST, 0, out=amplitude)
        share = cv2.exp(amplitude)
        return self._calmed(share, self._steepness[place]) if share.max() > _NOTHING else share

    @staticmethod
    def _calmed(share: Plane, steepness: Plane) -> Plane:
        """Return the weight as it is where it is sure, the mean around where it is not."""
        own = np.minimum(steepness * np.float32(1 / (_STEEPNESS * _SURE)), np.float32(1))
        around = cv2.blur(share, _WINDOW)
        own *= share - around
        return np.asarray(np.add(around, own, out=around), np.float32)

    @staticmethod
    def _off(away: Plane, pull: Plane) -> Plane:
        """Return what being `away` (frames) from the surface costs, in place."""
        np.abs(away, out=away)
        away -= np.float32(_NEAR)
        np.maximum(away, 0, out=away)
        away *= away
        away *= pull
        return away

    @classmethod
    def band_weights(cls, bands: list[Band], weight: Plane) -> list[Plane]:
        """Return one decision for all bands, wider for the coarser ones."""
        return gaussian(weight, cls.levels)
