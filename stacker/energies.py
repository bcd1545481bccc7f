"""What the first look at the frames keeps for the second: focus energies, then what each frame counts by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from itertools import accumulate
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from stacker.canvas import Tile
from stacker.fusers.law import Candidate, Fuser
from stacker.warp import Plane

# A frame that counts 3 % of the best one changes nothing that is seen; less than that is taken as nothing.
_NEGLIGIBLE = 0.03

Share: TypeAlias = NDArray[np.uint16]
Shares: TypeAlias = Mapping[int, Share]
"""What one frame counts, `packed`, by the number of the tile; nothing where it is not listed."""


class Energies:
    """The energies (a tile's surroundings on the half-size grid) of whole frames, as many as there is room for."""

    def __init__(self, tiles: Sequence[Tile], room_mb: float) -> None:
        self._tiles = tiles
        sizes = [(tile.outer_size[1], tile.outer_size[0]) for tile in tiles]
        ends = [0, *accumulate(height * width for height, width in sizes)]
        self._layout = list(zip(ends[:-1], ends[1:], sizes, strict=True))
        # One block, so that all of it goes back to the system at once.
        self._block = np.empty((int(room_mb * 1e6 / (4 * ends[-1])), ends[-1]), np.float32)
        self._places: list[int] = []

    def __bool__(self) -> bool:
        """Return whether anything is kept."""
        return bool(self._places)

    def page(self, place: int) -> list[Plane] | None:
        """Return where to write the energies of the frame at `place`, a plane a tile; None without room."""
        row = len(self._places)
        if row == len(self._block):
            return None
        self._places.append(place)
        return self._planes(row)

    def _planes(self, row: int) -> list[Plane]:
        return [self._block[row, start:stop].reshape(size) for start, stop, size in self._layout]

    def shares(self, fuser: Fuser, pool: Executor) -> dict[int, Shares]:
        """Turn what was kept into what each frame counts by the law of `fuser`; the energies are given up."""
        found = {place: self._shares(row, place, fuser, pool) for row, place in enumerate(self._places)}
        self._block = np.empty((0, 0), np.float32)
        self._places.clear()
        return found

    def _shares(self, row: int, place: int, fuser: Fuser, pool: Executor) -> Shares:
        def share(tile: Tile, energy: Plane) -> Share | None:
            weight = counted(fuser, Candidate(place, energy, tile))
            return packed(weight) if weight.any() else None

        found = list(pool.map(share, self._tiles, self._planes(row)))
        return {number: share for number, share in enumerate(found) if share is not None}


def counted(fuser: Fuser, candidate: Candidate) -> Plane:
    """Return what a frame counts (float32, 1: as the best), 0 where that is negligible."""
    return np.maximum(fuser.weight(candidate) - np.float32(_NEGLIGIBLE), 0)


def packed(weight: Plane) -> Share:
    """Return the upper half of float32 weights: their whole range, to 0.4 %, in half the memory."""
    return (weight.view(np.uint32) >> 16).astype(np.uint16)


def opened(share: Share) -> Plane:
    """Return packed weights as float32."""
    return (share.astype(np.uint32) << 16).view(np.float32)
