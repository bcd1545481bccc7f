"""Find dust on the sensor from a stack: soft dark spots that stay where they are while the scene moves beneath them.

A speck takes the same part of the light in every frame, so in the logarithm of linear light it is one fixed dent.
Everything else in a stack moves (breathing, a hand, a rail) or changes its sharpness. At each size of spot the dent
is averaged over the frames, where a frame counts the more the calmer the surroundings of the place are in it: a
speck shows best where the scene is out of focus. What stands out of that mean is then held to what only dust does:
to be as dark in every frame, round, and gone where the scene's motion would have carried a dark detail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from develop.image import Pixels
from stacker.align import align
from stacker.bands import linear_luma, linear_table
from stacker.dents import candidates
from stacker.dust_trial import Trial
from stacker.frames import FrameSource
from stacker.settings import StackSettings
from stacker.specks import Speck
from stacker.transforms import Transform, rescaled

Progress = Callable[[str, int, int], None]

PROXY_SIDE = 2000
"""Longer side (px) at which specks are looked for."""

MOST_FRAMES = 16
"""Frames that are looked at, evenly over the stack: more add little, and memory stays bounded."""

# Light below this part of white is noise and veil; a speck there is not seen.
_BLACK = 0.004


def find(frames: FrameSource, settings: StackSettings, progress: Progress | None = None) -> tuple[Speck, ...]:
    """Return the specks on the sensor that took `frames`, the surest first; few or still frames tell little.

    Raises AlignmentError where the frames do not belong together, and the source's own error for an unreadable one.
    """
    chosen = _Chosen(frames, tuple(sample(len(frames))))
    if len(chosen) < 3:
        return ()
    alignment = align(chosen, len(chosen) // 2, settings)
    search = DustSearch(frames.size)
    for done, index in enumerate(alignment.used):
        transform = alignment.transforms[index]
        assert transform is not None
        search.add(chosen.proxy(index, PROXY_SIDE), transform)
        if progress is not None:
            progress("dust", done + 1, len(alignment.used))
    return search.result()


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Some frames of a FrameSource."""

    frames: FrameSource
    indices: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def size(self) -> tuple[int, int]:
        return self.frames.size

    @property
    def proxies_match(self) -> bool:
        return self.frames.proxies_match

    def name(self, index: int) -> str:
        return self.frames.name(self.indices[index])

    def proxy(self, index: int, max_side: int) -> Pixels:
        return self.frames.proxy(self.indices[index], max_side)

    def frame(self, index: int) -> Pixels:
        return self.frames.frame(self.indices[index])


def sample(count: int) -> list[int]:
    """Return which of `count` frames to look at: all, or MOST_FRAMES evenly spread."""
    if count <= MOST_FRAMES:
        return list(range(count))
    return sorted({round(i * (count - 1) / (MOST_FRAMES - 1)) for i in range(MOST_FRAMES)})


class DustSearch:
    """Collect reduced frames of `size` (width, height; full-size px) one at a time, then tell the specks."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self._lights: list[NDArray[np.float16]] = []
        self._colours: list[NDArray[np.float16]] = []
        self._transforms: list[Transform] = []

    def add(self, pixels: Pixels, transform: Transform) -> None:
        """Add a reduced frame (encoded RGB, uint8 or uint16) and how it lies: full-size reference to frame pixels."""
        light = np.maximum(linear_luma(pixels), _BLACK)
        self._lights.append(np.log(light).astype(np.float16))
        self._colours.append(_colour(pixels))
        self._transforms.append(transform)

    def result(self) -> tuple[Speck, ...]:
        """Return the specks found, the surest first. Fewer than three frames tell nothing."""
        if len(self._lights) < 3:
            return ()
        height, width = self._lights[0].shape
        factor = (width / self.size[0], height / self.size[1])
        moves = [rescaled(transform, factor) for transform in self._transforms]
        jury = Trial(self._lights, self._colours, moves)
        found: list[Speck] = []
        for candidate in candidates(self._lights):
            speck = jury.judge(candidate)
            if speck is not None and not any(_same(speck, other) for other in found):
                found.append(speck)
        found.sort(key=lambda speck: (-speck.confidence, speck.y, speck.x))
        return tuple(_enlarged(speck, factor) for speck in found)


def _colour(pixels: Pixels) -> NDArray[np.float16]:
    """Return red over green and blue over green (logarithms) at half the size: what dust leaves as it is."""
    small = cv2.resize(pixels, (pixels.shape[1] // 2, pixels.shape[0] // 2), interpolation=cv2.INTER_AREA)
    table = np.log(np.maximum(linear_table(pixels.dtype), _BLACK)).astype(np.float32)
    logs = cv2.LUT(small, table) if small.dtype == np.uint8 else np.asarray(table[np.asarray(small, small.dtype)])
    return np.asarray(logs[..., (0, 2)] - logs[..., 1:2], np.float16)


def _same(one: Speck, other: Speck) -> bool:
    return bool(np.hypot(one.x - other.x, one.y - other.y) < max(one.radius, other.radius))


def _enlarged(speck: Speck, factor: tuple[float, float]) -> Speck:
    return replace(
        speck,
        x=(speck.x + 0.5) / factor[0] - 0.5,
        y=(speck.y + 0.5) / factor[1] - 0.5,
        radius=speck.radius / factor[0],
    )
