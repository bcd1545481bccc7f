"""The default: the sharpest frame where detail stands out of the noise, a mean of like frames where it does not."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.depth import neighbourhood
from stacker.energies import Packed, opened
from stacker.focus import Contest
from stacker.fusers.law import GLANCE, Candidate
from stacker.ground import Ground
from stacker.pyramid import Spread
from stacker.warp import Plane

Winner: TypeAlias = NDArray[np.uint16]

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
_WINDOW = np.full(7, 1 / 7, np.float32)
_NOTHING = 0.01
# Rows that are prepared at a time, and how far around them the winners are read.
_STRIP, _REACH = 256, 24
# Exponents farther out are slow, denormal numbers or overflow.
_FARTHEST = 40.0


class Auto:
    """Weight = exp(-steepness (1 - a) - pull d^2), 1 for the sharpest frame.

    a is the amplitude of a frame's detail relative to the best frame's, d how many frames it lies off the depth of the
    surface around. Where noise makes the winner unsure, the weights around count as well.
    """

    levels = 2
    by_energy = True

    def __init__(self, contest: Contest, spread: Spread = map, ground: Ground | None = None) -> None:
        """Prepare the steepness at each place."""
        self._terms = _Terms.of(contest, spread, ground or Ground())
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
        return _calmed(share, terms.sure) if share.max() > _NOTHING else None


class _Terms(NamedTuple):
    """What the weight at each place is made of, but for the frame itself."""

    floor: Plane
    scale: Plane
    sure: Plane
    depth: Plane
    pull: Plane
    base: Plane

    @staticmethod
    def of(contest: Contest, spread: Spread, ground: Ground) -> _Terms:
        height, width = contest.winner.shape
        terms = _Terms(contest.floor, *(ground.plane((height, width), np.float32) for _ in range(5)))

        def fill(start: int) -> None:
            rows = slice(start, min(start + _STRIP, height))
            terms.at((rows, slice(None))).fill(contest.best[rows], contest.winner[rows], *_around(contest, rows))

        list(spread(fill, range(0, height, _STRIP)))
        return terms

    def fill(self, best: Plane, winner: Winner, certainty: Plane, depth: Plane, variance: Plane) -> None:
        """Write the terms of some rows."""
        steepness = np.minimum(certainty * np.float32(_STEEPNESS), np.float32(_STEEPEST))
        # A frame's detail relative to the best one's, times the steepness, is the root of its energy times this.
        most = cv2.max(self.floor * np.float32(_LEAST_CERTAINTY), best)
        cv2.divide(cv2.multiply(steepness, steepness), most, dst=self.scale)
        np.copyto(self.depth, depth)
        pull = cv2.divide(steepness, variance * np.float32(_TOLERANCE) + np.float32(1))
        cv2.multiply(pull, np.maximum(pull, np.float32(_CLEAR)), dst=self.pull, scale=_PULL / _CLEAR)
        # However far it lies off, the winner keeps some weight: there may be no better one.
        lost = _off(cv2.subtract(depth, winner, dtype=cv2.CV_32F), self.pull) - np.float32(_MOST_LOST)
        cv2.subtract(np.maximum(lost, 0, out=lost), steepness, dst=self.base)
        np.minimum(steepness * np.float32(1 / (_STEEPNESS * _SURE)), np.float32(1), out=self.sure)

    def at(self, place: tuple[slice, slice]) -> _Terms:
        return _Terms(*(each[place] for each in self))

    def share(self, frame: int, energy: Packed) -> Plane:
        """Return what a frame counts at these places, as far as each place alone says."""
        amplitude = opened(energy)
        cv2.subtract(amplitude, self.floor, dst=amplitude)
        cv2.multiply(np.maximum(amplitude, 0, out=amplitude), self.scale, dst=amplitude)
        cv2.add(cv2.sqrt(amplitude, dst=amplitude), self.base, dst=amplitude)
        cv2.subtract(amplitude, _off(self.depth - np.float32(frame), self.pull), dst=amplitude)
        np.clip(amplitude, -_FARTHEST, 0, out=amplitude)
        return cv2.exp(amplitude, dst=amplitude)


def _around(contest: Contest, rows: slice) -> tuple[Plane, Plane, Plane]:
    """Return of some rows the certainty, and the mean and the variance of the winners around."""
    wide = slice(max(0, rows.start - _REACH), min(rows.stop + _REACH, len(contest.winner)))
    certainty = cv2.divide(contest.best[wide], contest.floor[wide])
    inner = slice(rows.start - wide.start, rows.stop - wide.start)
    depth, variance = neighbourhood(contest.winner[wide], certainty)
    return certainty[inner], depth[inner], variance[inner]


def _calmed(share: Plane, sure: Plane) -> Plane:
    """Return the weight as it is where it is sure, the mean around where it is not."""
    around = cv2.sepFilter2D(share, cv2.CV_32F, _WINDOW, _WINDOW)
    cv2.multiply(cv2.subtract(share, around, dst=share), sure, dst=share)
    return cv2.add(around, share, dst=around)


def _off(away: Plane, pull: Plane) -> Plane:
    """Return what being `away` (frames) from the surface costs, in place."""
    np.subtract(np.abs(away, out=away), np.float32(_NEAR), out=away)
    np.maximum(away, 0, out=away)
    np.multiply(away, away, out=away)
    return cv2.multiply(away, pull, dst=away)
