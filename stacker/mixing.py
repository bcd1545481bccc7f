"""Second look at all frames, at full size: each is warped and mixed in where it counts, tile by tile."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import cv2
import numpy as np

from develop.image import Pixels
from stacker import focus
from stacker.canvas import Canvas, Tile
from stacker.fusers.law import Candidate, Fuser
from stacker.lighting import Lighting
from stacker.pyramid import Band, Mix, bands, margin
from stacker.survey import energy_at
from stacker.transforms import Transform
from stacker.warp import Plane, brought

# A frame that counts this little beside the best one changes no bit of the result that is seen.
_NEGLIGIBLE = 1e-4
# The reference covers the whole canvas, and so fills whatever no frame claims.
_LAST_RESORT = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A frame ready to be mixed in: its place among the used ones, pixels, half-size luma and where it lies."""

    place: int
    pixels: Pixels
    luma: Plane
    lighting: Lighting
    transform: Transform
    is_reference: bool


class Mixing:
    """The picture as it grows frame by frame."""

    def __init__(self, canvas: Canvas, fuser: Fuser, pool: Executor) -> None:
        self.canvas, self.fuser, self.pool = canvas, fuser, pool
        self.mix = Mix(canvas.size, fuser.levels)
        self.tiles = list(canvas.tiles(max(16, margin(fuser.levels))))
        width, height = canvas.half
        self.depth_sum = np.zeros((height, width), np.float32)
        self.depth_weight = np.zeros((height, width), np.float32)

    def add(self, shot: Shot) -> None:
        """Mix a frame in."""
        list(self.pool.map(lambda tile: self._add_tile(shot, tile), self.tiles))

    def _add_tile(self, shot: Shot, tile: Tile) -> None:
        half = tile.at(1, self.canvas.half)
        around = half.widened(focus.REACH, self.canvas.half)
        energy = energy_at(self.canvas, around, shot.luma, shot.transform)
        weight = self.fuser.weight(Candidate(shot.place, energy, around))
        if shot.is_reference:
            weight = weight + np.float32(_LAST_RESORT)
        elif float(weight.max()) < _NEGLIGIBLE:
            return
        inner = weight[half.inner]
        self.depth_sum[half.place] += inner * np.float32(shot.place)
        self.depth_weight[half.place] += inner
        width, height = tile.outer_size
        full = cv2.resize(weight, (weight.shape[1] * 2, weight.shape[0] * 2))[:height, :width]
        raw = brought(shot.pixels, self.canvas.onto(shot.transform, tile), tile.outer_size)
        self._mix(tile, shot.lighting.even(raw), np.ascontiguousarray(full))

    def _mix(self, tile: Tile, picture: Band, weight: Plane) -> None:
        parts = bands(picture, self.fuser.levels)
        self.mix.add_bands(tile, parts, self.fuser.band_weights(parts, weight))

    def depth(self) -> Plane:
        """Return the mean place of the frames that fed each pixel of the half-size grid."""
        return np.asarray(self.depth_sum / np.maximum(self.depth_weight, 1e-12), np.float32)
