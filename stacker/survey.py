"""First look at all frames, reduced: which of them is the sharpest at each place, and how surely."""

from __future__ import annotations

from concurrent.futures import Executor

import cv2
import numpy as np

from stacker import focus
from stacker.canvas import Canvas, Tile
from stacker.energies import Packed, energy_at
from stacker.focus import Contest
from stacker.transforms import Transform

_SIDE = 768


class Survey:
    """The running contest of the frames on the half-size grid; frames are added in order."""

    def __init__(self, canvas: Canvas, pool: Executor) -> None:
        width, height = canvas.half
        self.canvas, self.pool = canvas, pool
        self.tiles = [tile.at(1, canvas.half) for tile in canvas.tiles(0, _SIDE)]
        self.best = np.full((height, width), -1, np.float32)
        self.least = np.full((height, width), np.inf, np.float32)
        self.winner = np.zeros((height, width), np.uint16)

    def add(self, index: int, energy: Packed, transform: Transform, gain: float) -> None:
        """Let a frame take part: its energy at about half its size, as seen with `gain` on its luma."""
        list(self.pool.map(lambda tile: self._add_tile(index, energy, transform, gain, tile), self.tiles))

    def _add_tile(self, index: int, packed: Packed, transform: Transform, gain: float, tile: Tile) -> None:
        energy = energy_at(self.canvas, tile, packed, transform, gain)
        best, least, winner = self.best[tile.place], self.least[tile.place], self.winner[tile.place]
        np.copyto(winner, index, where=energy > best)
        cv2.max(best, energy, dst=best)
        if not energy.all():
            # Where a frame does not reach, its energy is 0 and says nothing of the noise.
            energy[energy == 0] = np.inf
        cv2.min(least, energy, dst=least)

    def conclude(self) -> Contest:
        """Return who has won; the survey is used up."""
        np.copyto(self.least, 0, where=np.isinf(self.least))
        floor = focus.noise_floor(self.least)
        np.subtract(self.best, floor, out=self.best)
        np.maximum(self.best, 0, out=self.best)
        return Contest(winner=self.winner, best=self.best, floor=floor)
