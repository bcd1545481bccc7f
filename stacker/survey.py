"""First look at all frames, reduced: which of them is the sharpest at each place, and how surely."""

from __future__ import annotations

from concurrent.futures import Executor

import cv2
import numpy as np
from numpy.typing import NDArray

from develop.image import Pixels
from stacker import focus
from stacker.canvas import Canvas, Tile
from stacker.energies import Energies, Shares
from stacker.focus import Contest
from stacker.fusers.law import Fuser
from stacker.transforms import Transform
from stacker.warp import Plane, brought, covered, reduced_luma


class Survey:
    """The running contest of the frames on the half-size grid; frames are added in order.

    `tiles` are those of the canvas that the second look will use, on the half-size grid; `energies` is what this one
    keeps for it.
    """

    def __init__(self, canvas: Canvas, pool: Executor, *, margin: int = 0, room_mb: float = 0) -> None:
        width, height = canvas.half
        self.canvas, self.pool = canvas, pool
        self.tiles = [tile.at(1, canvas.half) for tile in canvas.tiles(margin)]
        self.energies = Energies([tile.widened(0, canvas.half) for tile in self.tiles], room_mb)
        self.best = np.full((height, width), -1, np.float32)
        self.least = np.full((height, width), np.inf, np.float32)
        self.winner = np.zeros((height, width), np.uint16)

    def add(self, index: int, luma: Plane, transform: Transform) -> None:
        """Let a frame take part; `luma` is about half its size."""
        page = self.energies.page(index)

        def look(number: int) -> None:
            energy = self._add_tile(index, luma, transform, self.tiles[number])
            if page is not None:
                page[number][...] = energy

        list(self.pool.map(look, range(len(self.tiles))))

    def _add_tile(self, index: int, luma: Plane, transform: Transform, tile: Tile) -> Plane:
        outer = energy_at(self.canvas, tile.widened(focus.REACH, self.canvas.half), luma, transform)
        energy = outer[tile.inner]
        best, least, winner = self.best[tile.place], self.least[tile.place], self.winner[tile.place]
        winner[energy > best] = index
        cv2.max(best, energy, dst=best)
        # Where a frame does not reach, its energy is 0 and says nothing of the noise.
        cv2.min(least, np.where(energy > 0, energy, np.inf).astype(np.float32), dst=least)
        return outer

    def shares(self, fuser: Fuser) -> dict[int, Shares]:
        """Return what each frame that was kept counts by the law of `fuser`; their energies are given up."""
        return self.energies.shares(fuser, self.pool)

    def conclude(self) -> Contest:
        """Return who has won."""
        least = np.where(np.isfinite(self.least), self.least, 0).astype(np.float32)
        floor = focus.noise_floor(least)
        best = np.maximum(self.best - floor, 0)
        return Contest(winner=self.winner, best=best, floor=floor)


def energy_at(canvas: Canvas, tile: Tile, luma: Plane, transform: Transform) -> Plane:
    """Return a frame's focus energy on a tile of the half-size grid; 0 where the frame does not reach."""
    reduced = (luma.shape[1], luma.shape[0])
    onto = canvas.half_onto(transform, tile, reduced)
    energy = focus.energy(brought(luma, onto, tile.outer_size))[tile.inner]
    inside = _inside(reduced, onto, tile)
    return energy if inside is None else np.where(inside[tile.inner], energy, np.float32(0))


def _inside(frame: tuple[int, int], onto: Transform, tile: Tile) -> NDArray[np.bool_] | None:
    """Return which pixels the frame covers, or None where it covers all (its corners, as transforms keep lines)."""
    width, height = tile.outer_size
    corners = np.array([[0, width - 1, 0, width - 1], [0, 0, height - 1, height - 1], [1, 1, 1, 1]], np.float64)
    x, y, w = onto @ corners
    # Half a pixel of the reduced frame is still inside the full one.
    slack = 0.75
    if ((x >= -slack * w) & (y >= -slack * w) & (x <= (frame[0] - 1 + slack) * w)).all() and (
        y <= (frame[1] - 1 + slack) * w
    ).all():
        return None
    return covered(frame, onto, (width, height))


def half_luma(pixels: Pixels) -> Plane:
    """Return the luma of a full frame at half its size."""
    return reduced_luma(pixels, (-(-pixels.shape[1] // 2), -(-pixels.shape[0] // 2)))
