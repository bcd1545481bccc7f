"""Apply a frame's exposure gain: to its pixels as they become float, and to its luma."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from develop.image import Pixels
from stacker.equalise import Equalisation
from stacker.pyramid import Band


@dataclass(frozen=True, slots=True)
class Lighting:
    """How one frame is brought to the reference's exposure and colour: `table` is 3 x codes float32, or None."""

    table: NDArray[Any] | None
    luma_gain: float

    def even(self, pixels: Pixels) -> Band:
        """Return RGB integer pixels as float32 in 0..1, equalised."""
        if self.table is None:
            return np.asarray(pixels * np.float32(1 / np.iinfo(pixels.dtype).max), np.float32)
        if pixels.dtype == np.uint8:
            return np.asarray(cv2.LUT(pixels, np.ascontiguousarray(self.table.T)[None]))
        return np.stack([self.table[channel][pixels[..., channel]] for channel in range(3)], axis=-1)


def lighting_of(equalisation: Equalisation, index: int, dtype: np.dtype[Any]) -> Lighting:
    """Return the lighting of frame `index`, whose pixels are of integer `dtype`."""
    if equalisation.is_identity(index):
        return Lighting(None, 1.0)
    table = equalisation.lut(index, dtype, np.uint16).astype(np.float32) / np.float32(65535)
    # The curve of a gain is nearly a straight line through black; its middle says how steep.
    middle = table.shape[1] // 2
    return Lighting(table, float(table[1, middle]) * (table.shape[1] - 1) / middle)
