"""Hold a mixed picture to what the frames show: bands of several frames added up can ring beside strong edges."""

from __future__ import annotations

from concurrent.futures import Executor

import cv2
import numpy as np

from develop.image import Pixels
from stacker.canvas import Tile
from stacker.pyramid import Band, Rows

_STRIP = 64
_PAIR = np.ones((2, 2), np.uint8)
_CODES = np.arange(256, dtype=np.float32) * np.float32(257)
# Bounds are rounded to 8 bits, which may be half a code from the truth.
_HALF_CODE = np.float32(128.5)
_LEAST = np.maximum(_CODES - _HALF_CODE, 0)
_MOST = np.minimum(_CODES + _HALF_CODE, 65535)


class Bounds:
    """The least and the most that the frames mixed in show, of each channel and each 2 x 2 pixels, in 8 bits.

    `add` may run at the same time for different tiles of the canvas, whose `size` is (width, height).
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self._half = -(-size[0] // 2), -(-size[1] // 2)
        shape = (self._half[1], self._half[0], 3)
        self.low, self.high = np.full(shape, 255, np.uint8), np.zeros(shape, np.uint8)

    def add(self, tile: Tile, picture: Band) -> None:
        """Take in what a frame shows in the surroundings of `tile` (float32, 0..1)."""
        codes = cv2.convertScaleAbs(picture[tile.inner], alpha=255)
        height, width = codes.shape[:2]
        if height % 2 or width % 2:
            codes = cv2.copyMakeBorder(codes, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        place = tile.at(1, self._half).place
        low, high = self.low[place], self.high[place]
        cv2.min(low, _every_other(cv2.erode(codes, _PAIR, anchor=(0, 0))), dst=low)
        cv2.max(high, _every_other(cv2.dilate(codes, _PAIR, anchor=(0, 0))), dst=high)

    def write(self, picture: Rows, out: Pixels, rows: slice, pool: Executor) -> None:
        """Write `rows` of the canvas, the first of them even, to theirs of `out` (uint16).

        `picture` gives rows of it (float32, about 0..1), which are not asked for again once they are written.
        """

        def write(start: int) -> None:
            part = slice(start, min(start + _STRIP, rows.stop))
            half = slice(part.start // 2, -(-part.stop // 2))
            codes = picture(part) * np.float32(65535) + np.float32(0.5)
            cv2.max(codes, _whole(cv2.LUT(self.low[half], _LEAST), codes), dst=codes)
            out[part] = cv2.min(codes, _whole(cv2.LUT(self.high[half], _MOST), codes), dst=codes)

        list(pool.map(write, range(rows.start, rows.stop, _STRIP)))


def _every_other(codes: Pixels) -> Pixels:
    size = (codes.shape[1] // 2, codes.shape[0] // 2)
    return cv2.resize(codes, size, interpolation=cv2.INTER_NEAREST)


def _whole(half: Band, like: Band) -> Band:
    size = (half.shape[1] * 2, half.shape[0] * 2)
    return np.ascontiguousarray(cv2.resize(half, size, interpolation=cv2.INTER_NEAREST)[: len(like), : like.shape[1]])
