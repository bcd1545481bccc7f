"""Procedural textures: cloudy noise, grain and smooth steps, all from one seeded generator."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]


def clouds(rng: np.random.Generator, shape: tuple[int, int], coarsest: float, octaves: int = 5) -> Map:
    """Sum octaves of smooth noise, the coarsest `coarsest` pixels wide.

    Returns: float32, `shape`, mean about 0, standard deviation 1.
    """
    height, width = shape
    total = np.zeros(shape, np.float32)
    cell, weight = coarsest, 1.0
    for _ in range(octaves):
        grid = rng.standard_normal((int(height / cell) + 3, int(width / cell) + 3)).astype(np.float32)
        total += weight * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        cell, weight = cell / 2, weight * 0.55
        if cell < 1:
            break
    return np.asarray((total - total.mean()) / total.std(), np.float32)


def step(values: Map, low: float, high: float) -> Map:
    """Go smoothly from 0 at `low` to 1 at `high` (`low` may be the larger)."""
    t = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def grid(shape: tuple[int, int]) -> tuple[Map, Map]:
    """Return the x and y of every pixel centre, float32."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    return x, y


def segment(x: Map, y: Map, start: tuple[float, float], end: tuple[float, float]) -> tuple[Map, Map]:
    """Return each pixel's distance to a segment and its place along it, 0 at `start` and 1 at `end`."""
    (x0, y0), (x1, y1) = start, end
    dx, dy = x1 - x0, y1 - y0
    along = np.clip(((x - x0) * dx + (y - y0) * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
    return np.asarray(np.hypot(x - x0 - along * dx, y - y0 - along * dy), np.float32), np.asarray(along, np.float32)


def pitted(rng: np.random.Generator, shape: tuple[int, int], apart: float, radius: float) -> Map:
    """Scatter round pits about `apart` pixels from each other; 0 between them, 1 at their bottoms."""
    rows, columns = int(shape[0] / apart) + 1, int(shape[1] / apart) + 1
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    x += 0.5 * (y % 2) + rng.uniform(-0.3, 0.3, x.shape).astype(np.float32)
    y += rng.uniform(-0.3, 0.3, y.shape).astype(np.float32)
    blank = np.ones(shape, np.uint8)
    at_y = np.clip(np.rint(y * apart), 0, shape[0] - 1).astype(int)
    at_x = np.clip(np.rint(x * apart), 0, shape[1] - 1).astype(int)
    blank[at_y, at_x] = 0
    away = cv2.distanceTransform(blank, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(np.exp(-((away / radius) ** 2)), np.float32)
