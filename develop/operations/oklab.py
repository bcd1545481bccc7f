"""The planes that operations work on: lightness and two opponent colours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from develop import colour
from develop.colour import Floats, Matrix
from develop.image import D65, SRGB, ColorSpace

# Ottosson 2020, https://bottosson.github.io/posts/oklab/
_CONES: Matrix = np.array(
    [
        [0.8189330101, 0.3618667424, -0.1288597137],
        [0.0329845436, 0.9293118715, 0.0361456387],
        [0.0482003018, 0.2643662691, 0.6338517070],
    ]
)
_OPPONENTS: Matrix = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


_FROM_OPPONENTS = np.linalg.inv(_OPPONENTS).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Lab:
    """Oklab planes, float32, H x W: lightness 0..1 (white 1; more where exposed up), a and b about -0.4..0.4.

    They are cube roots of scene-linear light, mixed linearly: to scale all three by k is to scale the light by k**3,
    which changes neither hue nor saturation. An operation that looks at
    single pixels owns the planes that it is given and may overwrite them.
    """

    lightness: Floats
    a: Floats
    b: Floats

    def scale(self, ratio: Floats) -> None:
        """Scale the light in place: lightness and colour by `ratio`, the light itself by its cube."""
        for plane in (self.lightness, self.a, self.b):
            cv2.multiply(plane, ratio, dst=plane)

    def scale_colour(self, ratio: Floats) -> None:
        """Scale colourfulness in place."""
        cv2.multiply(self.a, ratio, dst=self.a)
        cv2.multiply(self.b, ratio, dst=self.b)

    def rows(self, first: int, last: int) -> Lab:
        """Return some of the rows, not copied."""
        return Lab(self.lightness[first:last], self.a[first:last], self.b[first:last])

    def window(self, top: int, bottom: int, left: int, right: int) -> Lab:
        """Return a part, not copied."""
        inner = slice(top, bottom), slice(left, right)
        return Lab(self.lightness[inner], self.a[inner], self.b[inner])

    def chroma(self) -> Floats:
        """Return the distance from grey."""
        return _floats(cv2.magnitude(self.a, self.b))


def from_linear(linear: Floats, space: ColorSpace, turn: Matrix | None = None, *, into: Lab | None = None) -> Lab:
    """Return linear RGB (H x W x 3 float32) of a space as planes; `turn` is a 3 x 3 matrix on XYZ (D65) before.

    The planes are written to `into`, where it is given.
    """
    cones = cv2.transform(linear, _to_cones(space, turn))
    np.cbrt(cones, out=cones)
    # A plane at a time: five times as fast as splitting afterwards.
    places = (into.lightness, into.a, into.b) if into is not None else (None,) * 3
    rows = zip(_OPPONENTS.astype(np.float32), places, strict=True)
    return Lab(*(_floats(cv2.transform(cones, row[None], dst=place)) for row, place in rows))


def to_linear(lab: Lab, space: ColorSpace) -> Floats:
    """Return planes as linear RGB of a space, unclipped."""
    merged = cv2.merge((lab.lightness, lab.a, lab.b))
    # Not in place, for which OpenCV takes a copy first.
    cones = cv2.transform(merged, _FROM_OPPONENTS)
    cv2.pow(cones, 3, dst=cones)
    return _floats(cv2.transform(cones, _from_cones(space), dst=merged))


def hue_of(red: float, green: float, blue: float) -> float:
    """Return the hue angle (radians, 0..2 pi) of an encoded sRGB colour."""
    pixel = np.array([[[red, green, blue]]], np.float32)
    lab = from_linear(colour.decode_curve(pixel, SRGB), SRGB)
    return float(np.arctan2(lab.b[0, 0], lab.a[0, 0]) % (2 * np.pi))


def _floats(array: object) -> Floats:
    return np.asarray(array, np.float32)


def _to_cones(space: ColorSpace, turn: Matrix | None) -> Floats:
    xyz = _cones() @ (np.eye(3) if turn is None else turn) @ colour.adaptation(space.white, D65) @ colour.to_xyz(space)
    return xyz.astype(np.float32)


@lru_cache(maxsize=16)
def _from_cones(space: ColorSpace) -> Floats:
    return np.linalg.inv(_cones() @ colour.adaptation(space.white, D65) @ colour.to_xyz(space)).astype(np.float32)


@lru_cache(maxsize=1)
def _cones() -> Matrix:
    # The published figures give white as 1 +- 0.0001; scaled so that grey has exactly no colour.
    return np.asarray(_CONES / (_CONES @ colour.white_xyz(D65))[:, None])
