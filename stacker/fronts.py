"""Let what is in front hide what is behind it, however much sharper that is.

A frame focused behind a thin thing shows the background through it, and one focused behind a broad thing shows what
lies beyond its edge under a veil; where the background has more detail than the thing in front, it wins. Here, going
from the nearest frame on, the first focus counts: a place whose detail has stood out of the noise and has fallen off
again is taken, and what becomes sharp there later is hidden.

An edge is also seen a little beside itself, so what is taken gives back its rim towards places farther away; but for
the ridge of the edge itself, which is all there is of a thin thing.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.energies import Packed, opened
from stacker.focus import Contest
from stacker.fusers.law import GLANCE, Candidate, PlaceLaw
from stacker.warp import Plane

NOWHERE = np.iinfo(np.uint16).max
"""More than any place in a sequence: where nothing is hidden."""

# Energy that stands out: of the noise, and of the best of all frames at the place; and to what it falls between two
# things. Chosen on rendered leaves, hairs and balls; what is behind loses little there, as the rims are given back.
_OF_NOISE, _OF_BEST, _DIP = 8.0, 0.05, 0.4
# Half-size pixels that an edge is seen beside itself, places in the sequence that do not make another thing, and the
# part of the most energy around that is still the ridge.
_RIM, _SAME, _RIDGE = 2, 1, 0.85
_STRIP = 128


@dataclass(slots=True)
class Fronted:
    """A law by which frames count nowhere that something in front of them hides."""

    law: PlaceLaw
    hidden: NDArray[np.uint16]
    """The first place in the sequence that is hidden, at each place of the half-size grid."""
    levels: int
    by_energy: bool = True

    def anywhere(self, place: int, energy: Packed | None) -> NDArray[np.bool_] | None:
        """Return at every fourth place of the grid whether the frame counts."""
        seen = self.law.anywhere(place, energy)
        return seen if seen is None else seen & (self.hidden[::GLANCE, ::GLANCE] > place)

    def weight(self, candidate: Candidate) -> Plane | None:
        """Return the weight on the half-size grid."""
        weight = self.law.weight(candidate)
        if weight is not None:
            weight[self.hidden[candidate.tile.place] <= candidate.place] = 0
        return weight


def in_front(contest: Contest, energies: Iterable[Packed], pool: Executor) -> Contest:
    """Return the contest as it ends where the first focus counts.

    `energies` are those of all frames as they lie on the half-size grid, from the nearest frame on.
    """
    seen = _FirstFocus(contest)
    strips = [slice(top, top + _STRIP) for top in range(0, len(contest.best), _STRIP)]
    for place, energy in enumerate(energies):
        list(pool.map(lambda rows: seen.add(place, energy, rows), strips))  # noqa: B023 - all done before the next
    taken = seen.taken()
    return replace(
        contest,
        winner=np.where(taken, seen.winner, contest.winner),
        best=np.where(taken, seen.peak, contest.best),
        hidden=np.where(taken, seen.hidden, np.uint16(NOWHERE)),
    )


class _FirstFocus:
    """The first focus at each place, as the frames come."""

    def __init__(self, contest: Contest) -> None:
        self.contest = contest
        self.peak = np.zeros_like(contest.best)
        self.winner = np.zeros_like(contest.winner)
        self.hidden = np.full_like(contest.winner, NOWHERE)

    def add(self, place: int, energy: Packed, rows: slice) -> None:
        """Look at some rows of the next frame."""
        contest, peak, hidden = self.contest, self.peak[rows], self.hidden[rows]
        above = opened(energy[rows]) - contest.floor[rows]
        still = hidden == NOWHERE
        stood_out = peak > np.maximum(_OF_NOISE * contest.floor[rows], _OF_BEST * contest.best[rows])
        hidden[still & stood_out & (above < _DIP * peak)] = place
        rising = still & (above > peak)
        np.copyto(peak, above, where=rising)
        np.copyto(self.winner[rows], place, where=rising)

    def taken(self) -> NDArray[np.bool_]:
        """Return where something is in front of what is sharpest."""
        far = self.contest.winner
        taken = (self.hidden != NOWHERE) & (self.winner < far)
        around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _RIM + 1, 2 * _RIM + 1))
        farthest = cv2.dilate(np.where(taken, self.winner, far), around)
        ridge = self.peak >= _RIDGE * cv2.dilate(np.where(taken, self.peak, np.float32(0)), around)
        return np.asarray(taken & (ridge | (farthest <= self.winner + np.uint16(_SAME))), np.bool_)
