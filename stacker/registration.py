"""Register one frame on another that is focused elsewhere: from coarse to fine, over tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stacker.bands import Plane
from stacker.motion import FREEDOM, Equations, fit, gains, step
from stacker.tiles import Floats, Tiles, compare, most
from stacker.transforms import MODELS, Transform, compose, identity, normalised

_SEED_SIDE = 150
_ITERATIONS = 4
_CLOSE_LEVELS = 2
_SETTLED = 0.02
_LEAST_TILES = 2 * FREEDOM["homography"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """How a moving frame lies on a template, in the pixels of the finest level.

    `transforms` holds one transform (template to moving) a model; `information` is 8 x 8 over the parameters of
    `motion`; `residual_px` the RMS of what the tiles still want to move; `correlation` their weighted mean and
    `share` how many of the textured tiles agree, `likeness` (rows x columns) how each does; `gains` how far (px²)
    each model moves beyond the one before it.
    """

    transforms: dict[str, Transform]
    information: Floats
    residual_px: float
    correlation: float
    share: float
    likeness: Plane
    gains: dict[str, float]


def register(template: Sequence[Plane], moving: Sequence[Plane], start: Transform | None = None) -> Registration | None:
    """Register two band pyramids of one size; None where nothing in them corresponds.

    `start` (finest pixels) is where to begin; without it a phase correlation of a coarse level finds the shift, the
    two are taken for neighbours, and the gains of richer models are measured.
    """
    here = seed(template, moving) if start is None else start
    coarsest = len(template) - 1 if start is None else min(len(template), _CLOSE_LEVELS) - 1
    for level in range(coarsest, 0, -1):
        at_level = _descend(template[level], moving[level], _at(here, level), _ITERATIONS)
        if at_level is not None:
            here = _at(at_level, -level)
    return _conclude(compare(template[0], moving[0], here), here, _size(template[0]), near=start is None)


def is_large_enough(template: Sequence[Plane]) -> bool:
    """Return whether frames of this size have room for all that a registration needs."""
    return most(template[0]) >= _LEAST_TILES


def seed(template: Sequence[Plane], moving: Sequence[Plane]) -> Transform:
    """Return the shift (finest pixels) that a phase correlation of a coarse level finds."""
    level = max(i for i in range(len(template)) if i == 0 or min(template[i].shape) >= _SEED_SIDE)
    shape = template[level].shape
    window = np.outer(np.hanning(shape[0]), np.hanning(shape[1]))
    # numpy's transform, because cv2.phaseCorrelate gives other last digits from several threads at once.
    first, second = (np.fft.rfft2(pyramid[level] * window) for pyramid in (template, moving))
    cross = np.conj(first) * second
    peaks = np.fft.irfft2(cross / (np.abs(cross) + 1e-12), s=shape)
    place = np.unravel_index(int(peaks.argmax()), shape)
    dy, dx = ((where + side // 2) % side - side // 2 for where, side in zip(place, shape, strict=True))
    shift = identity()
    shift[:2, 2] = dx, dy
    return _at(shift, -level)


def _size(plane: Plane) -> tuple[int, int]:
    return plane.shape[1], plane.shape[0]


def _at(transform: Transform, level: int) -> Transform:
    """Return a transform of the finest pixels in those of `level` (or back, negative); pixel 0 stays pixel 0."""
    factor = np.diag([0.5**level, 0.5**level, 1.0])
    return normalised(factor @ transform @ np.linalg.inv(factor))


def _descend(template: Plane, moving: Plane, transform: Transform, iterations: int) -> Transform | None:
    freedom, size = FREEDOM["similarity"], _size(template)
    for _ in range(iterations):
        tiles = compare(template, moving, transform)
        if len(tiles) < 2 * freedom:
            return None
        parameters = fit(Equations.of(tiles, size), freedom).parameters
        transform = compose(transform, step(parameters, size))
        if np.abs(parameters).max() < _SETTLED:
            break
    return transform


def _conclude(tiles: Tiles, transform: Transform, size: tuple[int, int], *, near: bool) -> Registration | None:
    if len(tiles) < _LEAST_TILES:
        return None
    equations = Equations.of(tiles, size)
    fits = {model: fit(equations, FREEDOM[model]) for model in MODELS[1:]}
    base = fits["similarity"]
    beyond = gains(equations, [FREEDOM[model] for model in MODELS[1:]]) if near else [0.0] * len(MODELS[2:])
    return Registration(
        transforms={model: compose(transform, step(found.parameters, size)) for model, found in fits.items()},
        information=base.information,
        residual_px=base.residual_px,
        correlation=float(np.average(tiles.correlation, weights=base.weights)),
        share=tiles.share,
        likeness=tiles.likeness,
        gains=dict(zip(MODELS[2:], beyond, strict=True)),
    )
