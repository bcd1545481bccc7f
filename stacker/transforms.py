"""Plane transforms: 3 x 3 matrices from reference pixels to a moving frame's pixels.

A transform maps full-resolution pixel coordinates (x, y, 1) of the REFERENCE to those of the MOVING frame; pixel
centres lie at integers. It is the matrix that cv2.warpAffine and cv2.warpPerspective want with WARP_INVERSE_MAP.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Transform: TypeAlias = NDArray[np.float64]
"""3 x 3 float64, [2, 2] == 1."""

MODELS = ("translation", "similarity", "affine", "homography")
"""Models from the fewest to the most degrees of freedom (2, 4, 6, 8)."""


class Rectangle(NamedTuple):
    """An upright rectangle of whole pixels."""

    left: int
    top: int
    width: int
    height: int


def identity() -> Transform:
    """Return the transform that moves nothing."""
    return np.eye(3)


def similarity(scale: float, degrees: float, shift: tuple[float, float], center: tuple[float, float]) -> Transform:
    """Return a scale and a rotation about `center` (px) followed by `shift` (px)."""
    angle = np.radians(degrees)
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    matrix = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
    matrix[:2, 2] = np.add(center, shift) - matrix[:2, :2] @ np.asarray(center)
    return matrix


def compose(second: Transform, first: Transform) -> Transform:
    """Return the transform that applies `first`, then `second`."""
    return normalised(second @ first)


def invert(transform: Transform) -> Transform:
    """Return the transform of the opposite direction; raise numpy.linalg.LinAlgError where there is none."""
    return normalised(np.linalg.inv(transform))


def normalised(matrix: NDArray[Any]) -> Transform:
    """Return `matrix` scaled so that its last element is 1."""
    return np.asarray(matrix / matrix[2, 2], np.float64)


def rescaled(transform: Transform, factor: float | tuple[float, float]) -> Transform:
    """Return `transform` for pictures `factor` times the size (a pair: width, height), outer edges kept in place.

    A pixel centre x of the one size lies at (x + 0.5) * factor - 0.5 of the other.
    """
    fx, fy = (factor, factor) if isinstance(factor, int | float) else factor
    size = np.array([[fx, 0.0, 0.5 * fx - 0.5], [0.0, fy, 0.5 * fy - 0.5], [0.0, 0.0, 1.0]])
    return normalised(size @ transform @ np.linalg.inv(size))


def apply(transform: Transform, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where `points` (... x 2, px) go."""
    moved = points @ transform[:, :2].T + transform[:, 2]
    return np.asarray(moved[..., :2] / moved[..., 2:], np.float64)


def grid(size: tuple[int, int], count: int = 9) -> NDArray[np.float64]:
    """Return count² points (count² x 2, px) evenly over a picture of `size` (width, height), corners included."""
    xs, ys = (np.linspace(0.0, side - 1.0, count) for side in size)
    return np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)


def distance(first: Transform, second: Transform, size: tuple[int, int]) -> NDArray[np.float64]:
    """Return how far apart (px) the two transforms send each point of `grid(size)`."""
    points = grid(size)
    return np.asarray(np.linalg.norm(apply(first, points) - apply(second, points), axis=-1), np.float64)


def project(transform: Transform, model: str, size: tuple[int, int]) -> Transform:
    """Return the transform of `model` that is nearest to `transform` over a picture of `size` (least squares, px).

    Fewer degrees of freedom cannot shear: a similarity is what breathing and handling a camera really do.
    """
    points = grid(size)
    center = np.array([(size[0] - 1) / 2, (size[1] - 1) / 2])
    source, target = points - center, apply(transform, points) - center
    if model == "homography":
        return normalised(transform)
    linear = np.eye(2)
    shift = target.mean(axis=0)
    if model == "affine":
        linear = np.linalg.lstsq(source, target, rcond=None)[0].T
    elif model == "similarity":
        norm = float((source**2).sum())
        a = float((source * target).sum()) / norm
        b = float((source[:, 0] * target[:, 1] - source[:, 1] * target[:, 0]).sum()) / norm
        linear = np.array([[a, -b], [b, a]])
    elif model != "translation":
        raise ValueError(f"no transform model {model!r}; choose one of {', '.join(MODELS)}")
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = shift + center - linear @ center
    return matrix


def valid_area(transforms: Iterable[Transform], size: tuple[int, int], margin: float = 0.0) -> Rectangle:
    """Return the largest upright rectangle of reference pixels that every frame covers.

    `margin` (px) keeps the sampled points that far inside the frames. The common area of convex frames is convex, so
    a rectangle lies inside it when its first and last rows do. Width and height are 0 where nothing is common.
    """
    width, height = size
    left = np.zeros(height)
    right = np.full(height, width - 1.0)
    rows = np.arange(height, dtype=np.float64)
    for transform in transforms:
        for row_bound in _bounds(transform, size, margin):
            _narrow(left, right, rows, row_bound)
    left, right = np.ceil(left - 1e-6), np.floor(right + 1e-6)
    return _largest(left, right)


def _bounds(transform: Transform, size: tuple[int, int], margin: float) -> list[NDArray[np.float64]]:
    """Return the four half planes (a, b, c: a x + b y + c >= 0) of reference points that fall inside the frame."""
    x, y, w = transform
    width, height = size
    return [
        x - margin * w,
        (width - 1 - margin) * w - x,
        y - margin * w,
        (height - 1 - margin) * w - y,
    ]


def _narrow(
    left: NDArray[np.float64], right: NDArray[np.float64], rows: NDArray[np.float64], bound: NDArray[np.float64]
) -> None:
    """Narrow each row's extent to one half plane, in place."""
    a, b, c = bound
    rest = b * rows + c
    if abs(a) < 1e-12:
        right[rest < -1e-9] = -1.0
    elif a > 0:
        np.maximum(left, -rest / a, out=left)
    else:
        np.minimum(right, -rest / a, out=right)


def _largest(left: NDArray[np.float64], right: NDArray[np.float64]) -> Rectangle:
    """Return the largest rectangle between the row extents: coarse over all pairs of rows, then row by row."""
    height = len(left)
    best = (0.0, 0, 0)
    tops = bottoms = np.unique(np.linspace(0, height - 1, min(height, 96)).round().astype(int))
    step = max(1, -(-height // 96))
    for _ in range(2):
        widths = np.minimum.outer(right[tops], right[bottoms]) - np.maximum.outer(left[tops], left[bottoms]) + 1
        heights = bottoms[None, :] - tops[:, None] + 1.0
        areas = np.where((widths > 0) & (heights > 0), widths * heights, 0.0)
        i, j = np.unravel_index(int(areas.argmax()), areas.shape)
        best = (float(areas[i, j]), int(tops[i]), int(bottoms[j]))
        tops = np.arange(max(0, best[1] - step), min(height, best[1] + step + 1))
        bottoms = np.arange(max(0, best[2] - step), min(height, best[2] + step + 1))
    area, top, bottom = best
    if area <= 0:
        return Rectangle(0, 0, 0, 0)
    start = int(max(left[top], left[bottom]))
    return Rectangle(start, top, int(min(right[top], right[bottom])) - start + 1, bottom - top + 1)
