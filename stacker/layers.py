"""Take a finished stack apart: one aligned layer a frame, and the mask by which it shows.

A mask that says only which frame is sharpest does not give the stack back: the picture is mixed in bands, and takes a
little of several frames at most places. So each mask is solved for. Layers lie in the order of the frames, the first
covers all, and at each place the frames near its depth are mixed over what lies below them so that the sum comes as
near to the stack as it can: with the layer d away from what is below, and the stack e, the opacity is the least
squares answer <d, e> / <d, d>. Sums over a small window keep the masks smooth enough to paint on; where the frames
are too much alike for the pixels to say anything, the depth decides. The next layer is solved over what the rounded
masks really gave, so that errors do not add up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from develop.image import Pixels
from stacker.canvas import Canvas, Span, Tile
from stacker.depth import confidence, smooth_depth
from stacker.energies import Energies, Packed
from stacker.frames import FrameSource
from stacker.fronts import in_front
from stacker.laid import Laid
from stacker.lighting import lighting_of
from stacker.retouch import Brush, coverage
from stacker.settings import Front
from stacker.softness import Softness, ratio
from stacker.specks import Speck
from stacker.stack import Fused
from stacker.survey import Survey
from stacker.transforms import apply, invert
from stacker.warp import Plane, brought

Depths: TypeAlias = NDArray[Any]
"""h x w x 3 float32, about half as large as the picture: nearest, likeliest and farthest frame number of a place."""

# Half-size pixels: how far from an edge in depth the frames on both sides may show.
_AROUND = 5
# Frames beyond the likely ones that may show; between one and two a frame fades out.
_BEYOND = 1.5
_WINDOW = 1.5
# Squared difference of layers, summed over the channels, that tells nothing: a hundredth of the range.
_ALIKE = 1e-4
# Squared difference from which on a pixel goes its own way rather than its surroundings'.
_STIFF = 3e-3
_STRIP = 256
_MARGIN = 6
# What energies may take of the memory while layers are made.
_ENERGIES_MB = 400


@dataclass(frozen=True, slots=True)
class AlignedFrames:
    """The used frames of a finished stack, each laid on the reference, evened out and cut as the result is."""

    frames: FrameSource
    laid: Laid

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return the numbers of the frames that were used, in order."""
        return self.laid.numbers

    def pixels(self, number: int) -> Pixels:
        """Return frame `number` as large as the result, H x W x 3 uint16 in the frames' own colour space.

        Raises the source's own error where it cannot be decoded.
        """
        transform = self.laid.transforms[number]
        assert transform is not None
        raw = self.frames.frame(number)
        lighting = lighting_of(self.laid.equalisation, number, raw.dtype)
        canvas = Canvas(self.laid.crop, self.frames.size)
        out = np.empty((canvas.size[1], canvas.size[0], 3), np.uint16)
        for rows in _strips(canvas.size[1]):
            tile = Tile(Span(rows.start, rows.stop, rows.start, rows.stop), Span(0, canvas.size[0], 0, canvas.size[0]))
            seen = lighting.even(brought(raw, canvas.onto(transform, tile), tile.outer_size))
            out[rows] = np.clip(seen * np.float32(65535) + np.float32(0.5), 0, 65535)
        return out

    def depths(self, pool: Executor, front: Front = "off") -> Depths:
        """Return what `depths_of` returns of a stack, from a first look at the frames alone."""
        canvas = Canvas(self.laid.crop, self.frames.size)
        energies = Energies(self.frames, _ENERGIES_MB)
        numbers = self.numbers[::-1] if front == "last" else self.numbers
        moves = [(number, move) for number in numbers if (move := self.laid.transforms[number]) is not None]
        softness = Softness.of(ratio(canvas, energies.glance(number), move) for number, move in moves)
        survey = Survey(canvas, pool, softness)
        laid: list[Packed] = []
        for place, (number, move) in enumerate(moves):
            gain = lighting_of(self.laid.equalisation, number, np.dtype(np.uint8)).luma_gain
            seen = survey.add(place, energies.energy(number), move, gain)
            if front != "off":
                laid.append(seen)
        contest = survey.conclude()
        if front != "off":
            contest = in_front(contest, laid, pool)
        winner = np.array(numbers, np.uint16)[contest.winner]
        return _depths(smooth_depth(winner.astype(np.float32), confidence(contest.certainty)), winner)


def trails(laid: Laid, specks: Sequence[Speck]) -> Plane:
    """Return where specks have left a trail in the stack, as large as the result (float32, 0..1, soft at the rim)."""
    canvas = np.zeros((laid.crop.height, laid.crop.width), np.float32)
    for number in laid.numbers:
        transform = laid.transforms[number]
        assert transform is not None
        back = invert(transform)
        for speck in specks:
            x, y = apply(back, np.array([[speck.x, speck.y]]))[0] - (laid.crop.left, laid.crop.top)
            here = coverage(
                [(x, y)], Brush(radius=speck.radius * 1.3 + 2, hardness=0.75, opacity=1), canvas.shape[::-1]
            )
            if here is not None:
                part = canvas[here.rows, here.columns]
                np.maximum(part, here.share, out=part)
    return canvas


