"""What alignment, equalisation and the report see of each frame: one reduced decode, used for everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from develop.image import Pixels
from stacker.bands import Plane, band_pyramid, linear_luma, linear_table
from stacker.frames import FrameSource

PROXY_SIDE = 1536
"""Longer side (px) asked of the source: a quarter of a 24 megapixel frame, at which a tile's place is known to about
a hundredth of a proxy pixel."""

SKETCH_SIDE = 128
"""Longer side (px) of the sketch that is kept of every frame."""

_CLIPPED = 0.985


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """The little that is kept of every frame, about 100 kB, in the frame's own geometry.

    `light` h x w x 3 float32: linear light, averaged over the pixels; `usable` h x w: the part of those pixels that
    no channel clips; `focus` h x w: mean squared detail of the encoded luma, 0..1.
    """

    light: NDArray[Any]
    usable: Plane
    focus: Plane

    @property
    def brightness(self) -> float:
        """Return the frame's mean linear light."""
        return float(self.light.mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A frame made ready for registration: its bands (finest first) and its sketch."""

    bands: list[Plane]
    sketch: Sketch

    @property
    def size(self) -> tuple[int, int]:
        """Return (width, height) of the finest level."""
        return self.bands[0].shape[1], self.bands[0].shape[0]


def load(frames: FrameSource, index: int) -> Proxy:
    """Decode frame `index` reduced and prepare it. Raises the source's own error where it cannot be decoded."""
    pixels = frames.proxy(index, PROXY_SIDE)
    return Proxy(bands=band_pyramid(linear_luma(pixels)), sketch=sketch(pixels))


def sketch(pixels: Pixels) -> Sketch:
    """Return the sketch of encoded RGB pixels (uint8 or uint16)."""
    size = sketch_size((pixels.shape[1], pixels.shape[0]))
    top = float(np.iinfo(pixels.dtype).max)
    half = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    brightest = cv2.max(cv2.max(half[..., 0], half[..., 1]), half[..., 2])
    clipped = (brightest >= _CLIPPED * top).astype(np.float32)
    return Sketch(
        light=cv2.resize(_linear(half), size, interpolation=cv2.INTER_AREA),
        usable=1 - cv2.resize(clipped, size, interpolation=cv2.INTER_AREA),
        focus=_focus(pixels, size, top),
    )


def sketch_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return (width, height) of the sketch of a frame of `size`."""
    factor = SKETCH_SIDE / max(size)
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _linear(pixels: Pixels) -> NDArray[Any]:
    table = linear_table(pixels.dtype)
    return cv2.LUT(pixels, table) if pixels.dtype == np.uint8 else np.take(table, pixels)


def _focus(pixels: Pixels, size: tuple[int, int], top: float) -> Plane:
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    smooth = cv2.GaussianBlur(gray, (0, 0), 1.0)
    detail = cv2.Laplacian(smooth, cv2.CV_32F, ksize=1, scale=1 / top)
    return cv2.resize(cv2.multiply(detail, detail), size, interpolation=cv2.INTER_AREA)
