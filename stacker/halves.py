"""Every frame's half-size decode, read once: alignment gets a smaller copy of it, the survey its luma."""

from __future__ import annotations

from typing import Any

import cv2
from numpy.typing import NDArray

from develop.image import Pixels
from stacker.equalise import Equalisation
from stacker.frames import FrameSource, FramesOver
from stacker.lighting import lighting_of
from stacker.warp import Plane, luma_of


class Halves(FramesOver):
    """A FrameSource that remembers the half-size luma of what it was asked for, up to `room_mb`.

    What has no room, or was never asked for, is decoded again.
    """

    def __init__(self, frames: FrameSource, room_mb: float) -> None:
        super().__init__(frames)
        self.side = -(-max(frames.size) // 2)
        self._room = room_mb * 1e6
        self._kept: dict[int, NDArray[Any]] = {}
        self.bytes_a_pixel = 3
        """Of a decoded frame, as far as frames were seen."""

    def proxy(self, index: int, max_side: int) -> Pixels:
        """Return frame `index` reduced; from its half-size decode where that is no smaller."""
        whole = max_side > self.side
        half = self.frames.proxy(index, max_side if whole else self.side)
        self.bytes_a_pixel = 3 * half.itemsize
        if whole:
            return half
        self._keep(index, half)
        scale = max_side / max(half.shape[:2])
        if scale >= 1:
            return half
        size = (max(1, round(half.shape[1] * scale)), max(1, round(half.shape[0] * scale)))
        return cv2.resize(half, size, interpolation=cv2.INTER_AREA)

    def _keep(self, index: int, half: Pixels) -> None:
        gray = cv2.cvtColor(half, cv2.COLOR_RGB2GRAY)
        if len(self._kept) * gray.nbytes < self._room:
            self._kept[index] = gray

    def even_luma(self, index: int, equalisation: Equalisation) -> Plane:
        """Return the equalised luma (0..1) of frame `index` at about half its size; it is forgotten."""
        gray = self._kept.pop(index, None)
        if gray is None:
            gray = cv2.cvtColor(self.frames.proxy(index, self.side), cv2.COLOR_RGB2GRAY)
            self.bytes_a_pixel = 3 * gray.itemsize
        return lighting_of(equalisation, index, gray.dtype).even_luma(luma_of(gray))

    def instead(self, frames: FrameSource) -> Halves:
        """Give up what is kept, and return the halves of `frames`, which show the same otherwise."""
        self.forget()
        others = Halves(frames, 0)
        others.bytes_a_pixel = self.bytes_a_pixel
        return others

    def forget(self) -> None:
        """Give up what is left."""
        self._kept.clear()
