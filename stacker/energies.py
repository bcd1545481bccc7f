"""How sharp each frame is: measured once at half size, in the frame's own pixels, and read where it is wanted."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from develop.image import Pixels
from stacker import focus
from stacker.canvas import Canvas, Tile
from stacker.frames import FrameSource, FramesOver
from stacker.ground import Ground
from stacker.transforms import Transform
from stacker.warp import Plane, covered, sampled

Luma: TypeAlias = NDArray[Any]
"""H x W encoded luma: integers of any depth over their whole range."""

Packed: TypeAlias = NDArray[np.uint8]
"""H x W: exponent and three bits more of float32 numbers, from 2^-25 to 2^6, in steps of 6 to 12 %; 0 is nothing.

Twice as fine steps change no rendered scene by 0.01 dB."""

_DROPPED_BITS = 20
_CODE_0 = (127 - 25) << 3
# Each code stands for the middle of what is packed as it.
_OPENED = ((np.arange(256, dtype=np.uint32) + _CODE_0 << _DROPPED_BITS) + (1 << _DROPPED_BITS - 1)).view(np.float32)
_OPENED[0] = 0

# Blocks that stay in the cache with all that is made of them.
_BLOCK_ROWS, _BLOCK_COLUMNS = 128, 768
_LINEAR_REACH = 2
# Bytes of both energies of a frame for each of the fine one.
_WITH_COARSE = 1.25
_NEARLY = 0.9
# Half a pixel of the reduced frame is still inside the full one.
_SLACK = 0.75


GLANCE = 8
"""Steps (half-size pixels) at which a few numbers of every frame are kept, whatever the room."""


class Energy(NamedTuple):
    """A frame's focus energy on about half its size, and that of its next octave on about a quarter."""

    fine: Packed
    coarse: Packed

    def glance(self) -> Energy:
        """Return every `GLANCE`th of the fine numbers, and the coarse ones there."""
        half = GLANCE // 2
        return Energy(self.fine[::GLANCE, ::GLANCE].copy(), self.coarse[::half, ::half].copy())


