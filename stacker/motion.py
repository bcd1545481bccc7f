"""Fit one small motion of the plane to the tiles of a pair, robustly.

Eight parameters, a unit of each moving a corner of the picture by about a pixel: shift x and y; scale, rotation;
stretch, shear; two of perspective. The first 2, 4, 6 and 8 of them are the four models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.tiles import Floats, Tiles
from stacker.transforms import Transform, grid, normalised

FREEDOM = {"translation": 2, "similarity": 4, "affine": 6, "homography": 8}
"""Number of parameters of each model."""

_ROUNDS = 4
# Cauchy weights lose 5 % of efficiency on normal errors at this many standard deviations (Holland and Welsch 1977).
_CAUCHY = 2.385


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A fitted motion: its `parameters`, the `information` (8 x 8) behind them, the tiles' robust `weights`."""

    parameters: Floats
    information: Floats
    weights: Floats
    residual_px: float


def _unit(size: tuple[int, int]) -> Floats:
    """Return the matrix from pixels to a plane centred on the picture with its corners at distance 1."""
    half = np.hypot(*size) / 2
    return np.array([[1 / half, 0, -(size[0] - 1) / 2 / half], [0, 1 / half, -(size[1] - 1) / 2 / half], [0, 0, 1]])


def basis(points: Floats, size: tuple[int, int]) -> Floats:
    """Return the displacement (n x 2 x 8, px) at `points` (n x 2, px) per unit of each parameter."""
    half = np.hypot(*size) / 2
    x, y = ((points - (np.subtract(size, 1)) / 2) / half).T
    zero, one = np.zeros_like(x), np.ones_like(x)
    along = np.stack([one, zero, x, -y, x, y, x * x, x * y], axis=-1)
    across = np.stack([zero, one, y, x, -y, x, x * y, y * y], axis=-1)
    return np.stack([along, across], axis=1)


def step(parameters: Floats, size: tuple[int, int]) -> Transform:
    """Return the transform that moves a picture of `size` by `parameters` (2 to 8 of them)."""
    p = np.zeros(8)
    p[: len(parameters)] = parameters
    small = np.array([[p[2] + p[4], p[5] - p[3], p[0]], [p[5] + p[3], p[2] - p[4], p[1]], [-p[6], -p[7], 0.0]])
    unit = _unit(size)
    return normalised(np.linalg.inv(unit) @ (np.eye(3) + small / (np.hypot(*size) / 2)) @ unit)


def parameters_of(transform: Transform, size: tuple[int, int]) -> Floats:
    """Return the eight parameters of a transform near identity: the inverse of `step`."""
    unit = _unit(size)
    m = (normalised(unit @ transform @ np.linalg.inv(unit)) - np.eye(3)) * (np.hypot(*size) / 2)
    return np.array(
        [
            m[0, 2],
            m[1, 2],
            (m[0, 0] + m[1, 1]) / 2,
            (m[1, 0] - m[0, 1]) / 2,
            (m[0, 0] - m[1, 1]) / 2,
            (m[1, 0] + m[0, 1]) / 2,
            -m[2, 0],
            -m[2, 1],
        ]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Equations:
    """The tiles of a pair, made ready to be fitted several times over a picture of `size`."""

    size: tuple[int, int]
    tiles: Tiles
    jacobian: Floats
    held: Floats
    own: Floats
    trust: Floats

    @staticmethod
    def of(tiles: Tiles, size: tuple[int, int]) -> Equations:
        """Return the equations of `tiles`."""
        jacobian = basis(tiles.centers, size)
        return Equations(
            size=size,
            tiles=tiles,
            jacobian=jacobian,
            held=tiles.structure @ jacobian,
            own=tiles.displacement(),
            trust=np.sqrt((tiles.structure[:, 0, 0] + tiles.structure[:, 1, 1]) / 2),
        )

    def chosen(self, which: NDArray[np.bool_]) -> Equations:
        """Return only the tiles that `which` marks."""
        return Equations(
            size=self.size,
            tiles=self.tiles.chosen(which),
            jacobian=self.jacobian[which],
            held=self.held[which],
            own=self.own[which],
            trust=self.trust[which],
        )


def fit(equations: Equations, freedom: int) -> Fit:
    """Fit the first `freedom` parameters; tiles that disagree with the rest lose their say."""
    jacobian, trust = equations.jacobian, equations.trust
    held, evidence = equations.held.reshape(-1, 8), equations.tiles.evidence.reshape(-1, 1)
    nothing, weights = np.empty(0), np.ones(len(trust))
    for _ in range(_ROUNDS):
        # OpenCV and not BLAS, whose sums depend on how many threads are busy.
        weighted = (jacobian * weights[:, None, None]).reshape(-1, 8)
        information = cv2.gemm(weighted, held, 1, nothing, 0, flags=cv2.GEMM_1_T)
        gradient = cv2.gemm(weighted, evidence, 1, nothing, 0, flags=cv2.GEMM_1_T)[:, 0]
        inner = information[:freedom, :freedom]
        damping = (1e-9 * np.trace(inner) + 1e-12) * np.eye(freedom)
        parameters = np.linalg.solve(inner + damping, gradient[:freedom])
        rest = equations.own - np.einsum("nki,i->nk", jacobian[:, :, :freedom], parameters)
        error = np.sqrt(rest[:, 0] ** 2 + rest[:, 1] ** 2)
        scale = 1.4826 * float(np.median(error * trust)) + 1e-9
        weights = 1 / (1 + (error * trust / (_CAUCHY * scale)) ** 2)
    total = float((weights * trust**2).sum()) + 1e-12
    residual = float(np.sqrt((weights * trust**2 * error**2).sum() / total))
    return Fit(
        parameters=parameters, information=np.asarray(information, np.float64), weights=weights, residual_px=residual
    )


def gains(equations: Equations, freedoms: Sequence[int]) -> list[float]:
    """Return how far (mean square, px²) each model moves the picture beyond the one of the `freedoms` before it.

    Two halves of the tiles (a chequerboard) are fitted apart and their extra motions multiplied, so that what is only
    noise cancels; a value may be negative. 0 where there are too few tiles.
    """
    centers = equations.tiles.centers
    column, row = (np.unique(centers[:, axis], return_inverse=True)[1] for axis in (0, 1))
    odd = (column + row) % 2 == 1
    fewest = min(odd.sum(), (~odd).sum())
    points = basis(grid(equations.size), equations.size)
    halves = equations.chosen(odd), equations.chosen(~odd)
    motions = [
        [points[:, :, :freedom] @ fit(half, freedom).parameters for half in halves]
        for freedom in freedoms
        if 2 * freedom <= fewest
    ]
    pairs = pairwise(motions)
    found = [float(((more[0] - less[0]) * (more[1] - less[1])).sum(axis=-1).mean()) for less, more in pairs]
    return [*found, *[0.0] * (len(freedoms) - 1 - len(found))]
