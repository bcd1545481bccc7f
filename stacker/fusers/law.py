"""What a fusing method is: how much each frame counts at each place, and how many bands its seams are spread over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from stacker.canvas import Tile
from stacker.focus import Contest
from stacker.pyramid import Band
from stacker.warp import Plane


@dataclass(frozen=True, slots=True)
class Candidate:
    """A frame at a tile of the half-size grid: its `place` in the sequence and its focus `energy` (with `tile`)."""

    place: int
    energy: Plane
    tile: Tile


class Fuser(Protocol):
    """A fusing method, made from the contest of all frames; called from several threads at once."""

    levels: int
    """Bands below the picture; 0 mixes pixels as they are, so that the result lies between the frames."""

    by_energy: bool
    """Whether the weight goes by the frame's own focus energy; else `Candidate.energy` is empty of meaning."""

    def __init__(self, contest: Contest) -> None:
        """Prepare what all frames need."""

    def weight(self, candidate: Candidate) -> Plane:
        """Return how much the frame counts (H x W float32, 0 and up; 1 where it is the best) on the half-size grid."""

    @classmethod
    def band_weights(cls, bands: list[Band], weight: Plane) -> list[Plane]:
        """Return the weight of each band, given the frame's weight at full size."""
