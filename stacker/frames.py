"""Where the engine gets its frames from: one seam, replaceable by arrays in a test."""

from __future__ import annotations

from typing import Protocol

from develop.image import Pixels


class FrameSource(Protocol):
    """An ordered set of frames of one size and depth; every method may be called from several threads at once.

    Pixels are RGB, H x W x 3, C-contiguous, uint8 or uint16, perceptually encoded (sRGB-like curve), so that
    highlights do not rule the focus measure.
    """

    def __len__(self) -> int:
        """Return the number of frames."""

    @property
    def size(self) -> tuple[int, int]:
        """Return (width, height) of a full frame in pixels."""

    def name(self, index: int) -> str:
        """Return what to call frame `index` in a message."""

    def proxy(self, index: int, max_side: int) -> Pixels:
        """Return frame `index` reduced so that its longer side is at most about `max_side` and at least half of it.

        The scale is full size / proxy size on each axis (the reduced decode of a JPEG rounds up).
        """

    def frame(self, index: int) -> Pixels:
        """Return frame `index` at full size. Raises the source's own error where it cannot be decoded."""


class FramesOver:
    """A FrameSource that shows another one's frames; what a subclass leaves alone is passed on as it is."""

    def __init__(self, frames: FrameSource) -> None:
        self.frames = frames

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.frames)

    @property
    def size(self) -> tuple[int, int]:
        """Return (width, height) of a full frame in pixels."""
        return self.frames.size

    def name(self, index: int) -> str:
        """Return what to call frame `index` in a message."""
        return self.frames.name(index)

    def proxy(self, index: int, max_side: int) -> Pixels:
        """Return frame `index` reduced."""
        return self.frames.proxy(index, max_side)

    def frame(self, index: int) -> Pixels:
        """Return frame `index` at full size."""
        return self.frames.frame(index)
