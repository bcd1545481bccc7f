"""Frames that are known to fit together: every size and depth is compared before it is used."""

from __future__ import annotations

from typing import Any

from develop.image import Pixels
from stacker.errors import FrameMismatch
from stacker.frames import FrameSource, FramesOver


class CheckedFrames(FramesOver):
    """A FrameSource that raises FrameMismatch for a frame unlike `reference` in size or depth."""

    def __init__(self, frames: FrameSource, reference: int) -> None:
        super().__init__(frames)
        self.reference = reference
        self._proxy_like: dict[int, tuple[Any, ...]] = {}

    def proxy(self, index: int, max_side: int) -> Pixels:
        """Return frame `index` reduced."""
        if max_side not in self._proxy_like:
            lead = self.frames.proxy(self.reference, max_side)
            self._proxy_like[max_side] = (lead.shape, lead.dtype)
            if index == self.reference:
                return lead
        pixels = self.frames.proxy(index, max_side)
        shape, depth = self._proxy_like[max_side]
        if pixels.shape != shape or pixels.dtype != depth:
            raise self._mismatch(index, "size" if pixels.shape != shape else "bit depth")
        return pixels

    def frame(self, index: int) -> Pixels:
        """Return frame `index` at full size."""
        pixels = self.frames.frame(index)
        if (pixels.shape[1], pixels.shape[0]) != self.size:
            raise self._mismatch(index, "size")
        return pixels

    def _mismatch(self, index: int, what: str) -> FrameMismatch:
        return FrameMismatch(
            f"{self.name(index)}: another {what} than {self.name(self.reference)}; take it out of the stack"
        )
