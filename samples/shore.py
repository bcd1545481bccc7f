"""A pebble shore seen from knee height in portrait: stones from 0.4 m to the water's edge, hills and evening sky."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from samples.lens import Layer
from samples.light import Picture, tint
from samples.texture import Map, clouds, grid, step

FINE = 2
FOCAL_PIXELS = 50 * 1200 / 36  # a 50 mm lens on the card's frames
EYE = 250.0  # height of the lens over the stones in mm
HORIZON = 0.20  # share of the canvas above it
WATER = 9000.0  # where the stones end, in mm
BANDS = 16  # layers of stones
PALETTE = np.array(
    [
        [0.20, 0.20, 0.21],
        [0.11, 0.12, 0.14],
        [0.30, 0.26, 0.21],
        [0.26, 0.15, 0.10],
        [0.16, 0.19, 0.22],
        [0.55, 0.52, 0.47],
        [0.17, 0.18, 0.13],
        [0.36, 0.20, 0.14],
    ],
    np.float32,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stone:
    """One stone: where it lies in the canvas (pixels), how large, how far off (mm), and its tint's number."""

    x: float
    y: float
    wide: float
    high: float
    turn: float
    distance: float
    tint: int


def _row(distance: float, height: int) -> float:
    return HORIZON * height + EYE * FOCAL_PIXELS * FINE / distance


def _stones(shape: tuple[int, int], rng: np.random.Generator) -> list[Stone]:
    """Scatter stones in rows from far to near; nearer ones are larger in the picture, not on the ground."""
    height, width = shape
    stones = []
    distance = WATER
    while distance > 370:
        size = rng.uniform(0.85, 1.15) * 15 * (distance / 445) ** 0.45
        scale = FOCAL_PIXELS * FINE / distance
        across = 1.7 * size
        start = -width / scale / 2 - across * rng.uniform(1, 2)
        for x in np.arange(start, width / scale / 2 + across, across):
            own = size * float(rng.lognormal(0.0, 0.32))
            at = distance + rng.uniform(-0.5, 0.5) * size
            stones.append(
                Stone(
                    x=width / 2 + (x + rng.uniform(-0.35, 0.35) * across) * scale,
                    y=_row(at, height) - 0.45 * own * scale,
                    wide=own * scale,
                    high=own * scale * rng.uniform(0.55, 0.8),
                    turn=rng.uniform(-0.45, 0.45),
                    distance=at,
                    tint=int(rng.choice(len(PALETTE), p=[0.22, 0.17, 0.15, 0.09, 0.16, 0.07, 0.09, 0.05])),
                )
            )
        distance -= 1.05 * size
    return sorted(stones, key=lambda stone: -stone.distance)


def _skin(stone: Stone, x: Map, y: Map, noise: Map, rng: np.random.Generator) -> Picture:
    """Return the stone's own colour: clouds, speckles and, on some, bands of quartz."""
    top, left = (int(rng.integers(0, n - s)) for n, s in zip(noise.shape, x.shape, strict=True))
    cloud = noise[top : top + x.shape[0], left : left + x.shape[1]]
    tone = PALETTE[stone.tint] * rng.uniform(0.7, 1.3)
    colour = tone * (1 + 0.22 * cloud + 0.28 * np.tanh(2 * np.roll(cloud, 31, 1) * cloud))[..., None]
    if rng.random() < 0.28:
        angle = rng.uniform(0, np.pi)
        line = x * np.cos(angle) + y * np.sin(angle) + 0.10 * cloud - rng.uniform(-0.4, 0.4)
        vein = np.exp(-((line / rng.uniform(0.03, 0.10)) ** 2))
        colour = colour + (tint(0.62, 0.59, 0.54) - colour) * (0.85 * vein)[..., None]
    elif rng.random() < 0.4:
        grains = step(np.roll(cloud, 17, 0) - np.roll(cloud, 3, 1), 1.3, 2.0)
        colour = colour + (tint(0.5, 0.48, 0.45) - colour) * (0.6 * grains)[..., None]
    return np.asarray(np.clip(colour, 0.01, 0.9), np.float32)


def _lit(skin: Picture, x: Map, y: Map, e: Map, cloud: Map) -> Picture:
    """Light a wet stone from the low sun at the upper left and the sky."""
    nz = np.sqrt(np.clip(1 - e, 0.0, 1))
    nx, ny = x + 0.05 * cloud, y + 0.05 * np.roll(cloud, 7, 1)
    sun = np.clip(-0.55 * nx - 0.62 * ny + 0.55 * nz, 0, None)
    sky = 0.5 - 0.5 * ny
    light = 1.25 * sun[..., None] * tint(1.0, 0.86, 0.68) + 0.50 * sky[..., None] * tint(0.78, 0.88, 1.0)
    rx, ry = 2 * nz * nx, 2 * nz * ny
    glint = np.exp(-(((rx + 0.62) / 0.16) ** 2 + ((ry + 0.70) / 0.13) ** 2))
    sheen = 0.16 * step(-ry, 0.1, 0.95) * (0.35 + 0.65 * (1 - nz) ** 2)
    ground = (1 - 0.65 * step(ny, 0.25, 1.0))[..., None]
    wet = 0.9 * glint[..., None] * tint(1, 0.93, 0.8) + sheen[..., None] * tint(0.8, 0.9, 1.0)
    return np.asarray(skin * light * ground + wet, np.float32)


