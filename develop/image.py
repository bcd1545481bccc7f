"""What a picture is: pixels and the colour space that their numbers mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[Any]
"""RGB, H x W x 3, C-contiguous: uint8, uint16 (full range) or float32 (nominal 0..1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColorSpace:
    """An RGB space: its primaries (CIE xy), white point and transfer curve.

    `icc` is the profile that a file came with, to be handed on unchanged; None means one is made from the numbers.
    `transfer` is 'linear', 'srgb' or 'gamma'; `gamma` counts only for 'gamma'.
    """

    name: str
    red: tuple[float, float]
    green: tuple[float, float]
    blue: tuple[float, float]
    white: tuple[float, float]
    transfer: str
    gamma: float = 1.0
    icc: bytes | None = None


D65 = (0.3127, 0.3290)
D50 = (0.3457, 0.3585)
SRGB = ColorSpace(name="sRGB", red=(0.64, 0.33), green=(0.30, 0.60), blue=(0.15, 0.06), white=D65, transfer="srgb")


@dataclass(frozen=True, slots=True)
class Image:
    """A decoded picture."""

    pixels: Pixels
    space: ColorSpace = SRGB

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0])

    def as_float(self) -> NDArray[np.float32]:
        """Return the pixels as float32 in 0..1, still encoded as the space says."""
        if self.pixels.dtype == np.float32:
            return self.pixels
        scale = 1.0 / np.iinfo(self.pixels.dtype).max
        return self.pixels.astype(np.float32) * np.float32(scale)
