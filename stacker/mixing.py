"""Second look at all frames, at full size: each is warped and mixed in where it counts, tile by tile."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import cv2
import numpy as np

from develop.image import Pixels
from stacker.bounds import Bounds
from stacker.canvas import Canvas, Tile
from stacker.energies import Packed, energy_at
from stacker.focus import Contest
from stacker.fusers.law import Candidate, Fuser
from stacker.lighting import Lighting
from stacker.pyramid import Band, Mix, bands, margin
from stacker.transforms import Transform
from stacker.warp import Plane, brought

_LEAST_MARGIN = 4
# The reference covers the whole canvas, and so fills whatever no frame claims.
_LAST_RESORT = 1e-6
# A frame that counts 3 % of the best one changes nothing that is seen; less than that is taken as nothing.
_NEGLIGIBLE = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A frame ready to be mixed in: its place among the used ones, pixels and where it lies.

    `energy` is its focus energy, None where the law does not ask for it.
    """

    place: int
    pixels: Pixels
    energy: Packed | None
    lighting: Lighting
    transform: Transform
    is_reference: bool


def tile_margin(levels: int) -> int:
    """Return the margin (px) of the tiles that a picture of so many bands is mixed in."""
    return max(_LEAST_MARGIN, margin(levels))


class Mixing:
    """The picture as it grows frame by frame."""

    def __init__(self, canvas: Canvas, method: type[Fuser], pool: Executor, contest: Contest) -> None:
        """Begin a picture by `method`."""
        self.canvas, self.method, self.pool = canvas, method, pool
        self.fuser: Fuser = method(contest)
        self.mix, self.bounds = Mix(canvas.size, method.levels), Bounds(canvas.size)
        self.margin = tile_margin(method.levels)
        self.tiles = list(canvas.tiles(self.margin))
        width, height = canvas.half
        self.depth_sum = np.zeros((height, width), np.float32)
        self.depth_weight = np.zeros((height, width), np.float32)

    def add(self, shot: Shot) -> None:
        """Mix a frame in."""
        list(self.pool.map(lambda tile: self._add_tile(shot, tile), self.tiles))

    def _weight(self, shot: Shot, around: Tile) -> Plane:
        """Return what a frame counts in a tile of the half-size grid."""
        if shot.energy is None:
            energy = np.zeros(around.outer_size[::-1], np.float32)
        else:
            energy = energy_at(self.canvas, around, shot.energy, shot.transform, shot.lighting.luma_gain)
        weight = self.fuser.weight(Candidate(shot.place, energy, around))
        return np.maximum(weight - np.float32(_NEGLIGIBLE), 0)

    def _add_tile(self, shot: Shot, tile: Tile) -> None:
        half = tile.at(1, self.canvas.half)
        around = half.widened(0, self.canvas.half)
        weight = self._weight(shot, around)
        if shot.is_reference:
            weight = weight + np.float32(_LAST_RESORT)
        part = self._claimed(tile, around, weight)
        if part is None:
            return
        inner = weight[half.inner]
        self.depth_sum[half.place] += inner * np.float32(shot.place)
        self.depth_weight[half.place] += inner
        share = weight[_within(part.at(1, self.canvas.half), around)]
        width, height = part.outer_size
        full = cv2.resize(share, (share.shape[1] * 2, share.shape[0] * 2))[:height, :width]
        raw = brought(shot.pixels, self.canvas.onto(shot.transform, part), part.outer_size)
        self._mix(part, shot.lighting.even(raw), np.ascontiguousarray(full))

    def _claimed(self, tile: Tile, around: Tile, weight: Plane) -> Tile | None:
        """Return the part of `tile` that the frame has any weight in or near, or None."""
        rows, columns = (np.flatnonzero(weight.any(axis=axis)) for axis in (1, 0))
        if not len(rows):
            return None
        top, left = around.rows.start, around.columns.start
        reach = self.margin
        between = (2 * (top + int(rows[0])) - reach, 2 * (top + int(rows[-1]) + 1) + reach)
        across = (2 * (left + int(columns[0])) - reach, 2 * (left + int(columns[-1]) + 1) + reach)
        part = tile.tightened(between, across, reach, self.canvas.size)
        return part if part.rows.start < part.rows.stop and part.columns.start < part.columns.stop else None

    def _mix(self, tile: Tile, picture: Band, weight: Plane) -> None:
        self.bounds.add(tile, picture)
        parts = bands(picture, self.method.levels)
        self.mix.add_bands(tile, parts, self.method.band_weights(parts, weight))

    def write(self, out: Pixels, rows: slice) -> None:
        """Write some rows of the picture to `out` (uint16), nowhere darker or brighter than the frames; once only."""
        self.bounds.write(self.mix.result(self.pool)[rows], out, self.pool, first=rows.start)

    def depth(self) -> Plane:
        """Return the mean place of the frames that fed each pixel of the half-size grid."""
        return np.asarray(self.depth_sum / np.maximum(self.depth_weight, 1e-12), np.float32)


def _within(tile: Tile, around: Tile) -> tuple[slice, slice]:
    """Return where the surroundings of `tile` lie in the array of `around`."""
    rows, columns = tile.outer
    top, left = around.rows.start, around.columns.start
    return slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)
