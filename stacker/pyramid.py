"""Split pictures into bands, mix many frames' bands by weight, and put the sum together again.

The Laplacian pyramid of Burt and Adelson (doi:10.1109/TCOM.1983.1095851). Frames are added tile by tile and never
held: only the weighted sums of bands and the sums of weights are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from functools import partial
from itertools import pairwise
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.canvas import Tile
from stacker.warp import Plane

Band: TypeAlias = NDArray[Any]
"""H x W x 3 float32."""

Spread: TypeAlias = Callable[[Callable[[int], None], Iterable[int]], Iterable[None]]

_STRIP = 256
_GROWN_REACH = 2


def margin(levels: int) -> int:
    """Return how much of its surroundings (px) a tile must see so that its bands are those of the whole picture."""
    return 3 << levels


def gaussian(plane: NDArray[Any], levels: int) -> list[NDArray[Any]]:
    """Return `plane` and its successive halvings, levels + 1 in all."""
    out = [plane]
    for _ in range(levels):
        out.append(cv2.pyrDown(out[-1]))
    return out


def bands(picture: Band, levels: int) -> list[Band]:
    """Turn `picture` into its Laplacian pyramid, in place: `levels` bands, finest first, and the rest."""
    smooth = gaussian(picture, levels)
    for fine, coarse in pairwise(smooth):
        cv2.subtract(fine, _grown(coarse, fine), dst=fine)
    return smooth


def collapse(levels: list[Band], spread: Spread = map) -> Band:
    """Return the picture whose Laplacian pyramid is `levels`: the inverse of `bands`; the levels are used up.

    `spread` runs a function for each of many strips: `map` one after the other, a pool's at the same time.
    """
    out = levels.pop()
    while levels:
        out = _grown_onto(levels.pop(), out, spread)
    return out


def _grown(coarse: NDArray[Any], like: NDArray[Any]) -> NDArray[Any]:
    return cv2.pyrUp(coarse, dstsize=(like.shape[1], like.shape[0]))


class Mix:
    """The weighted sum of many frames' bands on a canvas.

    Weights need not add up to 1 where the mix is `weighed`: their sums are kept, and divided by in the end. `add` may
    run at the same time for different tiles; for one tile, the order of frames decides the last bits.
    """

    def __init__(self, size: tuple[int, int], levels: int, *, weighed: bool = True) -> None:
        self.levels = levels
        self.sizes = [size]
        for _ in range(levels):
            width, height = self.sizes[-1]
            self.sizes.append((-(-width // 2), -(-height // 2)))
        self.sums = [np.zeros((height, width, 3), np.float32) for width, height in self.sizes]
        self.weights = [np.zeros((height, width), np.float32) for width, height in self.sizes] if weighed else []

    def add(self, tile: Tile, picture: Band, weight: Plane) -> None:
        """Add the surroundings of `tile` as one frame shows them, with that frame's weight at each pixel."""
        self.add_bands(tile, bands(picture, self.levels), gaussian(weight, self.levels))

    def add_bands(self, tile: Tile, picture: Iterable[Band], weight: Iterable[Plane]) -> None:
        """Add bands, each with its own weight."""
        for level, (band, share) in enumerate(zip(picture, weight, strict=True)):
            here = tile.at(level, self.sizes[level])
            inner = share[here.inner]
            threefold = cv2.merge((inner, inner, inner))
            sums = self.sums[level][here.place]
            cv2.add(sums, cv2.multiply(band[here.inner], threefold, dst=threefold), dst=sums)
            if self.weights:
                weights = self.weights[level][here.place]
                cv2.add(weights, inner, dst=weights)

    def result(self, pool: Executor) -> Band:
        """Return the mixed picture and give up the sums."""
        for sums, weights in zip(self.sums, self.weights, strict=bool(self.weights)):
            list(pool.map(partial(_divide, sums, weights), range(0, len(sums), _STRIP)))
        self.weights.clear()
        return collapse(self.sums, pool.map)


def _divide(sums: NDArray[Any], weights: NDArray[Any], start: int) -> None:
    rows = slice(start, start + _STRIP)
    sums[rows] /= weights[rows, :, None]


def _grown_onto(band: Band, coarse: Band, spread: Spread) -> Band:
    """Add the enlarged `coarse` to `band`, in strips that see enough of their surroundings to be as one."""
    height, width = band.shape[:2]

    def grow(start: int) -> None:
        stop = min(start + _STRIP, height)
        above, below = max(0, start // 2 - _GROWN_REACH), min(len(coarse), -(-stop // 2) + _GROWN_REACH)
        size = (width, min(height, 2 * below) - 2 * above)
        grown = cv2.pyrUp(coarse[above:below], dstsize=size)
        part = band[start:stop]
        cv2.add(part, grown[start - 2 * above : stop - 2 * above], dst=part)

    list(spread(grow, range(0, height, _STRIP)))
    return band
