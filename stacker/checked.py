"""Frames that are known to fit together: every size and depth is compared before it is used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from develop.image import Pixels
from stacker.errors import FrameMismatch
from stacker.frames import FrameSource


@dataclass(frozen=True, slots=True)
class CheckedFrames:
    """A FrameSource that raises FrameMismatch for a frame unlike `reference` in size or depth."""

    frames: FrameSource
    reference: int
    _proxy_like: dict[int, tuple[Any, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.frames)

    @property
    def size(self) -> tuple[int, int]:
        """Return (width, height) of a full frame in pixels."""
        return self.frames.size

    @property
    def proxies_match(self) -> bool:
        """Return whether a proxy shows the detail of the full frame averaged down."""
        return self.frames.proxies_match

    def name(self, index: int) -> str:
        """Return what to call frame `index` in a message."""
        return self.frames.name(index)

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
