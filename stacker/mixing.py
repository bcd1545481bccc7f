"""Second look at all frames, at full size: each is warped and mixed in where it counts, tile by tile."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import cv2
import numpy as np

from develop.image import Pixels
from stacker import focus
from stacker.canvas import Canvas, Tile
from stacker.energies import Shares, counted, opened
from stacker.focus import Contest
from stacker.fusers.law import Candidate, Fuser
from stacker.lighting import Lighting
from stacker.pyramid import Band, Mix, bands, margin
from stacker.survey import energy_at
from stacker.transforms import Transform
from stacker.warp import Plane, brought

_LEAST_MARGIN = 4
# The reference covers the whole canvas, and so fills whatever no frame claims.
_LAST_RESORT = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A frame ready to be mixed in: its place among the used ones, pixels and where it lies.

    `shares` is what it counts, where the first look has told; else its half-size `luma` tells, if the law asks for it.
    """

    place: int
    pixels: Pixels
    luma: Plane | None
    shares: Shares | None
    lighting: Lighting
    transform: Transform
    is_reference: bool


def tile_margin(levels: int) -> int:
    """Return the margin (px) of the tiles that a picture of so many bands is mixed in."""
    return max(_LEAST_MARGIN, margin(levels))


class Mixing:
    """The picture as it grows frame by frame."""

    def __init__(self, canvas: Canvas, method: type[Fuser], pool: Executor, contest: Contest | None) -> None:
        """Begin a picture by `method`; `contest` is for frames whose shares are not known, None where all are."""
        self.canvas, self.method, self.pool = canvas, method, pool
        self.fuser = None if contest is None else method(contest)
        self.mix = Mix(canvas.size, method.levels)
        self.margin = tile_margin(method.levels)
        self.tiles = list(canvas.tiles(self.margin))
        width, height = canvas.half
        self.depth_sum = np.zeros((height, width), np.float32)
        self.depth_weight = np.zeros((height, width), np.float32)

    def add(self, shot: Shot) -> None:
        """Mix a frame in."""
        # The reference fills whatever no frame claims, and so is wanted everywhere.
        numbers = range(len(self.tiles)) if shot.shares is None or shot.is_reference else shot.shares
        list(self.pool.map(lambda number: self._add_tile(shot, number), numbers))

    def _weight(self, shot: Shot, number: int, half: Tile, around: Tile) -> Plane:
        """Return what a frame counts in `around`, the surroundings of tile `half` of the half-size grid."""
        if shot.shares is not None:
            share = shot.shares.get(number)
            return _nothing(half) if share is None else opened(share)
        assert self.fuser is not None
        if shot.luma is None:
            return counted(self.fuser, Candidate(shot.place, _nothing(half), around))
        energy = energy_at(self.canvas, half.widened(focus.REACH, self.canvas.half), shot.luma, shot.transform)
        return counted(self.fuser, Candidate(shot.place, energy, around))

    def _add_tile(self, shot: Shot, number: int) -> None:
        tile = self.tiles[number]
        half = tile.at(1, self.canvas.half)
        around = half.widened(0, self.canvas.half)
        weight = self._weight(shot, number, half, around)
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
        parts = bands(picture, self.method.levels)
        self.mix.add_bands(tile, parts, self.method.band_weights(parts, weight))

    def depth(self) -> Plane:
        """Return the mean place of the frames that fed each pixel of the half-size grid."""
        return np.asarray(self.depth_sum / np.maximum(self.depth_weight, 1e-12), np.float32)


def _nothing(half: Tile) -> Plane:
    width, height = half.outer_size
    return np.zeros((height, width), np.float32)


def _within(tile: Tile, around: Tile) -> tuple[slice, slice]:
    """Return where the surroundings of `tile` lie in the array of `around`."""
    rows, columns = tile.outer
    top, left = around.rows.start, around.columns.start
    return slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)
