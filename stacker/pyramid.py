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

Rows: TypeAlias = Callable[[slice], Band]

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


def halvings(size: tuple[int, int], levels: int) -> list[tuple[int, int]]:
    """Return `size` (width, height) and those of its successive halvings, levels + 1 in all."""
    sizes = [size]
    for _ in range(levels):
        width, height = sizes[-1]
        sizes.append((-(-width // 2), -(-height // 2)))
    return sizes


class Mix:
    """The weighted sum of many frames' bands on a canvas; weights may be any, their sums are divided by in the end.

    `add` may run at the same time for different tiles; for one tile, the order of frames decides the last bits.
    """

    def __init__(self, size: tuple[int, int], levels: int) -> None:
        self.levels = levels
        self.sizes = halvings(size, levels)
        self.sums = [np.zeros((height, width, 3), np.float32) for width, height in self.sizes]
        self.weights = [np.zeros((height, width), np.float32) for width, height in self.sizes]

    def add(self, tile: Tile, picture: Iterable[Band], weight: Iterable[Plane]) -> None:
        """Add the bands of the surroundings of `tile` as one frame shows them, each with its own weight."""
        for level, (band, share) in enumerate(zip(picture, weight, strict=True)):
            here = tile.at(level, self.sizes[level])
            inner = share[here.inner]
            threefold = cv2.merge((inner, inner, inner))
            cv2.accumulateProduct(band[here.inner], threefold, self.sums[level][here.place])
            weights = self.weights[level][here.place]
            cv2.add(weights, inner, dst=weights)

    def result(self, pool: Executor) -> Band:
        """Return the mixed picture and give up the sums."""
        for sums, weights in zip(self.sums, self.weights, strict=True):
            list(pool.map(partial(_divide, sums, weights), range(0, len(sums), _STRIP)))
        self.weights.clear()
        return collapse(self.sums, pool.map)


def _divide(sums: NDArray[Any], weights: NDArray[Any], start: int) -> None:
    rows = slice(start, start + _STRIP)
    sums[rows] /= weights[rows, :, None]


def _grown_onto(band: Band, coarse: Band, spread: Spread) -> Band:
    """Add the enlarged `coarse` to `band`, in strips."""
    height, width = band.shape[:2]

    def grow(start: int) -> None:
        rows = slice(start, min(start + _STRIP, height))
        cv2.add(band[rows], grown(coarse, (width, height), rows), dst=band[rows])

    list(spread(grow, range(0, height, _STRIP)))
    return band


def grown(coarse: Band, size: tuple[int, int], rows: slice) -> Band:
    """Return some `rows` of `coarse` enlarged to `size`, from so much of their surroundings as makes them as one."""
    width, height = size
    above, below = max(0, rows.start // 2 - _GROWN_REACH), min(len(coarse), -(-rows.stop // 2) + _GROWN_REACH)
    part = cv2.pyrUp(coarse[above:below], dstsize=(width, min(height, 2 * below) - 2 * above))
    return part[rows.start - 2 * above : rows.stop - 2 * above]
