"""First look at all frames, reduced: which of them is the sharpest at each place, and how surely."""

from __future__ import annotations

from concurrent.futures import Executor

import cv2
import numpy as np

from stacker import focus
from stacker.canvas import Canvas, Tile
from stacker.energies import Energy, Packed, opened
from stacker.focus import Contest
from stacker.ground import Ground
from stacker.softness import Softness, laid_at
from stacker.transforms import Transform

_SIDE = 768
_MOST = 255


class Survey:
    """The running contest of the frames on the half-size grid; frames are added in order.

    Energies are compared as they are packed: the larger of two numbers is packed as the larger integer.
    """

    def __init__(
        self, canvas: Canvas, pool: Executor, softness: Softness | None = None, ground: Ground | None = None
    ) -> None:
        """Begin a contest; energies as they lie on the canvas are written to `ground` where one is given.

        `softness` says where the coarse energies count as well.
        """
        width, height = canvas.half
        self.canvas, self.pool, self.softness, self.ground = canvas, pool, softness, ground or Ground()
        self.tiles = [tile.at(1, canvas.half) for tile in canvas.tiles(0, _SIDE)]
        self.best, self.winner = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint16)
        self.least = np.full((height, width), _MOST, np.uint8)

    def add(self, index: int, energy: Energy, transform: Transform, gain: float) -> Packed:
        """Let a frame take part: its energy, as seen with `gain` on its luma.

        Returns the energy as it lies on the canvas.
        """
        laid = self.ground.plane((self.canvas.half[1], self.canvas.half[0]))

        def add(tile: Tile) -> None:
            laid[tile.place] = seen = laid_at(self.canvas, tile, energy, transform, gain, self.softness)
            self._compare(index, seen, tile)

        list(self.pool.map(add, self.tiles))
        return laid

    def _compare(self, index: int, seen: Packed, tile: Tile) -> None:
        best, least, winner = self.best[tile.place], self.least[tile.place], self.winner[tile.place]
        np.copyto(winner, index, where=seen > best)
        cv2.max(best, seen, dst=best)
        # Where a frame does not reach, its energy is 0 and says nothing of the noise.
        cv2.min(least, seen if seen.all() else np.where(seen == 0, np.uint8(_MOST), seen), dst=least)

    def conclude(self) -> Contest:
        """Return who has won; the survey is used up."""
        self.least[self.least == _MOST] = 0
        floor = focus.noise_floor(opened(self.least))
        best = opened(self.best)
        np.subtract(best, floor, out=best)
        np.maximum(best, 0, out=best)
        return Contest(winner=self.winner, best=best, floor=floor)
