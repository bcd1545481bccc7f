"""Between the two looks: what each frame counts at each place, settled before any frame is read at full size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.canvas import Canvas, Span, Tile
from stacker.energies import Packed
from stacker.fusers.law import GLANCE, Candidate, PlaceLaw
from stacker.warp import Plane

Codes: TypeAlias = NDArray[np.uint8]

# A frame that counts 3 % of the best one changes nothing that is seen; less than that is taken as nothing.
_NEGLIGIBLE = 0.03
_STEPS = 255


@dataclass(frozen=True, slots=True)
class Shares:
    """The part that each frame has in each place of the half-size grid; over all frames the parts add up to 1.

    Kept are, for each frame and tile of the canvas, only the places where it counts, in steps of 1/255 of the most
    that it could: what is kept does not grow with frames that count nowhere.
    """

    half: tuple[int, int]
    kept: Mapping[int, Mapping[int, tuple[Tile, Codes]]]
    total: Plane

    def tiles(self, place: int) -> list[int]:
        """Return the tiles in which the frame at `place` in the sequence counts."""
        return sorted(self.kept.get(place, {}))

    def at(self, place: int, number: int) -> tuple[Tile, Plane]:
        """Return where in tile `number` the frame at `place` counts, and how much with that part's surroundings."""
        part, codes = self.kept[place][number]
        return part, cv2.divide(codes, self.total[part.at(1, self.half).outer], dtype=cv2.CV_32F)


class Weighing:
    """Finds the shares, frame by frame."""

    def __init__(self, canvas: Canvas, margin: int, law: PlaceLaw, winner: NDArray[np.uint16], pool: Executor) -> None:
        """Begin to weigh frames by `law` for tiles that see `margin` (px) of their surroundings.

        `winner` is the place of the sharpest frame at each place of the half-size grid.
        """
        self.size, self.half, self.margin, self.law, self.pool = canvas.size, canvas.half, margin, law, pool
        self.tiles = list(canvas.tiles(margin))
        self._around = [tile.at(1, canvas.half).widened(0, canvas.half) for tile in self.tiles]
        winners = pool.map(lambda each: np.flatnonzero(np.bincount(winner[each.place].ravel())), self._around)
        self._winners = [set(each) for each in winners]
        width, height = canvas.half
        self._total, self._placed = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
        self._kept: defaultdict[int, dict[int, tuple[Tile, Codes]]] = defaultdict(dict)

    def candidates(self, place: int, energy: Packed | None) -> list[int]:
        """Return the tiles in which the frame at `place` in the sequence may count.

        `energy` is that of the frame as it lies on the half-size grid, where the law goes by it.
        """
        may = self.law.anywhere(place, energy)
        if may is None:
            return list(range(len(self.tiles)))
        return [
            number
            for number, around in enumerate(self._around)
            if place in self._winners[number] or may[_glanced(around.rows), _glanced(around.columns)].any()
        ]

    def weigh(self, place: int, energy: Packed | None, candidates: Iterable[int]) -> None:
        """Weigh the frame at `place` in some tiles."""
        list(self.pool.map(lambda number: self._weigh(place, energy, number), candidates))

    def settle(self, reference: int) -> tuple[Shares, Plane]:
        """Return the shares, and the mean place of the frames that count at each place of the half-size grid.

        To be asked once. The frame at place `reference` covers the whole canvas, and so fills whatever no frame claims.
        """
        unclaimed = self._total == 0
        if unclaimed.any():
            for number, around in enumerate(self._around):
                if (holes := unclaimed[around.place]).any():
                    codes = np.where(holes, np.uint8(_STEPS), self._codes(reference, number, around))
                    self._keep(reference, number, codes, around)
            self._total[unclaimed], self._placed[unclaimed] = _STEPS, _STEPS * reference
        return Shares(self.half, self._kept, self._total), cv2.divide(self._placed, self._total, dst=self._placed)

    def _weigh(self, place: int, energy: Packed | None, number: int) -> None:
        around = self._around[number]
        here = None if energy is None else energy[around.place]
        weight = self.law.weight(Candidate(place, here, around))
        if weight is None:
            return
        scale = _STEPS / (1 - _NEGLIGIBLE)
        codes = np.asarray(cv2.addWeighted(weight, scale, weight, 0, -scale * _NEGLIGIBLE, dtype=cv2.CV_8U), np.uint8)
        if not codes.any():
            return
        half = self.tiles[number].at(1, self.half)
        inner, placed = codes[half.inner], self._placed[half.place]
        cv2.accumulate(inner, self._total[half.place])
        cv2.scaleAdd(inner.astype(np.float32), place, placed, dst=placed)
        self._keep(place, number, codes, around)

    def _keep(self, place: int, number: int, codes: Codes, around: Tile) -> None:
        part = self._claimed(self.tiles[number], around, codes)
        if part is not None:
            self._kept[place][number] = part, codes[_within(part.at(1, self.half), around)].copy()

    def _codes(self, place: int, number: int, around: Tile) -> Codes:
        """Return what is kept of a frame in the whole surroundings of a tile."""
        codes = np.zeros(around.outer_size[::-1], np.uint8)
        if (kept := self._kept[place].get(number)) is not None:
            codes[_within(kept[0].at(1, self.half), around)] = kept[1]
        return codes

    def _claimed(self, tile: Tile, around: Tile, codes: Codes) -> Tile | None:
        """Return the part of `tile` that the frame has any weight in or near, or None."""
        rows, columns = (np.flatnonzero(codes.any(axis=axis)) for axis in (1, 0))
        top, left = around.rows.start, around.columns.start
        reach = self.margin
        between = (2 * (top + int(rows[0])) - reach, 2 * (top + int(rows[-1]) + 1) + reach)
        across = (2 * (left + int(columns[0])) - reach, 2 * (left + int(columns[-1]) + 1) + reach)
        part = tile.tightened(between, across, reach, self.size)
        return part if part.rows.start < part.rows.stop and part.columns.start < part.columns.stop else None


def _glanced(span: Span) -> slice:
    return slice(-(-span.start // GLANCE), -(-span.stop // GLANCE))


def _within(tile: Tile, around: Tile) -> tuple[slice, slice]:
    """Return where the surroundings of `tile` lie in the array of `around`."""
    rows, columns = tile.outer
    top, left = around.rows.start, around.columns.start
    return slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)
