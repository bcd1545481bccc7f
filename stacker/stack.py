"""Make one sharp picture of a sequence of frames that are each sharp somewhere else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from develop.image import Pixels
from stacker import quality, sharpness
from stacker.align import Alignment
from stacker.budget import Strip, in_flight, strips
from stacker.canvas import Canvas, Span, Tile, canvas_of
from stacker.checked import CheckedFrames
from stacker.cleaning import CleanFrames, clean_luma
from stacker.depth import confidence, smooth_depth
from stacker.dust import Watched
from stacker.energies import Energies, Packed
from stacker.equalise import Equalisation
from stacker.errors import FrameTooSmall, NoFrames
from stacker.focus import Contest
from stacker.frames import FrameSource
from stacker.fronts import Fronted, in_front
from stacker.fusers.law import BandLaw, PlaceLaw
from stacker.fusers.methods import FUSERS
from stacker.ground import Ground
from stacker.known import Known
from stacker.laid import Laid
from stacker.lighting import lighting_of
from stacker.mixing import Mixing, Shot, tile_margin
from stacker.ordered import ordered
from stacker.points import Pointed, together
from stacker.quality import QualityReport
from stacker.reference import lay
from stacker.settings import StackSettings
from stacker.sharpness import Sharpness
from stacker.softness import Softness, laid_at, ratio
from stacker.specks import Mark, Speck
from stacker.survey import Survey
from stacker.transforms import Rectangle, Transform
from stacker.warp import Plane
from stacker.weighing import Shares, Weighing

Progress = Callable[[str, int, int], None]

_LEAST_SIDE = 8
# Of the memory: what energies may take of it.
_ENERGIES_SHARE = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    """A finished stack.

    `pixels` H x W x 3 uint16, in the frames' own colour space; `crop` is where it lies in the reference, whose
    (width, height) is `frame_size`. The maps are
    half as large as the picture: `winner` the number of the sharpest frame, `half_depth` its smooth, hole-free
    version in frame numbers (float32), `half_confidence` how far that is measured and not filled in (0..1).
    `transforms` has None for a frame that was left out; `equalisation` holds the gain of each frame;
    `specks` the dust and the hot pixels that were found on the sensor and taken out of the frames.
    """

    pixels: Pixels
    crop: Rectangle
    frame_size: tuple[int, int]
    winner: NDArray[np.uint16]
    half_depth: Plane
    half_confidence: Plane
    transforms: tuple[Transform | None, ...]
    equalisation: Equalisation
    report: QualityReport
    sharpness: Sharpness
    known: Known
    """How the frames were found to lie, for a later stack of the same ones."""
    specks: tuple[Speck, ...] = ()

    @property
    def laid(self) -> Laid:
        """Return how the frames were laid on the reference."""
        return Laid(transforms=self.transforms, equalisation=self.equalisation, crop=self.crop, size=self.frame_size)

    @property
    def index_map(self) -> NDArray[np.uint16]:
        """Return for each pixel the number of the frame that is sharpest there (H x W uint16)."""
        return np.asarray(cv2.resize(self.winner, self._size, interpolation=cv2.INTER_NEAREST), np.uint16)

    @property
    def depth(self) -> Plane:
        """Return the depth of each pixel in frame numbers (H x W float32)."""
        return cv2.resize(self.half_depth, self._size, interpolation=cv2.INTER_LINEAR)

    @property
    def confidence(self) -> Plane:
        """Return how far the depth of each pixel is measured (H x W float32, 0..1)."""
        return cv2.resize(self.half_confidence, self._size, interpolation=cv2.INTER_LINEAR)

    @property
    def _size(self) -> tuple[int, int]:
        return self.pixels.shape[1], self.pixels.shape[0]


def stack(
    frames: FrameSource,
    settings: StackSettings,
    progress: Progress | None = None,
    known: Known | None = None,
    marks: Sequence[Mark] = (),
) -> Fused:
    """Align and fuse `frames`. The same frames and settings give the same bytes, whatever the threads.

    `known` is an earlier alignment of the same frames: where it fits them, they are not aligned again. `marks` are
    what is said of the dust on the sensor.

    Raises a StackError where the frames do not belong together, and the source's own error for a frame that cannot
    be decoded.
    """
    if not len(frames):
        raise NoFrames("there are no frames to stack")
    if min(frames.size) < _LEAST_SIDE:
        raise FrameTooSmall(f"{frames.name(0)}: {frames.size[0]} x {frames.size[1]} pixels are too few to stack")
    tell = progress or (lambda stage, done, total: None)
    checked = CheckedFrames(frames, settings.index_of_reference(len(frames)))
    pointed = Pointed(checked)
    source, room = pointed if settings.dust else checked, settings.memory_mb * _ENERGIES_SHARE
    energies = Energies(source, room, _ground(frames.size), mendable=settings.dust)
    watched = Watched(energies) if settings.dust else None
    alignment, equalisation = lay(watched or energies, settings, progress, known)
    with _single_threaded_opencv(), ThreadPoolExecutor(_threads(settings)) as pool:
        specks = watched.specks(alignment.transforms, pool, marks) if watched else ()
        specks = together(specks, pointed.specks(alignment.transforms, marks))
        mend = partial(clean_luma, specks=specks, size=frames.size)
        clean = energies.mended(CleanFrames(checked, specks), mend) if specks else energies.settled()
        job = _Job(clean, alignment, equalisation, settings, pool, tell)
        contest = job.survey()
        # What needs no more of the frames is worked out while they are mixed.
        sharp = pool.submit(sharpness.survey, alignment, equalisation)
        mixed = job.mix(contest)
    return job.finished(mixed, sharp.result(), specks)


def _ground(size: tuple[int, int]) -> Ground:
    """Return memory for energies at half `size` (width, height), or for the finest sums of the picture after them."""
    width, height = size
    return Ground(width * height * 3 * np.dtype(np.float32).itemsize, -(-width // 2) * -(-height // 2))


def _threads(settings: StackSettings) -> int:
    return settings.threads or os.cpu_count() or 1


class _Mixed(NamedTuple):
    """What the second look gives: the picture, and of the used frames who is sharpest, the depth, and how surely."""

    pixels: Pixels
    winner: NDArray[np.uint16]
    depth: Plane
    sure: Plane


class _Job:
    """One run of the engine: what both looks at the frames share."""

    def __init__(
        self,
        frames: Energies,
        alignment: Alignment,
        equalisation: Equalisation,
        settings: StackSettings,
        pool: Executor,
        tell: Progress,
    ) -> None:
        self.frames, self.alignment, self.equalisation = frames, alignment, equalisation
        self.settings, self.pool, self.tell = settings, pool, tell
        self.method = FUSERS[settings.method]
        used = [i for i in alignment.used if i not in equalisation.left_out]
        self.used = used[::-1] if settings.front == "last" else used
        self.canvas: Canvas = canvas_of([self._transform(i) for i in self.used], frames.size, settings.border)
        self.softness: Softness | None = None

    def _transform(self, index: int) -> Transform:
        transform = self.alignment.transforms[index]
        assert transform is not None
        return transform

    @property
    def ahead(self) -> int:
        """Return how many frames to decode ahead."""
        return in_flight(
            self.frames.size,
            bytes_a_pixel=self.frames.bytes_a_pixel,
            threads=_threads(self.settings),
            memory_mb=self.settings.memory_mb,
        )

    def survey(self) -> Contest:
        """Look at every frame reduced to half its size."""
        looks = map(itemgetter(1), ordered(self.pool, self._ratio, self.used, self.ahead))
        self.softness = Softness.of(looks)
        survey = Survey(self.canvas, self.pool, self.softness, self.frames.ground)
        for place, (index, energy) in enumerate(ordered(self.pool, self.frames.energy, self.used, self.ahead)):
            self.frames.lay(index, survey.add(place, energy, self._transform(index), self._luma_gain(index)))
            self.tell("focus", place + 1, len(self.used))
        contest = survey.conclude()
        return in_front(contest, self._laid_energies(), self.pool) if self.settings.front != "off" else contest

    def _ratio(self, index: int) -> Plane:
        return ratio(self.canvas, self.frames.glance(index), self._transform(index))

    def _laid_energies(self) -> Iterator[Packed]:
        look = partial(self._laid_energy, last=False)
        return map(itemgetter(1), ordered(self.pool, look, self.used, self.ahead))

    def _luma_gain(self, index: int) -> float:
        dtype = np.dtype(np.uint8 if self.frames.bytes_a_pixel == 3 else np.uint16)
        return lighting_of(self.equalisation, index, dtype).luma_gain

    def _strips(self) -> list[Strip]:
        if not issubclass(self.method, BandLaw):
            return [Strip.whole(self.canvas)]
        return strips(
            self.canvas,
            levels=self.method.levels,
            bytes_a_pixel=self.frames.bytes_a_pixel,
            in_flight=self.ahead,
            memory_mb=self.settings.memory_mb,
        )

    def mix(self, contest: Contest) -> _Mixed:
        """Look at every frame at full size and mix it in where it counts."""
        width, height = self.canvas.size
        parts, shots = self._strips(), self._shots()
        sure = self.pool.submit(lambda: confidence(contest.certainty))
        by, depth = self._decided(contest)
        self.frames.give_up()
        smooth = self.pool.submit(smooth_depth, depth, sure.result())
        if len(parts) > 1:
            pixels = np.empty((height, width, 3), np.uint16)
        for number, strip in enumerate(parts):
            mixing = Mixing(strip.of(self.canvas), self.method.levels, by, self.pool, self.frames.ground)
            for shot in shots if number == 0 else self._shots():
                mixing.add(shot)
                self.tell("fuse", number * len(self.used) + shot.place + 1, len(parts) * len(self.used))
                del shot  # so that the next frame can be read into its memory
            if len(parts) > 1:
                pixels[strip.start : strip.stop] = mixing.picture(strip.inner)
            else:
                pixels = mixing.picture(strip.inner)
        return _Mixed(pixels, contest.winner, smooth.result(), sure.result())

    def finished(self, mixed: _Mixed, sharp: Sharpness, specks: tuple[Speck, ...]) -> Fused:
        """Return the stack with what is told of it, its maps in numbers of the whole sequence."""
        numbers = np.array(self.used, np.uint16)
        names = [self.frames.name(i) for i in range(len(self.frames))]
        return Fused(
            pixels=mixed.pixels,
            crop=self.canvas.crop,
            frame_size=self.frames.size,
            winner=numbers[mixed.winner],
            half_depth=_numbered(mixed.depth, numbers),
            half_confidence=mixed.sure,
            transforms=tuple(t if i in self.used else None for i, t in enumerate(self.alignment.transforms)),
            equalisation=self.equalisation,
            report=quality.assess(self.alignment, self.equalisation, sharp, names),
            sharpness=sharp,
            known=Known.of(self.alignment),
            specks=specks,
        )

    def _decided(self, contest: Contest) -> tuple[Shares | type[BandLaw], Plane]:
        """Return what frames are mixed by, and from which depth the picture comes."""
        if issubclass(self.method, BandLaw):
            return self.method, contest.winner.astype(np.float32)
        law: PlaceLaw = self.method(contest, self.pool.map, self.frames.ground)
        if contest.hidden is not None and law.by_energy:
            law = Fronted(law, contest.hidden, law.levels)
        weighing = Weighing(self.canvas, tile_margin(law.levels), law, contest.winner, self.pool)

        def look(place: int) -> tuple[Packed | None, list[int]]:
            energy = self._laid_energy(self.used[place], last=True) if law.by_energy else None
            return energy, weighing.candidates(place, energy)

        for place, (energy, candidates) in ordered(self.pool, look, range(len(self.used)), self.ahead):
            weighing.weigh(place, energy, candidates)
        return weighing.settle(self.used.index(self.alignment.reference))

    def _laid_energy(self, index: int, *, last: bool) -> Packed:
        laid = self.frames.laid(index, last=last)
        if laid is not None:
            return laid
        width, height = self.canvas.half
        whole = Tile(Span(0, height, 0, height), Span(0, width, 0, width))
        energy = self.frames.energy(index)
        return laid_at(self.canvas, whole, energy, self._transform(index), self._luma_gain(index), self.softness)

    def _shots(self) -> Iterator[Shot]:
        return map(itemgetter(1), ordered(self.pool, self._shot, range(len(self.used)), self.ahead))

    def _shot(self, place: int) -> Shot:
        index = self.used[place]
        pixels = self.frames.frame(index)
        lighting = lighting_of(self.equalisation, index, pixels.dtype)
        return Shot(place=place, pixels=pixels, lighting=lighting, transform=self._transform(index))


def _numbered(depth: Plane, numbers: NDArray[np.uint16]) -> Plane:
    """Return places among the used frames as numbers of the sequence."""
    if numbers[-1] == len(numbers) - 1 and numbers[0] == 0:
        return depth
    out = np.empty(depth.shape, np.float32)
    for row, seen in zip(out, depth, strict=True):
        row[:] = np.interp(seen, np.arange(len(numbers)), numbers)
    return out


@contextmanager
def _single_threaded_opencv() -> Iterator[None]:
    """Keep OpenCV from splitting what is already split over threads."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
