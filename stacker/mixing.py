"""Second look at all frames, at full size: each is warped and mixed in where it counts, tile by tile."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import cv2
import numpy as np

from develop.image import Pixels
from stacker.blend import Blend
from stacker.bounds import Bounds
from stacker.canvas import Canvas, Tile
from stacker.fusers.law import BandLaw
from stacker.ground import Ground
from stacker.lighting import Lighting
from stacker.pyramid import Band, Mix, bands, gaussian, margin
from stacker.transforms import Transform
from stacker.warp import Plane, brought
from stacker.weighing import Shares

_LEAST_MARGIN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A frame ready to be mixed in: its place among the used ones, pixels and where it lies."""

    place: int
    pixels: Pixels
    lighting: Lighting
    transform: Transform


def tile_margin(levels: int) -> int:
    """Return the margin (px) of the tiles that a picture of so many bands is mixed in."""
    return max(_LEAST_MARGIN, margin(levels))


class Mixing:
    """The picture as it grows frame by frame, by the frames' shares or by a law of its own for every band."""

    def __init__(self, canvas: Canvas, levels: int, by: Shares | type[BandLaw], pool: Executor, ground: Ground) -> None:
        """Begin a picture of so many `levels` of bands, its sums on `ground`."""
        self.canvas, self.levels, self.by, self.pool = canvas, levels, by, pool
        self.bounds = Bounds(canvas.size)
        self.sum = Blend(canvas.size, levels, ground) if isinstance(by, Shares) else Mix(canvas.size, levels)
        self.tiles = list(canvas.tiles(tile_margin(levels)))

    def add(self, shot: Shot) -> None:
        """Mix a frame in."""
        by = self.by
        if isinstance(by, Shares):
            list(self.pool.map(lambda number: self._add_share(shot, *by.at(shot.place, number)), by.tiles(shot.place)))
        else:
            list(self.pool.map(lambda tile: self._add_bands(shot, by, tile), self.tiles))

    def _add_share(self, shot: Shot, part: Tile, share: Plane) -> None:
        width, height = part.outer_size
        full = cv2.resize(share, (share.shape[1] * 2, share.shape[0] * 2))[:height, :width]
        parts = self._bands(shot, part)
        self.sum.add(part, parts, gaussian(np.ascontiguousarray(full), self.levels))

    def _add_bands(self, shot: Shot, law: type[BandLaw], tile: Tile) -> None:
        parts = self._bands(shot, tile)
        self.sum.add(tile, parts, law.band_weights(parts))

    def _bands(self, shot: Shot, tile: Tile) -> list[Band]:
        raw = brought(shot.pixels, self.canvas.onto(shot.transform, tile), tile.outer_size)
        picture = shot.lighting.even(raw)
        self.bounds.add(tile, picture)
        return bands(picture, self.levels)

    def picture(self, rows: slice) -> Pixels:
        """Return some rows of the picture (uint16), nowhere darker or brighter than the frames; once only."""
        if isinstance(self.sum, Blend):
            return self.sum.finish(self.bounds.write, rows, self.pool)[rows]
        picture = self.sum.result(self.pool)
        out = np.empty(picture.shape, np.uint16)
        self.bounds.write(picture.__getitem__, out, rows, self.pool)
        return out[rows]
