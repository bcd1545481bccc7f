"""Find hot and stuck pixels from a stack: points that stand out of their surroundings at one place of every frame.

A pixel that fails shows no light of the scene. However far the scene there is out of focus, the point stays sharp and
as strong as it is; and where the scene moves, the point stays behind. Candidates are counted on the half-size decodes
that alignment reads anyway; only where there are some is a handful of frames looked at in full.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from develop.image import Pixels
from stacker.frames import FrameSource, FramesOver
from stacker.specks import PROFILE_STEPS, Mark, Speck
from stacker.transforms import Transform, apply, invert

Array = NDArray[Any]

MOST_FRAMES = 6
"""Frames that are looked at, evenly over the stack."""
RADIUS, WIDE = 1.5, 2.5
"""How far demosaicing and a JPEG carry a point (px): mostly, and where its colour is filled in from afar."""

# Of the half-size frames, in codes of 255: above what is left of the noise, and above the detail around.
_LEAST = 5
_ABOVE_DETAIL = 2.5
_AROUND = 15
_SHARE_OF_FRAMES = 0.5
_MOST = 2000
_STRIP = 128
# Of the full frames, in codes of 0..1.
_STANDS_OUT = 0.03
_NOISE = 0.004
_SURE = 8.0
_TELLING = 0.35
_LEAST_FRAMES = 3
_STEADY = 0.25
_COMPACT = 0.4
_SPREAD = 0.15
_WENT = 3.0
_LEFT_BEHIND = 0.4
_UNREST_CHANGES = 2.0
_STEADY_STILL = 0.15
_REACH = 9
_Y, _X = np.mgrid[-_REACH : _REACH + 1, -_REACH : _REACH + 1]
_FAR = np.maximum(abs(_X), abs(_Y))
_RIM = _FAR >= 5
_RING = np.asarray((np.hypot(_X, _Y) >= 2.5) & (np.hypot(_X, _Y) < 4))[_REACH - 4 : _REACH + 5, _REACH - 4 : _REACH + 5]
_ABOVE_RING = -_RING.astype(np.float32) / _RING.sum()
_ABOVE_RING[4, 4] += 1


class Pointed(FramesOver):
    """A FrameSource that counts, as it is read reduced, where points stand out: nothing is decoded for it."""

    def __init__(self, frames: FrameSource) -> None:
        super().__init__(frames)
        count = len(frames)
        self._wanted = {round(i * (count - 1) / (MOST_FRAMES - 1)) for i in range(MOST_FRAMES)}
        self._seen: dict[int, tuple[int, ...]] = {}
        self._counts: Array | None = None
        self._lock = threading.Lock()

    def proxy(self, index: int, max_side: int) -> Pixels:
        """Return frame `index` reduced."""
        pixels = self.frames.proxy(index, max_side)
        if index in self._wanted and 2.2 * max(pixels.shape) > max(self.size):
            self._count(index, pixels)
        return pixels

    def _count(self, index: int, pixels: Pixels) -> None:
        with self._lock:
            known = next(iter(self._seen.values()), pixels.shape)
            if index in self._seen or pixels.shape != known:
                return
            self._seen[index] = pixels.shape
        out = _standing_out(pixels)
        with self._lock:
            self._counts = out if self._counts is None else cv2.add(self._counts, out, dst=self._counts)

    def specks(self, transforms: Sequence[Transform | None], marks: Sequence[Mark] = ()) -> tuple[Speck, ...]:
        """Return the hot and stuck pixels (full-size px); none where there are fewer than three frames.

        `transforms` map the reference to each frame at full size, None for one that is left out; `marks` are what a
        person says of the sensor.
        """
        counts, self._counts = self._counts, None
        numbers = sorted(index for index in self._seen if transforms[index] is not None)
        if counts is None or len(numbers) < 3:
            return ()
        places = _candidates(counts, len(numbers), self.size)
        # Raw files are rid of most hot pixels as they are decoded in full.
        places = places[_shown(self.frames.frame(numbers[0]), places)] if len(places) else places
        if not len(places):
            return ()
        patches = np.stack([_patches(self.frames.frame(index), places) for index in numbers])
        found = [_Point.of(patches[:, number], place) for number, place in enumerate(places)]
        moves = [move for index in numbers if (move := transforms[index]) is not None]
        proven = self._proven([point for point in found if point is not None], numbers, moves)
        return tuple(each for each in proven if not each.denied(marks))

    def _proven(self, points: Sequence[_Point], numbers: Sequence[int], moves: Sequence[Transform]) -> list[Speck]:
        """Return the points that the scene left behind, or that stayed sharp where it went out of focus."""
        tracks = [_track(point, moves) for point in points]
        along: list[list[float]] = [[] for _ in points]
        if any(len(track) > 1 for track in tracks):
            for place, index in enumerate(numbers):
                pixels = self.frames.frame(index)
                for point, track, told in zip(points, tracks, along, strict=True):
                    seen = (point.seen_at(pixels, goal) for frame, goal in track if frame == place)
                    told += [share for share in seen if share is not None]
        sure: list[Speck] = []
        for point, told in zip(points, along, strict=True):
            stayed = float(np.median(told)) < _LEFT_BEHIND if len(told) > 1 else point.outlasts_focus
            if stayed and not any(np.hypot(point.x - other.x, point.y - other.y) < 2 for other in sure):
                sure.append(point.speck)
        return sure


def together(dust: Sequence[Speck], points: Sequence[Speck]) -> tuple[Speck, ...]:
    """Return specks of dust and points; what was found as both is a point."""
    grains = [
        speck
        for speck in dust
        if speck.radius > 4 * RADIUS or not any(np.hypot(speck.x - p.x, speck.y - p.y) < 2 for p in points)
    ]
    return (*grains, *points)


@dataclass(frozen=True, slots=True)
class _Point:
    """A point at full size (px): by how much of white it stands out, in which channel, and how the frames show it."""

    x: int
    y: int
    channel: int
    rise: float
    steadiness: float
    unrest_changes: float
    radius: float

    @staticmethod
    def of(patches: Array, place: Array) -> _Point | None:
        """Return the point near `place` in `patches` (frames x side x side x 3, codes of 0..1), None where none is."""
        rises = _rises(patches)
        errors = rises[:, _RIM].std(axis=1) + _NOISE
        weights = 1 / errors**2
        mean = (weights[:, None, None] * rises).sum(axis=0) / weights.sum(axis=0)
        near = np.where((_FAR <= 2)[..., None], np.abs(mean), 0) * np.sqrt(weights.sum(axis=0))
        row, column, channel = np.unravel_index(int(near.argmax()), near.shape)
        peak, each, error = float(mean[row, column, channel]), rises[:, row, column, channel], errors[:, channel]
        telling = error < _TELLING * abs(peak)
        if abs(peak) < _STANDS_OUT or near.max() < _SURE or telling.sum() < _LEAST_FRAMES:
            return None
        # What is hot adds as much to every frame; what is stuck has one value, whatever surrounds it.
        scatter = min(float(told[telling].std()) for told in (each, patches[:, row, column, channel]))
        away = np.hypot(_X - _X[row, column], _Y - _Y[row, column])
        beside = float(np.abs(mean[(away >= 3) & (away < 6)][:, channel]).max())
        steadiness = scatter / abs(peak)
        if steadiness > _STEADY or beside > _COMPACT * abs(peak):
            return None
        x, y = int(place[0] + _X[row, column]), int(place[1] + _Y[row, column])
        spread = np.abs(mean[(away > RADIUS) & (away < WIDE)]).max() > _SPREAD * abs(peak)
        radius = WIDE if spread else RADIUS
        return _Point(x, y, int(channel), peak, steadiness, float(error.max() / error.min()), radius)

    @property
    def outlasts_focus(self) -> bool:
        """Say whether the point stayed as it is while its surroundings went in or out of focus."""
        return self.unrest_changes > _UNREST_CHANGES and self.steadiness < _STEADY_STILL

    def seen_at(self, pixels: Pixels, place: Array) -> float | None:
        """Return what part of the point a frame shows at another place, where the scene beneath it has gone.

        None where the place is too busy to tell.
        """
        rises = _rises(_patches(pixels, np.rint(place).astype(int)[None]))[0][..., self.channel]
        if float(rises[_RIM].std()) > _TELLING * abs(self.rise):
            return None
        return float((rises[_FAR <= 1] * np.sign(self.rise)).max() / abs(self.rise))

    @property
    def speck(self) -> Speck:
        """Return the point as a place on the sensor."""
        nothing = (0.0,) * len(PROFILE_STEPS)
        sure = round(1 - self.steadiness, 3)
        depth = abs(self.rise)
        return Speck(
            x=self.x, y=self.y, radius=self.radius, depth=depth, confidence=sure, profile=nothing, is_point=True
        )


def _standing_out(pixels: Pixels) -> Array:
    """Return where a frame (RGB) has points that are brighter or darker than all around (uint8, 0 or 1)."""
    height = len(pixels)
    out = np.empty(pixels.shape[:2], np.uint8)
    # In strips, which stay in the cache: planes of the whole frame would cost more than what is done in them.
    for start in range(0, height, _STRIP):
        stop, top = min(start + _STRIP, height), max(0, start - _AROUND)
        out[start:stop] = _standing_out_of(pixels[top : stop + _AROUND])[start - top : stop - top]
    return out


def _standing_out_of(pixels: Pixels) -> Array:
    codes = cv2.convertScaleAbs(pixels, alpha=1 / 257) if pixels.dtype == np.uint16 else pixels
    middle = cv2.medianBlur(codes, 3)
    red, green, blue = cv2.split(cv2.absdiff(codes, middle))
    off = cv2.max(cv2.max(red, green), blue)
    usual = cv2.boxFilter(off, cv2.CV_16U, (_AROUND, _AROUND), normalize=False)
    bar = cv2.convertScaleAbs(usual, alpha=_ABOVE_DETAIL / _AROUND**2, beta=_LEAST)
    return np.asarray(off > bar, np.uint8)


def _candidates(counts: Array, frames: int, size: tuple[int, int]) -> Array:
    """Return the places (n x 2, full-size px) that most of `frames` have a point at, those of more frames first."""
    peaks = counts == cv2.dilate(counts, np.ones((3, 3), np.uint8))
    rows, columns = np.nonzero((counts >= max(3, _SHARE_OF_FRAMES * frames)) & peaks)
    best = np.argsort(-counts[rows, columns].astype(int), kind="stable")[:_MOST]
    scale = np.array([size[0] / counts.shape[1], size[1] / counts.shape[0]])
    places = np.rint((np.stack([columns[best], rows[best]], axis=1) + 0.5) * scale - 0.5).astype(int)
    inside = (places >= _REACH).all(axis=1) & (places < np.array(size) - _REACH).all(axis=1)
    return np.asarray(places[inside])


def _patches(pixels: Pixels, places: Array) -> Array:
    """Return the surroundings of places (n x 2) in a frame, as codes of 0..1 (n x side x side x 3)."""
    rows = np.clip(places[:, 1, None, None] + _Y, 0, pixels.shape[0] - 1)
    columns = np.clip(places[:, 0, None, None] + _X, 0, pixels.shape[1] - 1)
    return np.asarray(pixels[rows, columns] / np.float32(np.iinfo(pixels.dtype).max), np.float32)


def _rises(patches: Array) -> Array:
    """Return by how much each pixel of patches (n x side x side x 3) stands out of a ring around it."""
    return np.stack([cv2.filter2D(patch, -1, _ABOVE_RING, borderType=cv2.BORDER_REFLECT_101) for patch in patches])


def _shown(pixels: Pixels, places: Array) -> Array:
    """Say which places have a point in this frame."""
    near = np.abs(_rises(_patches(pixels, places)))[:, _FAR <= 2]
    return np.asarray(near.max(axis=(1, 2)) > _STANDS_OUT / 2)


def _track(point: _Point, moves: Sequence[Transform]) -> list[tuple[int, Array]]:
    """Return where, in which frames, the scene lies that is under the point in another frame, if it went far enough."""
    place, goals = np.array([[point.x, point.y]], float), []
    for move in moves:
        under = apply(invert(move), place)
        for other, there in enumerate(moves):
            goal = apply(there, under)[0]
            if np.hypot(*(goal - place[0])) > _WENT:
                goals.append((other, goal))
    return goals
