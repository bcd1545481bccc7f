"""What a fusing method is: how much each frame counts at each place, and how many bands its seams are spread over."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from stacker.canvas import Tile
from stacker.energies import Packed
from stacker.focus import Contest
from stacker.ground import Ground
from stacker.pyramid import Band, Spread
from stacker.warp import Plane

GLANCE = 4
"""Steps (half-size pixels) at which a law is asked first, to spare it most of the places where a frame is nothing."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A frame at a tile of the half-size grid: its `place` in the sequence and its focus `energy` in the tile.

    `energy` is None for a law that does not go by it.
    """

    place: int
    energy: Packed | None
    tile: Tile


class PlaceLaw(Protocol):
    """A method that decides once for all bands, before any frame is read at full size.

    It is made from the contest of all frames and called from several threads at once.
    """

    levels: int
    """Bands below the picture; 0 mixes pixels as they are, so that the result lies between the frames."""

    by_energy: bool
    """Whether the weight goes by the frame's own focus energy."""

    def __init__(self, contest: Contest, spread: Spread = map, ground: Ground | None = None) -> None:
        """Prepare what all frames need.

        `spread` runs a function for each of many parts of the picture; planes may lie on `ground`.
        """

    def anywhere(self, place: int, energy: Packed | None) -> NDArray[np.bool_] | None:
        """Return at every `GLANCE`th place of the whole grid whether a frame may count there; None: look everywhere.

        A glance may overlook what is smaller than its steps; where a frame wins it is weighed in any case.
        """

    def weight(self, candidate: Candidate) -> Plane | None:
        """Return how much the frame counts (H x W float32, 0..1; 1 where it is the best), the caller's to change.

        None says that it counts nowhere in the tile.
        """


class BandLaw(ABC):
    """A method that decides for every band by itself, while the frames are mixed."""

    levels: int
    """Bands below the picture."""

    @staticmethod
    @abstractmethod
    def band_weights(bands: list[Band]) -> list[Plane]:
        """Return the weight of each of a frame's bands (float32, above 0)."""


Law: TypeAlias = type[PlaceLaw] | type[BandLaw]