def depths_of(fused: Fused) -> Depths:
    """Return between which frames each place of the result lies, and which is likeliest."""
    return _depths(fused.half_depth, fused.winner)


def _depths(half_depth: Plane, sharpest: NDArray[np.uint16]) -> Depths:
    likely = half_depth.astype(np.float32)
    winner = cv2.medianBlur(sharpest, 5).astype(np.float32)
    window = np.ones((2 * _AROUND + 1, 2 * _AROUND + 1), np.uint8)
    nearest = cv2.erode(np.minimum(likely, winner), window)
    farthest = cv2.dilate(np.maximum(likely, winner), window)
    return np.dstack((nearest, likely, farthest))


class Masks:
    """The masks of layers that are laid one on the other, solved for as the layers come, from the lowest up."""

    def __init__(self, target: Pixels, depths: Depths, pool: Executor) -> None:
        """Prepare to take `target` (H x W x 3, uint8 or uint16) apart."""
        self.target, self.pool = target, pool
        height, width = target.shape[:2]
        half = (-(-width // 2), -(-height // 2))
        fits = depths.shape[:2] == half[::-1]
        self.depths = depths if fits else cv2.resize(depths, half, interpolation=cv2.INTER_AREA)
        self.flattened = np.zeros(target.shape, np.uint16)
        self.top = int(np.iinfo(target.dtype).max)
        self.count = 0

    def add(self, number: int, layer: Pixels) -> Pixels:
        """Return the mask (H x W of the layer's type; 0 hides, full shows) of frame `number`, laid on the others.

        `layer` is of the target's shape and type. The lowest layer shows everywhere.
        """
        mask = np.full(layer.shape[:2], self.top, layer.dtype)
        if self.count:
            self._each_strip(lambda rows: self._solve(number, layer, mask, rows))
        self._each_strip(lambda rows: self._lay(layer, mask, rows))
        self.count += 1
        return mask

    def _each_strip(self, work: Callable[[slice], None]) -> None:
        list(self.pool.map(work, _strips(len(self.target))))

    def _solve(self, number: int, layer: Pixels, mask: Pixels, rows: slice) -> None:
        top, height = max(0, rows.start - _MARGIN), len(self.target)
        around = slice(top, min(height, rows.stop + _MARGIN))
        below = self.flattened[around] * np.float32(1 / 65535)
        scale = np.float32(1 / self.top)
        step = layer[around] * scale - below
        missing = self.target[around] * scale - below
        shows, guess = self._expected(number, around)
        wanted, possible = np.einsum("ijk,ijk->ij", step, missing), np.einsum("ijk,ijk->ij", step, step)
        smooth = (_mean(wanted) + _ALIKE * guess) / (_mean(possible) + _ALIKE)
        opacity = np.clip((wanted + _STIFF * smooth) / (possible + _STIFF), 0, 1) * shows
        inner = opacity[rows.start - top : rows.stop - top]
        mask[rows] = np.rint(inner * np.float32(self.top))

    def _expected(self, number: int, rows: slice) -> tuple[Plane, Plane]:
        """Return how far frame `number` may show in these rows (0..1), and how far it should by depth alone."""
        half = slice(rows.start // 2, -(-rows.stop // 2))
        part = self.depths[half]
        large = cv2.resize(part, (2 * part.shape[1], 2 * part.shape[0]), interpolation=cv2.INTER_LINEAR)
        first = rows.start - 2 * half.start
        large = large[first : first + rows.stop - rows.start, : self.target.shape[1]]
        nearest, likely, farthest = (large[..., i] for i in range(3))
        off = np.maximum(np.maximum(nearest - number, number - farthest), 0)
        shows = np.clip(_BEYOND + 1 - off, 0, 1)
        # Between two frames the upper has its share, and the lower covers all: what it covers is out of focus.
        guess = np.clip(likely - (number - 1), 0, 1) * (likely < number + 1)
        return shows.astype(np.float32), guess.astype(np.float32)

    def _lay(self, layer: Pixels, mask: Pixels, rows: slice) -> None:
        share = (mask[rows] * np.float32(1 / self.top))[..., None]
        below = self.flattened[rows].astype(np.float32)
        light = layer[rows] * np.float32(65535 / self.top)
        self.flattened[rows] = np.rint(below + share * (light - below))


def _mean(plane: Plane) -> Plane:
    return cv2.GaussianBlur(plane, (0, 0), _WINDOW)


def _strips(height: int) -> Iterator[slice]:
    return (slice(top, min(top + _STRIP, height)) for top in range(0, height, _STRIP))
