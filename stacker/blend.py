"""Add up the bands of many frames whose shares are known: nothing is divided, and the finest band is kept in 16 bits.

Memory that was never written to before costs more than what is done in it, so the finished picture takes the place of
its own finest band.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor

import cv2
import numpy as np

from develop.image import Pixels
from stacker.canvas import Tile
from stacker.pyramid import Band, Rows, collapse, grown, halvings
from stacker.warp import Plane

# Shares add up to 1, so that a sum goes no further than one frame's band, which a gain may have carried beyond 1.
# What is lost by rounding is a hundredth of what the 8 bits of a frame lose.
_SCALE = 24000


class Blend:
    """The sum of many frames' bands on a canvas of `size` (width, height), each by its share.

    `add` may run at the same time for different tiles; for one tile, the order of frames decides the last bits.
    """

    def __init__(self, size: tuple[int, int], levels: int) -> None:
        self.sizes = halvings(size, levels)
        self.fine = np.zeros((size[1], size[0], 3), np.int16)
        self.coarse = [np.zeros((height, width, 3), np.float32) for width, height in self.sizes[1:]]

    def add(self, tile: Tile, bands: Iterable[Band], shares: Iterable[Plane]) -> None:
        """Add the bands of the surroundings of `tile` as one frame shows them, finest first."""
        for level, (band, share) in enumerate(zip(bands, shares, strict=True)):
            here = tile.at(level, self.sizes[level])
            inner = share[here.inner]
            threefold = cv2.merge((inner, inner, inner))
            if level:
                cv2.accumulateProduct(band[here.inner], threefold, self.coarse[level - 1][here.place])
            else:
                sums = self.fine[here.place]
                part = cv2.multiply(band[here.inner], threefold, scale=_SCALE, dtype=cv2.CV_16S)
                cv2.add(sums, part, dst=sums)

    def finished(self, pool: Executor) -> tuple[Rows, Pixels]:
        """Return what gives rows of the picture (H x W x 3 float32), and where they may be written to (uint16).

        Each row may be asked for until it is written.
        """
        below = collapse(self.coarse, pool.map) if self.coarse else None

        def rows(which: slice) -> Band:
            part = np.multiply(self.fine[which], np.float32(1 / _SCALE), dtype=np.float32)
            return part if below is None else cv2.add(part, grown(below, self.sizes[0], which), dst=part)

        return rows, self.fine.view(np.uint16)
