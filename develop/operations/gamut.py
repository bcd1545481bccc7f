"""Bring colours that a space cannot show into it, towards grey of the same brightness."""

from __future__ import annotations

import cv2
import numpy as np

from develop import colour
from develop.colour import Floats
from develop.image import ColorSpace

_SLACK = 1e-3


def fit(linear: Floats, space: ColorSpace) -> Floats:
    """Return linear RGB within 0..1: colours outside lose saturation, not hue, and keep their luminance.

    Clipping channel by channel would turn a bright orange yellow. What lies inside is not touched.
    """
    inside = cv2.inRange(linear, (-_SLACK,) * 3, (1.0 + _SLACK,) * 3)
    if cv2.countNonZero(inside) == inside.size:
        return linear
    flat = linear.reshape(-1, 3)
    outside = np.flatnonzero(inside.reshape(-1) == 0)
    pixels = flat[outside]
    weights = colour.to_xyz(space)[1].astype(np.float32)
    grey = np.clip(pixels @ weights, 0.0, 1.0)
    red, green, blue = (pixels[:, channel] - grey for channel in range(3))
    up = np.maximum(np.maximum(red, green), blue)
    down = -np.minimum(np.minimum(red, green), blue)
    share = np.minimum((1.0 - grey) / np.maximum(up, 1e-6), grey / np.maximum(down, 1e-6))
    share = np.clip(share, 0.0, 1.0)
    flat[outside] = np.stack((grey + red * share, grey + green * share, grey + blue * share), axis=1)
    return linear
