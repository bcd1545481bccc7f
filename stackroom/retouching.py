"""Replay the strokes of the retouching brush on a master: nothing of it is kept but the strokes themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from develop.errors import SettingsError
from develop.image import Image, Pixels
from develop.orientation import upright
from develop.stroke import Stroke
from stacker import retouch
from stacker.layers import AlignedFrames
from stacker.retouch import Brush, Coverage
from stacker.warp import Plane


@dataclass(slots=True)
class Sources:
    """The pictures that strokes paint from, each as large as the master and upright; the latest one is kept."""

    aligned: AlignedFrames
    names: Sequence[str]
    orientation: int
    by_method: Callable[[str], Pixels]
    """Fuses the frames by another method; as large as the master, in sensor orientation."""
    _latest: tuple[str, Pixels] | None = field(default=None)

    def pixels(self, stroke: Stroke) -> Pixels:
        """Return the picture that a stroke paints from. Raises SettingsError where its frame is not in the stack."""
        if self._latest is None or self._latest[0] != stroke.source:
            self._latest = stroke.source, np.asarray(upright(self._lying(stroke), self.orientation))
        return self._latest[1]

    def _lying(self, stroke: Stroke) -> Pixels:
        if stroke.method is not None:
            return self.by_method(stroke.method)
        used = [number for number in self.aligned.numbers if self.names[number] == stroke.source]
        if not used:
            raise SettingsError(f"{stroke.source}: is not among the stack's frames; take its strokes back with undo")
        return self.aligned.pixels(used[0])

    def cover(self, stroke: Stroke) -> Coverage | None:
        """Return what a stroke covers of the master; None where it misses it."""
        crop, (width, height) = self.aligned.laid.crop, self.aligned.laid.size
        left, top, right, bottom = crop.left, crop.top, crop.left + crop.width, crop.top + crop.height
        corners = np.array([(left, top), (right, bottom)], np.float64) / (width, height)
        turned = np.array([_turned(x, y, self.orientation) for x, y in corners])
        wide, high = (height, width) if self.orientation in (5, 6, 7, 8) else (width, height)
        origin = turned.min(axis=0) * (wide, high)
        points = [(x * wide - origin[0] - 0.5, y * high - origin[1] - 0.5) for x, y in stroke.points]
        size = (crop.height, crop.width) if self.orientation in (5, 6, 7, 8) else (crop.width, crop.height)
        brush = Brush(radius=stroke.radius * wide, hardness=stroke.hardness, opacity=stroke.opacity)
        return retouch.coverage(points, brush, size)


def _turned(x: float, y: float, orientation: int) -> tuple[float, float]:
    """Return where a place (0..1) of the sensor lies in the upright picture."""
    if orientation in (5, 6, 7, 8):
        x, y = y, x
    return (1 - x if orientation in (2, 3, 6, 7) else x), (1 - y if orientation in (3, 4, 7, 8) else y)


def retouched(master: Image, strokes: Sequence[Stroke], sources: Sources) -> Image:
    """Return the upright `master` with the strokes painted in, in their order; itself where there are none.

    Raises SettingsError for a source that is not there, and the frames' own errors.
    """
    if not strokes:
        return master
    pixels = master.pixels.copy()
    for stroke in strokes:
        cover = sources.cover(stroke)
        if cover is not None:
            retouch.paint(pixels, sources.pixels(stroke), cover)
    return Image(pixels, master.space)


def strokes_on(sources: Sources, strokes: Sequence[Stroke]) -> Plane:
    """Return how far strokes cover the master, in sensor orientation (h x w float32, 0..1)."""
    crop = sources.aligned.laid.crop
    covered = np.zeros((crop.height, crop.width), np.float32)
    turned = upright(covered, sources.orientation).copy()
    for stroke in strokes:
        cover = sources.cover(stroke)
        if cover is not None:
            part = turned[cover.rows, cover.columns]
            np.maximum(part, cover.share, out=part)
    # What turns the picture 90 degrees is undone by the turn the other way; every other turn by itself.
    return np.asarray(upright(turned, {6: 8, 8: 6}.get(sources.orientation, sources.orientation)))