@dataclass(slots=True)
class Band:
    """One layer of stones while it is drawn; colour is multiplied by alpha."""

    colour: Picture
    alpha: Map
    depth: Map


def _lay(band: Band, stone: Stone, noise: Map, rng: np.random.Generator) -> None:
    """Draw a stone and the shade around its foot."""
    reach = int(1.5 * stone.wide) + 4
    x0, y0 = int(stone.x) - reach, int(stone.y) - reach
    height, width = band.alpha.shape
    y1, x1 = min(y0 + 2 * reach, height), min(x0 + 2 * reach, width)
    y0, x0 = max(y0, 0), max(x0, 0)
    if y1 <= y0 or x1 <= x0:
        return
    box = np.s_[y0:y1, x0:x1]
    y, x = np.mgrid[box].astype(np.float32)
    x, y = (x - stone.x), (y - stone.y)
    u = (x * np.cos(stone.turn) + y * np.sin(stone.turn)) / stone.wide
    v = (-x * np.sin(stone.turn) + y * np.cos(stone.turn)) / stone.high
    e = np.abs(u) ** 2.4 + np.abs(v) ** 2.4
    fade = 0.62 * np.exp(-2.2 * np.clip(np.hypot(u - 0.12, v - 0.25) - 0.8, 0, None) ** 2 / 0.12) * (e > 0)
    skin = _skin(stone, u, v, noise, rng)
    colour = _lit(skin, u, v, np.asarray(e, np.float32), noise[: u.shape[0], : u.shape[1]])
    solid = step(np.asarray((np.sqrt(e) - 1) * stone.high, np.float32), 1.0, -1.0)
    for alpha, paint in ((fade, None), (solid, colour)):
        band.colour[box] *= (1 - alpha)[..., None]
        if paint is not None:
            band.colour[box] += paint * alpha[..., None]
        band.alpha[box] = 1 - (1 - band.alpha[box]) * (1 - alpha)
    bulge = stone.distance - stone.wide * stone.distance / (FOCAL_PIXELS * FINE) * 0.5 * np.sqrt(np.clip(1 - e, 0, 1))
    band.depth[box] = np.where(e < 1.15, bulge, band.depth[box])


def _backdrop(shape: tuple[int, int], rng: np.random.Generator) -> tuple[Picture, Map]:
    """Draw sky, hills, water and the sand under the stones, with their distances in mm."""
    height, width = shape
    _, y = grid(shape)
    horizon = HORIZON * height
    t = np.clip(y / horizon, 0, 1)[..., None]
    sky = tint(0.20, 0.33, 0.55) * (1 - t) + tint(0.95, 0.66, 0.42) * t
    veil = step(clouds(rng, (height, width // 4), 240, 4), 0.0, 2.2)
    veil = np.asarray(cv2.resize(veil, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    picture = sky + veil[..., None] * (tint(1.0, 0.82, 0.68) - sky) * 0.7
    for i, shade in enumerate(np.array([[0.20, 0.22, 0.30], [0.10, 0.13, 0.17]], np.float32)):
        ridge = clouds(rng, (4, width), 700, 7)[1] * 0.018 * height + horizon * (0.80 + 0.12 * i)
        cover = step(y - ridge[None, :], -1.5, 1.5)[..., None]
        picture = picture + (shade - picture) * cover
    ripple = clouds(rng, (height * 3, width // 3), 40, 4)
    ripple = np.asarray(cv2.resize(ripple, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    shore = _row(WATER, height)
    water = tint(0.34, 0.33, 0.36) * (1 + 0.28 * ripple)[..., None]
    picture = np.where((y > horizon)[..., None], water, picture)
    sand = tint(0.055, 0.048, 0.042) * (1 + 0.35 * clouds(rng, shape, 5, 3))[..., None]
    picture = picture + (sand - picture) * step(y, shore - 6, shore + 10)[..., None]
    depth = np.clip(EYE * FOCAL_PIXELS * FINE / np.maximum(y - horizon, 1e-3), 300, 60000)
    return np.asarray(picture, np.float32), np.asarray(depth, np.float32)


def shore(shape: tuple[int, int], rng: np.random.Generator) -> list[Layer]:
    """Draw the shore on a canvas of `shape` (height, width), taller than wide, from the sky to the nearest stone."""
    fine = (shape[0] * FINE, shape[1] * FINE)
    size = (shape[1], shape[0])
    backdrop, ground = _backdrop(fine, rng)
    layers = [_layer(Band(backdrop, np.ones(fine, np.float32), ground), size)]
    stones = _stones(fine, rng)
    noise = clouds(rng, (1600, 1600), 40, 6)
    edges = np.geomspace(WATER * 1.1, 330, BANDS + 1)
    for far, near in pairwise(edges):
        band = Band(np.zeros((*fine, 3), np.float32), np.zeros(fine, np.float32), np.clip(ground, near, far))
        for stone in stones:
            if near <= stone.distance < far:
                _lay(band, stone, noise, rng)
        layers.append(_layer(band, size))
    return layers


def _layer(band: Band, size: tuple[int, int]) -> Layer:
    maps = (band.colour, band.alpha, band.depth)
    colour, alpha, depth = (np.asarray(cv2.resize(m, size, interpolation=cv2.INTER_AREA), np.float32) for m in maps)
    return Layer(colour=colour, alpha=alpha, depth=depth)
