"""Cut a stack into slabs: runs of neighbouring frames, each fused by itself, as layers to retouch from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from develop.image import Pixels
from stacker import stack as engine
from stacker.errors import SettingsError
from stacker.layers import AlignedFrames
from stacker.settings import StackSettings


def cut(count: int, size: int, overlap: int) -> list[range]:
    """Return the slabs of `count` frames: `size` frames each, `overlap` of them shared with the slab before.

    The last one is shorter where they do not come out even. Raises SettingsError where a slab would not get on.
    """
    if size < 2 or not 0 <= overlap < size:
        raise SettingsError(f"slabs of {size} frames that share {overlap}: give 2 frames or more, and share fewer")
    step = size - overlap
    starts = range(0, max(1, count - overlap), step)
    return [range(start, min(start + size, count)) for start in starts]


@dataclass(frozen=True, slots=True)
class SlabFrames:
    """The frames of one slab as a FrameSource: laid on the reference of the whole stack, and evened out."""

    aligned: AlignedFrames
    numbers: Sequence[int]

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.numbers)

    @property
    def size(self) -> tuple[int, int]:
        """Return (width, height) of the stack."""
        return self.aligned.laid.crop.width, self.aligned.laid.crop.height

    def name(self, index: int) -> str:
        """Return what to call frame `index` in a message."""
        return self.aligned.frames.name(self.numbers[index])

    def proxy(self, index: int, max_side: int) -> Pixels:
        """Return frame `index` reduced to half or a quarter, and so on."""
        shrink = 1
        while max(self.size) > max_side * shrink:
            shrink *= 2
        size = (-(-self.size[0] // shrink), -(-self.size[1] // shrink))
        return np.asarray(cv2.resize(self.frame(index), size, interpolation=cv2.INTER_AREA), np.uint16)

    def frame(self, index: int) -> Pixels:
        """Return frame `index` as large as the stack, uint16."""
        return self.aligned.pixels(self.numbers[index])


def slabs_of(aligned: AlignedFrames, size: int, overlap: int) -> list[SlabFrames]:
    """Return the slabs of a finished stack, whose frames that were left out are in none."""
    numbers = aligned.numbers
    return [SlabFrames(aligned, [numbers[i] for i in slab]) for slab in cut(len(numbers), size, overlap)]


def fused(slab: SlabFrames, settings: StackSettings) -> Pixels:
    """Return a slab, as large as the stack (H x W x 3 uint16, sensor orientation)."""
    plain = replace(settings, align="none", border="reflect", dust=False, reference="middle")
    return engine.stack(slab, plain).pixels
