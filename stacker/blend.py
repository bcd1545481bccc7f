"""Add up the bands of many frames whose shares are known: nothing need be divided in the end.

Memory that was never written to before costs more than what is done in it, so the finished picture takes the place of
its own finest band.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from typing import TypeAlias

import cv2
import numpy as np

from develop.image import Pixels
from stacker.canvas import Tile
from stacker.ground import Ground
from stacker.pyramid import Band, Rows, collapse, grown, halvings
from stacker.warp import Plane

Writing: TypeAlias = Callable[[Rows, Pixels, slice, Executor], None]


class Blend:
    """The sum of many frames' bands on a canvas of `size` (width, height), each by its share.

    `add` may run at the same time for different tiles; for one tile, the order of frames decides the last bits.
    """

    def __init__(self, size: tuple[int, int], levels: int, ground: Ground | None = None) -> None:
        """Begin a sum of `levels` bands and the rest, the finest of them on `ground` where one is given."""
        self.sizes = halvings(size, levels)
        self.sums = [(ground or Ground()).zeros((size[1], size[0], 3), np.float32)]
        self.sums += [np.zeros((height, width, 3), np.float32) for width, height in self.sizes[1:]]

    def add(self, tile: Tile, bands: Iterable[Band], shares: Iterable[Plane]) -> None:
        """Add the bands of the surroundings of `tile` as one frame shows them, finest first."""
        for level, (band, share) in enumerate(zip(bands, shares, strict=True)):
            here = tile.at(level, self.sizes[level])
            inner = share[here.inner]
            cv2.accumulateProduct(band[here.inner], cv2.merge((inner, inner, inner)), self.sums[level][here.place])

    def finish(self, write: Writing, rows: slice, pool: Executor) -> Pixels:
        """Return the picture (uint16), of which `write` made the `rows`; the sums are used up.

        `write` is given what tells rows of the mixed picture (float32), and where to write them.
        """
        fine, coarse = self.sums[0], self.sums[1:]
        below = collapse(coarse, pool.map) if coarse else None

        def mixed(which: slice) -> Band:
            return fine[which] if below is None else cv2.add(fine[which], grown(below, self.sizes[0], which))

        # Each row is written to the first half of the memory that its sums are in.
        height, width = fine.shape[:2]
        numbers = fine.view(np.uint16).reshape(height, 2, width, 3)
        write(mixed, numbers[:, 0], rows, pool)
        packed = numbers.reshape(2 * height, width, 3)
        start = 1
        while start < height:  # twice as many rows each time: they lie clear of those that they go to
            stop = min(2 * start, height)
            packed[start:stop] = packed[2 * start : 2 * stop : 2]
            start = stop
        return packed[:height]
