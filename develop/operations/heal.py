"""Healing: put another piece of surface over a spot and let it take on the colours around it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from develop.colour import Floats
from develop.image import Pixels
from develop.spot import Spot

_GRID = 48
_SWEEPS = 160
_ANGLES = 12


Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Disc:
    x: int
    y: int
    radius: int

    @property
    def reach(self) -> int:
        return self.radius + max(2, self.radius // 4)


def heal(pixels: Pixels, spots: Sequence[Spot]) -> Pixels:
    """Return a copy (uint8, uint16 or float32 RGB, H x W x 3) with the spots healed in their order.

    Each disc gets the detail of its source and the brightness of its own surroundings: the difference along the rim
    is carried inwards as a membrane (Perez, Gangnet, Blake 2003, doi:10.1145/882262.882269). A spot without a source
    takes the neighbouring place whose rim is most like its own; one that finds none keeps only the membrane.
    """
    healed = pixels.copy()
    height, width = pixels.shape[:2]
    for spot in spots:
        disc = _Disc(round(spot.x * (width - 1)), round(spot.y * (height - 1)), max(1, round(spot.radius * width)))
        _heal_one(healed, disc, spot)
    return healed


def _heal_one(pixels: Pixels, disc: _Disc, spot: Spot) -> None:
    height, width = pixels.shape[:2]
    rows = slice(max(0, disc.y - disc.reach), min(height, disc.y + disc.reach + 1))
    columns = slice(max(0, disc.x - disc.reach), min(width, disc.x + disc.reach + 1))
    y, x = np.mgrid[rows, columns]
    away = np.hypot(x - disc.x, y - disc.y)
    target = pixels[rows, columns].astype(np.float32)
    rim = (away > disc.radius) & (away <= disc.reach)
    if not rim.any():
        return
    moved = _source(pixels, disc, spot, (rows, columns), rim)
    patch = target.copy() if moved is None else moved
    if moved is None:
        patch[:] = target[rim].mean(axis=0)
    cover = np.clip((disc.radius + 1.0 - away) / max(1.0, disc.radius * 0.15), 0.0, 1.0)[..., None]
    new = patch + membrane(target - patch, rim)
    blended = target * (1 - cover) + new * cover
    if np.issubdtype(pixels.dtype, np.integer):
        blended = np.clip(np.rint(blended), 0, np.iinfo(pixels.dtype).max)
    pixels[rows, columns] = blended.astype(pixels.dtype)


def membrane(values: Floats, known: Mask) -> Floats:
    """Return values (H x W x C) kept where known and as smooth as a soap film elsewhere (Laplace's equation)."""
    high, wide = known.shape
    shape = (min(wide, _GRID), min(high, _GRID))
    weight = cv2.resize(known.astype(np.float32), shape, interpolation=cv2.INTER_AREA)
    total = cv2.resize(values * known[..., None], shape, interpolation=cv2.INTER_AREA)
    fixed = (weight > 0)[..., None]
    film = np.where(fixed, total / np.maximum(weight, 1e-6)[..., None], values[known].mean(axis=0))
    odd = (np.indices(film.shape[:2]).sum(axis=0) % 2 == 1)[..., None]
    # Successive over-relaxation on a chequerboard; the factor is the best one for a square of this size.
    factor = 2.0 / (1.0 + math.sin(math.pi / max(shape)))
    for sweep in range(_SWEEPS):
        padded = np.pad(film, ((1, 1), (1, 1), (0, 0)), mode="edge")
        mean = (padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]) / 4
        film = np.where(fixed | (odd == bool(sweep % 2)), film, film + factor * (mean - film))
    return np.asarray(cv2.resize(film, (wide, high), interpolation=cv2.INTER_LINEAR), np.float32)


def _source(pixels: Pixels, disc: _Disc, spot: Spot, place: tuple[slice, slice], rim: Mask) -> Floats | None:
    """Return the piece of surface to put over the disc, or None where there is none."""
    height, width = pixels.shape[:2]
    rows, columns = place
    target = pixels[rows, columns].astype(np.float32)
    if spot.source_x is not None and spot.source_y is not None:
        offsets = [(round(spot.source_x * (width - 1)) - disc.x, round(spot.source_y * (height - 1)) - disc.y)]
    else:
        turns = [2 * math.pi * k / _ANGLES for k in range(_ANGLES)]
        away = [disc.reach * f for f in (2.1, 3.0, 4.2)]
        offsets = [(round(d * math.cos(t)), round(d * math.sin(t))) for d in away for t in turns]
    best: tuple[float, Floats] | None = None
    for dx, dy in offsets:
        top, left = rows.start + dy, columns.start + dx
        if top < 0 or left < 0 or rows.stop + dy > height or columns.stop + dx > width:
            continue
        piece = pixels[top : rows.stop + dy, left : columns.stop + dx].astype(np.float32)
        off = piece[rim] - target[rim]
        # Rims that differ by one colour are as good as equal: the membrane takes it away.
        cost = float(np.abs(off - np.median(off, axis=0)).mean() + 0.2 * np.abs(np.median(off, axis=0)).mean())
        if best is None or cost < best[0]:
            best = (cost, piece)
    return None if best is None else best[1]
