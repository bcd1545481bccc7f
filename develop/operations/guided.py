"""The edge-keeping blur of a whole picture, worked out small and laid over any of its rows at full size."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np

from develop.colour import Floats
from develop.operations.operation import Place, spread, tall

Coefficients: TypeAlias = tuple[Floats, Floats]
"""Slope and offset, each H x W."""


def coefficients(guide: Floats, radius: int, edge: float, height: int) -> Coefficients:
    """Return slope and offset of the guided filter of a plane by itself, enlarged to the whole picture's height.

    `edge` is the step in the plane that counts as an edge and is kept. He, Sun, Tang 2013, doi:10.1109/TPAMI.2012.213;
    small coefficients over the full-size guide: He, Sun 2015, arXiv:1505.00996.
    """
    size = (2 * radius + 1, 2 * radius + 1)
    mean = cv2.blur(guide, size)
    variance = np.maximum(cv2.blur(guide * guide, size) - mean * mean, 0.0)
    slope = variance / (variance + np.float32(edge * edge))
    offset = mean * (1.0 - slope)
    maps = smoothed(np.asarray(slope, np.float32), np.asarray(offset, np.float32), size)
    return tall(maps[0], height), tall(maps[1], height)


def smoothed(slope: Floats, offset: Floats, size: tuple[int, int]) -> Coefficients:
    """Return the coefficients averaged over all windows that a pixel is in."""
    return np.asarray(cv2.blur(slope, size), np.float32), np.asarray(cv2.blur(offset, size), np.float32)


def base(plane: Floats, maps: Coefficients, place: Place) -> Floats:
    """Return the blurred plane at full size, sharp at its edges."""
    slope, offset = (spread(part, plane.shape[0], place) for part in maps)
    return np.asarray(cv2.add(cv2.multiply(slope, plane), offset), np.float32)
