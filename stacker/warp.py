"""Bring a piece of a frame onto the reference."""

from __future__ import annotations

from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.transforms import Transform

Plane: TypeAlias = NDArray[Any]
"""One channel, H x W float32."""


def brought(pixels: NDArray[Any], transform: Transform, size: tuple[int, int]) -> NDArray[Any]:
    """Return what `pixels` (any depth) shows in a window of `size` (width, height), cubic, reflected outside.

    `transform` maps the window's pixels to those of `pixels`.
    """
    if _is_whole_shift(transform):
        left, top = round(transform[0, 2]), round(transform[1, 2])
        if 0 <= left <= pixels.shape[1] - size[0] and 0 <= top <= pixels.shape[0] - size[1]:
            return np.ascontiguousarray(pixels[top : top + size[1], left : left + size[0]])
    return sampled(pixels, transform, size, cv2.INTER_CUBIC, cv2.BORDER_REFLECT_101)


def warped(plane: Plane, transform: Transform, size: tuple[int, int]) -> Plane:
    """Return `plane` as seen from reference coordinates of `size` (width, height), linear, reflected outside."""
    return sampled(plane, transform, size, cv2.INTER_LINEAR, cv2.BORDER_REFLECT)


def sampled(
    pixels: NDArray[Any], transform: Transform, size: tuple[int, int], interpolation: int, border: int
) -> NDArray[Any]:
    """Return `pixels` read where `transform` sends each place of `size`; `interpolation` and `border` are OpenCV's."""
    flags = interpolation | cv2.WARP_INVERSE_MAP
    if not transform[2, :2].any():
        return cv2.warpAffine(pixels, transform[:2], size, flags=flags, borderMode=border)
    return cv2.warpPerspective(pixels, transform, size, flags=flags, borderMode=border)


def _is_whole_shift(transform: Transform) -> bool:
    offset = transform[:2, 2]
    return bool(
        np.abs(transform[:, :2] - np.eye(3)[:, :2]).max() < 1e-9 and np.abs(offset - offset.round()).max() < 1e-6
    )


def covered(frame: tuple[int, int], transform: Transform, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which pixels of a window of `size` lie inside a frame of size `frame` (both width, height)."""
    xs, ys = np.arange(size[0], dtype=np.float64), np.arange(size[1], dtype=np.float64)[:, None]
    x, y = (row[0] * xs + row[1] * ys + row[2] for row in transform[:2])
    tilt, turn, scale = transform[2]
    w = tilt * xs + turn * ys + scale if tilt or turn else scale
    inside = (x >= 0) & (y >= 0) & (x <= (frame[0] - 1) * w) & (y <= (frame[1] - 1) * w)
    return np.asarray(inside, np.bool_)
