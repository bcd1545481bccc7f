"""Each pixel from the two frames next to its depth: true colour and noise on smooth surfaces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stacker.depth import confidence, smooth_depth
from stacker.energies import Packed
from stacker.focus import Contest
from stacker.fusers.law import GLANCE, Candidate
from stacker.ground import Ground
from stacker.pyramid import Spread
from stacker.warp import Plane


class Depth:
    """Weight = how near the frame's place in the sequence is to the depth map, 0 from one place away."""

    levels = 3
    by_energy = False

    def __init__(self, contest: Contest, spread: Spread = map, ground: Ground | None = None) -> None:
        """Make the depth map smooth and hole-free."""
        self._depth = smooth_depth(contest.winner.astype(np.float32), confidence(contest.certainty))

    def anywhere(self, place: int, energy: Packed | None) -> NDArray[np.bool_]:
        """Return at every fourth place of the grid whether the frame counts."""
        return np.asarray(np.abs(self._depth[::GLANCE, ::GLANCE] - np.float32(place)) < 1, np.bool_)

    def weight(self, candidate: Candidate) -> Plane:
        """Return the weight on the half-size grid."""
        away = np.abs(self._depth[candidate.tile.place] - np.float32(candidate.place))
        return np.asarray(np.maximum(1 - away, 0), np.float32)
