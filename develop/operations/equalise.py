"""Even a frame's brightness and colour out to the reference's."""

from __future__ import annotations

import cv2
import numpy as np

from develop import colour
from develop.image import Image
from develop.settings import DevelopSettings


def active(settings: DevelopSettings) -> bool:
    """Tell whether there is anything to do."""
    return bool(settings.exposure_delta or settings.red_delta or settings.blue_delta)


def equalise(image: Image, settings: DevelopSettings) -> Image:
    """Return the picture, same number type, with the light of its channels multiplied by powers of two."""
    stops = (
        settings.exposure_delta + settings.red_delta,
        settings.exposure_delta,
        settings.exposure_delta + settings.blue_delta,
    )
    gains = np.array([2.0**stop for stop in stops], np.float32)
    if image.pixels.dtype == np.float32:
        return Image(colour.encode_curve(colour.to_linear(image.pixels, image.space) * gains, image.space), image.space)
    top = np.iinfo(image.pixels.dtype).max
    ramp = np.arange(top + 1, dtype=image.pixels.dtype)[None, :, None].repeat(3, axis=2)
    light = colour.to_linear(ramp, image.space) * gains
    table = np.rint(np.clip(colour.encode_curve(light, image.space), 0.0, 1.0) * top).astype(image.pixels.dtype)
    return Image(np.ascontiguousarray(cv2.LUT(image.pixels, table)), image.space)
