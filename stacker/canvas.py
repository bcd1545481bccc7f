"""Where the result lies and how it is cut into tiles, at full size and on the half-size grid of the focus measure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from stacker.errors import NothingCommon
from stacker.settings import Border
from stacker.transforms import Rectangle, Transform, normalised, valid_area

TILE = 384
"""Side (px) of a tile: its planes stay in a processor's second cache."""

_CUBIC_REACH = 2.0
_LEAST_SIDE = 16


@dataclass(frozen=True, slots=True)
class Span:
    """A range of pixels and the wider range that is read to compute it, cut off at the picture's ends."""

    start: int
    stop: int
    outer_start: int
    outer_stop: int

    @property
    def inner(self) -> slice:
        """Return the range itself within the wider one."""
        return slice(self.start - self.outer_start, self.stop - self.outer_start)

    @property
    def outer(self) -> slice:
        """Return the wider range in the picture."""
        return slice(self.outer_start, self.outer_stop)

    def at(self, level: int, length: int) -> Span:
        """Return the span on a pyramid level that is `length` long; all of it starts on even pixels."""
        half = 1 << level
        return Span(*(min(-(-value // half), length) for value in self._ends()))

    def widened(self, margin: int, length: int) -> Span:
        """Return the wider range as a span of its own, with a margin in a picture `length` long."""
        start, stop = self.outer_start, self.outer_stop
        return Span(start, stop, max(0, start - margin), min(length, stop + margin))

    def tightened(self, start: int, stop: int, margin: int, length: int) -> Span:
        """Return what lies between `start` and `stop`, rounded outward to steps of `margin` from the span's start."""
        start = max(self.start, self.start + (start - self.start) // margin * margin)
        stop = min(self.stop, self.start - (self.start - stop) // margin * margin)
        return Span(start, stop, max(0, start - margin), min(length, stop + margin))

    def _ends(self) -> tuple[int, int, int, int]:
        return self.start, self.stop, self.outer_start, self.outer_stop


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of the canvas at full size."""

    rows: Span
    columns: Span

    def at(self, level: int, size: tuple[int, int]) -> Tile:
        """Return the tile on a pyramid level of `size` (width, height)."""
        return Tile(self.rows.at(level, size[1]), self.columns.at(level, size[0]))

    @property
    def inner(self) -> tuple[slice, slice]:
        """Return the tile within its wider surroundings."""
        return self.rows.inner, self.columns.inner

    @property
    def place(self) -> tuple[slice, slice]:
        """Return the tile within the canvas."""
        return slice(self.rows.start, self.rows.stop), slice(self.columns.start, self.columns.stop)

    @property
    def outer(self) -> tuple[slice, slice]:
        """Return the wider surroundings within the canvas."""
        return self.rows.outer, self.columns.outer

    def widened(self, margin: int, size: tuple[int, int]) -> Tile:
        """Return the surroundings as a tile, with surroundings of its own as far as `size` (width, height) goes."""
        return Tile(self.rows.widened(margin, size[1]), self.columns.widened(margin, size[0]))

    def tightened(self, rows: tuple[int, int], columns: tuple[int, int], margin: int, size: tuple[int, int]) -> Tile:
        """Return the part of the tile between the given rows and columns of the canvas, with its own surroundings."""
        return Tile(self.rows.tightened(*rows, margin, size[1]), self.columns.tightened(*columns, margin, size[0]))

    @property
    def outer_size(self) -> tuple[int, int]:
        """Return (width, height) of the surroundings."""
        width = self.columns.outer_stop - self.columns.outer_start
        return width, self.rows.outer_stop - self.rows.outer_start


@dataclass(frozen=True, slots=True)
class Canvas:
    """The part of the reference that the result shows: `crop` in its pixels, `frame` its whole (width, height)."""

    crop: Rectangle
    frame: tuple[int, int]

    @property
    def size(self) -> tuple[int, int]:
        """Return (width, height) of the result."""
        return self.crop.width, self.crop.height

    @property
    def half(self) -> tuple[int, int]:
        """Return (width, height) of the half-size grid."""
        return -(-self.crop.width // 2), -(-self.crop.height // 2)

    def tiles(self, margin: int, side: int = TILE) -> Iterator[Tile]:
        """Yield the tiles row by row; `margin` and `side` (px) are multiples of the coarsest level's step."""
        width, height = self.size
        for top in range(0, height, side):
            for left in range(0, width, side):
                yield Tile(_span(top, side, margin, height), _span(left, side, margin, width))

    def onto(self, transform: Transform, tile: Tile) -> Transform:
        """Return `transform` (reference to frame) from the pixels of the tile's surroundings."""
        left = self.crop.left + tile.columns.outer_start
        top = self.crop.top + tile.rows.outer_start
        return normalised(transform @ _moved(left, top))

    def half_onto(self, transform: Transform, tile: Tile, reduced: tuple[int, int]) -> Transform:
        """Return `transform` from the surroundings of a tile of the half grid to a frame of size `reduced`."""
        grid = np.array([[2.0, 0.0, 0.5 + self.crop.left], [0.0, 2.0, 0.5 + self.crop.top], [0.0, 0.0, 1.0]])
        fx, fy = reduced[0] / self.frame[0], reduced[1] / self.frame[1]
        shrink = np.array([[fx, 0.0, 0.5 * fx - 0.5], [0.0, fy, 0.5 * fy - 0.5], [0.0, 0.0, 1.0]])
        return normalised(shrink @ transform @ grid @ _moved(tile.columns.outer_start, tile.rows.outer_start))


def canvas_of(transforms: Iterable[Transform], frame: tuple[int, int], border: Border) -> Canvas:
    """Return the canvas for frames of size `frame`. Raises NothingCommon where a crop would leave nothing."""
    if border == "reflect":
        return Canvas(Rectangle(0, 0, *frame), frame)
    # A frame that lies as the reference does needs no margin; the others are sampled over a reach.
    moved = [each for each in transforms if not np.allclose(each, np.eye(3), atol=1e-9)]
    crop = valid_area(moved, frame, margin=min(_CUBIC_REACH, (min(frame) - 1) / 4))
    if min(crop.width, crop.height) < min(_LEAST_SIDE, *frame):
        raise NothingCommon("the aligned frames have no area in common; use --border reflect or another reference")
    return Canvas(crop, frame)


def _span(start: int, side: int, margin: int, length: int) -> Span:
    stop = min(start + side, length)
    return Span(start, stop, max(0, start - margin), min(length, stop + margin))


def _moved(left: int, top: int) -> Transform:
    return np.array([[1.0, 0.0, left], [0.0, 1.0, top], [0.0, 0.0, 1.0]])
