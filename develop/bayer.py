"""From a Bayer sensor's counts to working light: levels, balance, interpolation, highlights, the camera's colours.

Works in strips on all cores; memory beyond the counts and the picture stays under 100 MB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from develop import colour, demosaic, highlights
from develop.colour import Floats, Matrix
from develop.highlights import Cast, Clipped
from develop.image import SRGB, ColorSpace, Pixels
from develop.operations.operation import Place

_STRIP_PIXELS: Final = 400_000
_CHANNEL: Final = (0, 1, 2, 1)
"""Of red, green and blue, for each colour of a pattern."""
_GLANCE: Final = 2_000
"""Sites along the longer side that the glance at highlights takes."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """How counts become light: the 2 x 2 `pattern` of colours (0 red, 1 and 3 green, 2 blue), `black` and `balance` of
    each colour, the count `white` that is white, `full` at which sites really clip, and the 3 x 3 matrix from balanced
    camera light to linear sRGB.
    """

    pattern: tuple[tuple[int, int], tuple[int, int]]
    black: tuple[float, float, float, float]
    white: float
    full: float
    balance: tuple[float, float, float, float]
    to_srgb: Matrix

    @property
    def red(self) -> tuple[int, int]:
        """Row and column of the first red site."""
        return next((y, x) for y in (0, 1) for x in (0, 1) if self.pattern[y][x] == 0)

    @property
    def gains(self) -> tuple[float, ...]:
        """What light of each colour is multiplied by, the least one by 1, so that white is where the first clips."""
        return tuple(value / min(self.balance) for value in self.balance)

    @property
    def ceilings(self) -> Floats:
        """The highest value of red, green and blue."""
        red, green, blue, green2 = (
            gain * (self.full - black) / (self.white - black)
            for gain, black in zip(self.gains, self.black, strict=True)
        )
        return np.array([red, min(green, green2), blue], np.float32)


def is_bayer(pattern: tuple[tuple[int, int], tuple[int, int]]) -> bool:
    """Tell whether a 2 x 2 pattern has red and blue across from each other and green on the other two sites."""
    (a, b), (c, d) = pattern
    return ({a, d} == {0, 2} and {b, c} <= {1, 3}) or ({b, c} == {0, 2} and {a, d} <= {1, 3})


def develop(counts: Pixels, sensor: Sensor, space: ColorSpace) -> Pixels:
    """Return counts (H x W uint16) as H x W x 3 uint16 of a space with Rec. 2020's primaries."""
    height, width = counts.shape
    result = np.empty((height, width, 3), np.uint16)
    cast = _cast(counts, sensor)
    rows = max(32, _STRIP_PIXELS // width // 2 * 2)

    def strip(top: int) -> None:
        bottom = min(height, top + rows)
        above, below = max(0, top - demosaic.RIM), min(height, bottom + demosaic.RIM)
        light = _light(counts[above:below], sensor)
        lost = _clipped(counts[above:below], sensor)
        cv2.sqrt(light, light)
        planes = demosaic.interpolate(light, sensor.red)
        merged = np.asarray(cv2.merge([plane[top - above : bottom - above] for plane in planes]), np.float32)
        # Squares of what fell below zero between two colours would be bright.
        cv2.threshold(merged, 0.0, 0.0, cv2.THRESH_TOZERO, dst=merged)
        cv2.multiply(merged, merged, dst=merged)
        lost = lost[top - above : bottom - above] if lost is not None else None
        place = Place(top=top, height=height, width=width)
        _finish(highlights.rebuild(merged, lost, cast, place), sensor, space, result[top:bottom])

    colour.each_band(height, strip, rows)
    return result


def develop_half(counts: Pixels, sensor: Sensor, space: ColorSpace) -> Pixels:
    """Return counts as a picture of half the size, each pixel from the four sites of a 2 x 2 square."""
    height, width = counts.shape[0] // 2, counts.shape[1] // 2
    result = np.empty((height, width, 3), np.uint16)
    cast = _cast(counts, sensor)
    rows = max(16, _STRIP_PIXELS // width)

    def strip(top: int) -> None:
        bottom = min(height, top + rows)
        light = _binned(counts[2 * top : 2 * bottom], sensor)
        lost = highlights.clipped(light, sensor.ceilings)
        place = Place(top=top, height=height, width=width)
        _finish(highlights.rebuild(light, lost, cast, place), sensor, space, result[top:bottom])

    colour.each_band(height, strip, rows)
    return result


def _light(counts: Pixels, sensor: Sensor) -> Floats:
    """Return white-balanced light, 0 and above; the first row must be one of the pattern's first."""
    light = counts.astype(np.float32)
    width = counts.shape[1]
    for row, colours in enumerate(sensor.pattern):
        black = np.resize(np.array([sensor.black[each] for each in colours], np.float32), width)
        range_ = [sensor.white - sensor.black[each] for each in colours]
        scale = [sensor.gains[each] / span for each, span in zip(colours, range_, strict=True)]
        light[row::2] -= black
        light[row::2] *= np.resize(np.array(scale, np.float32), width)
    cv2.threshold(light, 0.0, 0.0, cv2.THRESH_TOZERO, dst=light)
    return light


def _binned(counts: Pixels, sensor: Sensor) -> Floats:
    """Return white-balanced light of half the size, H x W x 3: each pixel from the four sites of a square."""
    height, width = counts.shape[0] // 2, counts.shape[1] // 2
    planes: list[Floats | None] = [None, None, None]
    for row, colours in enumerate(sensor.pattern):
        pairs = np.ascontiguousarray(counts[row : 2 * height : 2, : 2 * width]).reshape(height, width, 2)
        for plane, each in zip(cv2.split(pairs), colours, strict=True):
            span = sensor.white - sensor.black[each]
            place = _CHANNEL[each]
            scale = sensor.gains[each] / span * (0.5 if place == 1 else 1.0)
            light = cv2.addWeighted(plane, scale, plane, 0.0, -sensor.black[each] * scale, dtype=cv2.CV_32F)
            had = planes[place]
            planes[place] = np.asarray(light if had is None else cv2.add(had, light, dst=had), np.float32)
    merged = np.asarray(cv2.merge([plane for plane in planes if plane is not None]), np.float32)
    cv2.threshold(merged, 0.0, 0.0, cv2.THRESH_TOZERO, dst=merged)
    return merged


def _cast(counts: Pixels, sensor: Sensor) -> Cast:
    """Glance at the whole picture, so that all its strips are rebuilt alike."""
    step = max(1, -(-max(counts.shape) // _GLANCE))
    height, width = (size // (2 * step) for size in counts.shape)
    squares = counts[: 2 * step * height, : 2 * step * width].reshape(height, step, 2, width, step, 2)[:, 0, :, :, 0]
    small = np.ascontiguousarray(squares).reshape(2 * height, 2 * width)
    return highlights.cast_about(_binned(small, sensor), sensor.ceilings)


def _clipped(counts: Pixels, sensor: Sensor) -> Clipped:
    """Tell for every pixel which colours clipped at a site beside it: its own value of them is made of those."""
    least = min(black + highlights.FULL * (sensor.full - black) for black in sensor.black)
    full = (counts >= least).astype(np.uint8)
    if not full.any():
        return None
    planes = [np.zeros_like(full) for _ in range(3)]
    for y, row in enumerate(sensor.pattern):
        for x, colour_ in enumerate(row):
            planes[_CHANNEL[colour_]][y::2, x::2] = full[y::2, x::2]
    beside = np.ones((3, 3), np.uint8)
    return cv2.merge([cv2.dilate(plane, beside) for plane in planes]).astype(bool)


def _finish(light: Floats, sensor: Sensor, space: ColorSpace, into: Pixels) -> None:
    turn = colour.matrix(SRGB, colour.WORKING) @ sensor.to_srgb
    linear = np.asarray(cv2.transform(light, turn.astype(np.float32)), np.float32)
    colour.from_linear(highlights.hold(linear), space, np.uint16, spent=True, into=into)