class Energies(FramesOver):
    """A FrameSource that remembers the focus energy of what it was asked for, up to `room_mb`.

    Alignment asks for every frame reduced: its half-size decode is read once for both. What has no room, or was never
    asked for, is decoded again. Once it is known how a frame lies, its energy may be kept as it lies there instead.
    Where the frames may turn out to need mending, what was measured is kept as well while there is room for all of it.
    """

    def __init__(
        self, frames: FrameSource, room_mb: float, ground: Ground | None = None, *, mendable: bool = False
    ) -> None:
        """Keep energies of `frames`, on `ground` where one is given."""
        super().__init__(frames)
        self.ground = ground or Ground()
        self.side = -(-max(frames.size) // 2)
        self._room = room_mb * 1e6
        self._kept: dict[int, Energy] = {}
        self._glances: dict[int, Energy] = {}
        self._laid: dict[int, Packed] = {}
        self._mendable = mendable
        self._lumas: dict[int, Luma] = {}
        self._mend: Callable[[Luma], Luma] | None = None
        self.bytes_a_pixel = 3
        """Of a decoded frame, as far as frames were seen."""

    def proxy(self, index: int, max_side: int) -> Pixels:
        """Return frame `index` reduced; from its half-size decode where that is no smaller."""
        whole = _NEARLY * max_side > self.side
        half = self.frames.proxy(index, max_side if whole else self.side)
        self.bytes_a_pixel = 3 * half.itemsize
        if whole:
            return half
        if self._fits(half.shape[0] * half.shape[1]):
            self._kept[index] = self._measured(index, self._luma(index, half))
        scale = max_side / max(half.shape[:2])
        if scale >= 1:
            return half
        # Means of whole pixels are several times cheaper, where they lose little.
        whole_pixels = 1 / math.ceil(1 / scale)
        scale = whole_pixels if whole_pixels >= _NEARLY * scale else scale
        size = (max(1, round(half.shape[1] * scale)), max(1, round(half.shape[0] * scale)))
        return cv2.resize(half, size, interpolation=cv2.INTER_AREA)

    def _fits(self, pixels: int) -> bool:
        return (len(self._kept) * _WITH_COARSE + len(self._laid) + 1) * pixels <= self._room

    def glance(self, index: int) -> Energy:
        """Return the few numbers of frame `index` that are kept in any case."""
        found = self._glances.get(index)
        return self.energy(index).glance() if found is None else found

    def energy(self, index: int) -> Energy:
        """Return the energy of frame `index`, as measured in its own pixels."""
        kept = self._kept.get(index)
        if kept is not None:
            return kept
        luma = self._lumas.pop(index, None) if self._mend else None
        if self._mend is not None and luma is not None:
            luma = self._mend(luma)
        else:
            half = self.frames.proxy(index, self.side)
            self.bytes_a_pixel = 3 * half.itemsize
            luma = cv2.cvtColor(half, cv2.COLOR_RGB2GRAY)
        found = self._measured(index, luma)
        if self._fits(found.fine.size):
            self._kept[index] = found
        return found

    def lay(self, index: int, laid: Packed) -> None:
        """Keep the energy of frame `index` as it lies on the canvas, in place of the one in its own pixels."""
        self._kept.pop(index, None)
        if self._fits(laid.size):
            self._laid[index] = laid

    def laid(self, index: int, *, last: bool) -> Packed | None:
        """Return what `lay` kept of frame `index`, if there was room; it is forgotten with the `last` question."""
        return self._laid.pop(index, None) if last else self._laid.get(index)

    def mended(self, frames: FrameSource, mend: Callable[[Luma], Luma]) -> Energies:
        """Give up what is kept, and return the energies of `frames`, which show the same after `mend`ing the luma."""
        others = Energies(frames, self._room / 1e6, self.ground)
        others._lumas, others._mend, others.bytes_a_pixel = self._lumas, mend, self.bytes_a_pixel
        self._lumas = {}
        self.give_up()
        return others

    def settled(self) -> Energies:
        """Return these energies, when it is known that the frames need no mending."""
        self._mendable = False
        self._lumas.clear()
        return self

    def _luma(self, index: int, half: Pixels) -> Luma:
        height, width = half.shape[:2]
        if not self._mendable or len(self) * height * width * (half.itemsize + 1) > self._room:
            return cv2.cvtColor(half, cv2.COLOR_RGB2GRAY)
        luma = self.ground.plane((height, width), half.dtype.type)
        self._lumas[index] = luma
        return cv2.cvtColor(half, cv2.COLOR_RGB2GRAY, dst=luma)

    def _measured(self, index: int, luma: Luma) -> Energy:
        height, width = (max(1, length // 2) for length in luma.shape)
        reduced = cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA)
        found = Energy(self.ground.plane(luma.shape), np.empty(reduced.shape, np.uint8))
        measure(luma, found.fine)
        measure(reduced, found.coarse)
        self._glances[index] = found.glance()
        return found

    def give_up(self) -> None:
        """Forget all energies, and keep none from now on: their memory is wanted for something else."""
        self._room = 0
        self._kept.clear()
        self._laid.clear()
        self._lumas.clear()
        self._glances.clear()


def measure(luma: NDArray[Any], out: Packed) -> None:
    """Write the focus energy of encoded luma (float32 0..1, or integer of any depth) to `out`, packed."""
    height, width = luma.shape
    for top in range(0, height, _BLOCK_ROWS):
        for left in range(0, width, _BLOCK_COLUMNS):
            rows, above = _block(top, _BLOCK_ROWS, height)
            columns, before = _block(left, _BLOCK_COLUMNS, width)
            energy = focus.energy(luma[rows, columns])
            inner = energy[above : above + _BLOCK_ROWS, before : before + _BLOCK_COLUMNS]
            out[top : top + _BLOCK_ROWS, left : left + _BLOCK_COLUMNS] = packed(inner)


def energy_at(canvas: Canvas, tile: Tile, energy: Packed, transform: Transform, gain: float) -> Packed:
    """Return a frame's energy on the surroundings of a tile of the half-size grid; 0 where it does not reach.

    `gain` is what its luma is to be multiplied by. Packed numbers are interpolated as they are: midway between two
    lies about their geometric mean.
    """
    height, width = energy.shape
    onto = canvas.half_onto(transform, tile, (width, height))
    size = tile.outer_size
    corners = onto @ np.array([[0, size[0] - 1, 0, size[0] - 1], [0, 0, size[1] - 1, size[1] - 1], [1, 1, 1, 1]])
    xs, ys = corners[:2] / corners[2]
    left, right = _between(float(xs.min()), float(xs.max()), width)
    top, bottom = _between(float(ys.min()), float(ys.max()), height)
    moved = np.array([[1.0, 0.0, -left], [0.0, 1.0, -top], [0.0, 0.0, 1.0]]) @ onto
    seen = sampled(energy[top:bottom, left:right], moved, size, cv2.INTER_LINEAR, cv2.BORDER_REPLICATE)
    if min(xs.min(), ys.min()) < -_SLACK or xs.max() > width - 1 + _SLACK or ys.max() > height - 1 + _SLACK:
        seen[~covered((width, height), onto, size)] = 0
    return np.asarray(seen if gain == 1 else cv2.LUT(seen, packed(_OPENED * np.float32(gain**2)) * (_OPENED > 0)))


def packed(plane: Plane) -> Packed:
    """Return numbers of 0 and up packed; what is smaller or larger than the codes reach as the first or the last."""
    codes = (np.ascontiguousarray(plane, np.float32).view(np.int32) >> _DROPPED_BITS) - _CODE_0
    return np.clip(codes, 1, 255, out=codes).astype(np.uint8)


def opened(plane: Packed) -> Plane:
    """Return packed numbers as float32."""
    return np.asarray(cv2.LUT(np.ascontiguousarray(plane), _OPENED))


def _block(start: int, length: int, end: int) -> tuple[slice, int]:
    """Return a block with its surroundings, and how many of them come before it."""
    before = min(start, focus.REACH)
    return slice(start - before, min(start + length + focus.REACH, end)), before


def _between(first: float, last: float, length: int) -> tuple[int, int]:
    """Return the range of pixels that sampling from `first` to `last` reads, at least one of them."""
    start = min(max(0, int(np.floor(first)) - _LINEAR_REACH), length - 1)
    return start, max(start + 1, min(length, int(np.ceil(last)) + _LINEAR_REACH + 1))
