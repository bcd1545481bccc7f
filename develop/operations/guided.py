"""The edge-keeping blur of a whole picture, worked out small and laid over any of its rows at full size."""

from __future__ import annotations

import cv2
import numpy as np

from develop.colour import Floats
from develop.operations.operation import Place, spread


def coefficients(guide: Floats, radius: int, edge: float) -> Floats:
    """Return slope and offset (H x W x 2) of the guided filter of a plane by itself.

    `edge` is the step in the plane that counts as an edge and is kept. He, Sun, Tang 2013, doi:10.1109/TPAMI.2012.213;
    small coefficients over the full-size guide: He, Sun 2015, arXiv:1505.00996.
    """
    size = (2 * radius + 1, 2 * radius + 1)
    mean = cv2.blur(guide, size)
    variance = np.maximum(cv2.blur(guide * guide, size) - mean * mean, 0.0)
    slope = variance / (variance + np.float32(edge * edge))
    offset = mean * (1.0 - slope)
    return np.asarray(cv2.blur(cv2.merge((slope, offset)), size), np.float32)


def base(plane: Floats, maps: Floats, place: Place) -> Floats:
    """Return the blurred plane at full size, sharp at its edges."""
    laid = spread(maps, plane.shape[0], place)
    slope, offset = cv2.split(laid)
    return np.asarray(cv2.add(cv2.multiply(slope, plane), offset), np.float32)
