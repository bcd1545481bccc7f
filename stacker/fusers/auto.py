"""The default: the sharpest frame where detail stands out of the noise, a mean of like frames where it does not."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.depth import neighbourhood
from stacker.energies import Packed, opened
from stacker.focus import Contest
from stacker.fusers.law import GLANCE, Candidate
from stacker.warp import Plane

# Averaging a frame of relative sharpness a costs detail in proportion to best * (1 - a) and gains in proportion to the
# noise: the ratio of the two, the certainty, decides how steeply the weight falls.
_STEEPNESS = 0.75
_STEEPEST = 1000.0
# Detail that is a twentieth of the noise is nothing to be relative to.
_LEAST_CERTAINTY = 0.05
# A frame more than half a step from the depth of a surface does not show it sharpest, whatever glints make of it. The
# more the depths around vary, the less this is held against the frame; where noise rules, not at all, and on a surface
# that is told clearly, where only rims and fine gratings make another frame win, more than in proportion.
_NEAR = 0.5
_PULL = 0.025
_CLEAR = 30.0
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
        self._terms = _Terms.of(contest)
        self._glance = _Terms(*(np.ascontiguousarray(each[::GLANCE, ::GLANCE]) for each in self._terms))

    def anywhere(self, place: int, energy: Packed | None) -> NDArray[np.bool_]:
        """Return at every fourth place of the grid whether the frame counts."""
        assert energy is not None
        seen = self._glance.share(place, np.ascontiguousarray(energy[::GLANCE, ::GLANCE]))
        return np.asarray(seen > _NOTHING, np.bool_)

    def weight(self, candidate: Candidate) -> Plane | None:
        """Return the weight on the half-size grid."""
        assert candidate.energy is not None
        terms = self._terms.at(candidate.tile.place)
        share = terms.share(candidate.place, candidate.energy)
        return _calmed(share, terms.steepness) if share.max() > _NOTHING else None


class _Terms(NamedTuple):
    """What the weight at each place is made of, but for the frame itself."""

    floor: Plane
    scale: Plane
    steepness: Plane
    depth: Plane
    pull: Plane
    base: Plane

    @staticmethod
    def of(contest: Contest) -> _Terms:
        # In place, as these planes are large: fresh memory costs more than what is done in it.
        scale = contest.floor * np.float32(_LEAST_CERTAINTY)
        cv2.divide(1.0, cv2.max(scale, contest.best, dst=scale), dst=scale)
        steepness = contest.certainty
        depth, pull = neighbourhood(contest.winner, steepness)
        steepness *= np.float32(_STEEPNESS)
        np.minimum(steepness, np.float32(_STEEPEST), out=steepness)
        pull *= np.float32(_TOLERANCE)
        pull += np.float32(1)
        cv2.divide(steepness, pull, dst=pull)
        cv2.multiply(pull, np.maximum(pull, np.float32(_CLEAR)), dst=pull, scale=_PULL / _CLEAR)
        # However far it lies off, the winner keeps some weight: there may be no better one.
        base = _off(depth - contest.winner, pull)
        base -= np.float32(_MOST_LOST)
        np.maximum(base, 0, out=base)
        base -= steepness
        return _Terms(contest.floor, scale, steepness, depth, pull, base)

    def at(self, place: tuple[slice, slice]) -> _Terms:
        return _Terms(*(each[place] for each in self))

    def share(self, frame: int, energy: Packed) -> Plane:
        """Return what a frame counts at these places, as far as each place alone says."""
        above = np.subtract(opened(energy), self.floor)
        np.maximum(above, 0, out=above)
        above *= self.scale
        amplitude = np.sqrt(above, out=above)
        amplitude *= self.steepness
        amplitude += self.base
        amplitude -= _off(self.depth - np.float32(frame), self.pull)
        np.clip(amplitude, -_FARTHEST, 0, out=amplitude)
        return cv2.exp(amplitude)


def _calmed(share: Plane, steepness: Plane) -> Plane:
    """Return the weight as it is where it is sure, the mean around where it is not."""
    own = np.minimum(steepness * np.float32(1 / (_STEEPNESS * _SURE)), np.float32(1))
    around = cv2.blur(share, _WINDOW)
    own *= share - around
    return np.asarray(np.add(around, own, out=around), np.float32)


def _off(away: Plane, pull: Plane) -> Plane:
    """Return what being `away` (frames) from the surface costs, in place."""
    np.abs(away, out=away)
    away -= np.float32(_NEAR)
    np.maximum(away, 0, out=away)
    away *= away
    away *= pull
    return away
