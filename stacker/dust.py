"""Find dust on the sensor from a stack: soft dark spots that stay where they are while the scene moves beneath them.

A speck takes the same part of the light in every frame, so in the logarithm of linear light it is one fixed dent in
the shading of the sensor (`stacker.flat`). What stands out of the shading is then held to what only dust does
(`stacker.dust_trial`). The frames are those that alignment decodes anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import chain

import cv2
import numpy as np
from numpy.typing import NDArray

from develop.image import Pixels
from stacker.bands import Plane, linear_table
from stacker.dents import Candidate, candidates
from stacker.dust_trial import Trial
from stacker.flat import shading
from stacker.frames import FrameSource, FramesOver
from stacker.specks import Mark, Speck
from stacker.transforms import Transform, rescaled

MOST_FRAMES = 12
"""Frames that are looked at, evenly over the stack: more add little, and memory stays bounded."""

# Light below this part of white is noise and veil; a speck there is not seen.
_BLACK = 0.004
# A dent stands out most at a good half of the radius at which it ends.
_SHARE = 0.6


def sample(count: int) -> list[int]:
    """Return which of `count` frames to look at: all, or MOST_FRAMES evenly spread."""
    if count <= MOST_FRAMES:
        return list(range(count))
    return sorted({round(i * (count - 1) / (MOST_FRAMES - 1)) for i in range(MOST_FRAMES)})


class Watched(FramesOver):
    """A FrameSource that remembers what the search for dust needs as it is aligned: nothing is decoded twice."""

    def __init__(self, frames: FrameSource) -> None:
        super().__init__(frames)
        self._wanted = frozenset(sample(len(frames)))
        self._seen: dict[int, Seen] = {}

    def proxy(self, index: int, max_side: int) -> Pixels:
        """Return frame `index` reduced."""
        pixels = self.frames.proxy(index, max_side)
        if index in self._wanted and index not in self._seen:
            self._seen[index] = Seen.of(pixels)
        return pixels

    def specks(
        self, transforms: Sequence[Transform | None], pool: Executor, marks: Sequence[Mark] = ()
    ) -> tuple[Speck, ...]:
        """Return the specks on the sensor, the surest first; few or still frames tell little.

        `transforms` map the reference to each frame at full size, None for one that is left out; `marks`
        are what is said of the sensor.
        """
        search = DustSearch(self.size)
        for index in sorted(self._seen):
            transform = transforms[index]
            if transform is not None:
                search.add(self._seen[index], transform)
        self._seen.clear()
        return search.result(pool, marks)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is kept of a reduced frame: the logarithm of its light, and of its colours at half the size."""

    light: NDArray[np.float16]
    colour: NDArray[np.float16]

    @staticmethod
    def of(pixels: Pixels) -> Seen:
        """Look at a reduced frame (encoded RGB, uint8 or uint16)."""
        gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        return Seen(_logarithms(gray).astype(np.float16), _colour(pixels))


class DustSearch:
    """Collect reduced frames of `size` (width, height; full-size px) one at a time, then tell the specks."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self._seen: list[Seen] = []
        self._transforms: list[Transform] = []

    def add(self, seen: Seen, transform: Transform) -> None:
        """Add a frame and how it lies: full-size reference to frame pixels."""
        self._seen.append(seen)
        self._transforms.append(transform)

    def result(self, pool: Executor, marks: Sequence[Mark] = ()) -> tuple[Speck, ...]:
        """Return the specks found, the surest first. Fewer than three frames tell nothing."""
        if len(self._seen) < 3:
            return ()
        lights, colours = [each.light for each in self._seen], [each.colour for each in self._seen]
        height, width = lights[0].shape
        factor = (width / self.size[0], height / self.size[1])
        moves = [rescaled(transform, factor) for transform in self._transforms]
        shade = shading(lights, moves, pool)
        jury = Trial(lights, colours, moves, shade, pool)
        places = jury.likely(candidates((shade.by_motion, shade.by_calm), pool))
        said = [_reduced(mark, factor) for mark in marks if mark.is_dust and not mark.met]
        met = [_lessened(mark.met, factor) for mark in marks if mark.met]
        found: list[Speck] = []
        told = pool.map(jury.judge, places), pool.map(jury.expected, met)
        for speck in (*map(jury.taken_at_word, said), *chain(*told)):
            if speck is not None and not any(_same(speck, other) for other in found):
                found.append(speck)
        found.sort(key=lambda speck: (-speck.confidence, speck.y, speck.x))
        every = [_enlarged(speck, factor) for speck in _apart(list(pool.map(jury.measured, found)), jury)]
        return tuple(speck for speck in every if not speck.denied(marks))


def _apart(specks: Sequence[Speck], jury: Trial) -> list[Speck]:
    """Return specks of which none is a part of another: a large one may have been met at two places."""
    kept: list[Speck] = []
    for speck in specks:
        each = speck
        for other in list(kept):
            one = jury.merged(other, each)
            if one is not None:
                kept.remove(other)
                each = one
        kept.append(each)
    return kept


def _colour(pixels: Pixels) -> NDArray[np.float16]:
    """Return red over green and blue over green (logarithms) at half the size: what dust leaves as it is."""
    small = cv2.resize(pixels, (pixels.shape[1] // 2, pixels.shape[0] // 2), interpolation=cv2.INTER_AREA)
    logs = _logarithms(small)
    return np.asarray(logs[..., (0, 2)] - logs[..., 1:2], np.float16)


def _logarithms(codes: Pixels) -> Plane:
    """Return the natural logarithm of the light that encoded numbers (uint8 or uint16) stand for."""
    table = np.log(np.maximum(linear_table(codes.dtype), _BLACK)).astype(np.float32)
    return cv2.LUT(codes, table) if codes.dtype == np.uint8 else np.asarray(table[np.asarray(codes, codes.dtype)])


def _same(one: Speck, other: Speck) -> bool:
    return bool(np.hypot(one.x - other.x, one.y - other.y) < max(one.radius, other.radius))


def _reduced(mark: Mark, factor: tuple[float, float]) -> Candidate:
    x, y = (mark.x + 0.5) * factor[0] - 0.5, (mark.y + 0.5) * factor[1] - 0.5
    return Candidate(x, y, _SHARE * mark.radius * factor[0], 0)


def _lessened(speck: Speck, factor: tuple[float, float]) -> Speck:
    return _enlarged(speck, (1 / factor[0], 1 / factor[1]))


def _enlarged(speck: Speck, factor: tuple[float, float]) -> Speck:
    return replace(
        speck,
        x=(speck.x + 0.5) / factor[0] - 0.5,
        y=(speck.y + 0.5) / factor[1] - 0.5,
        radius=speck.radius / factor[0],
    )
