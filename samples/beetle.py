"""A jewel beetle, 50 mm long, over a far green background."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from samples.lens import Layer
from samples.light import Picture, diffuse, mirrored, normals, rim, shadow, tint
from samples.texture import Map, clouds, grid, pitted, segment, step

FINE = 2  # drawn at twice the size, so that outlines and pits are smooth
UNIT = 460.0  # half the body's length in pixels of the drawing's canvas before FINE
MM = 25.0  # the same in millimetres
LEAN = np.deg2rad(-24)  # how the body lies in the picture
MIDDLE = 0.07  # the place along the body that is in the middle of the picture, in half lengths
BACK = 316.0  # distance of the body's rim from the lens in mm, at its middle
TILT = 4.5  # the tail lies this much farther off than the middle, the head nearer, in mm for each half length


@dataclass(frozen=True, slots=True)
class Ground:
    """The drawing's coordinates: u from head to tail, v across, both in half lengths; and the pixel grid."""

    u: Map
    v: Map

    @property
    def pixel(self) -> float:
        return 1 / (UNIT * FINE)


def _ground(shape: tuple[int, int]) -> Ground:
    x, y = grid((shape[0] * FINE, shape[1] * FINE))
    x = (x - x.shape[1] * 0.50) / (UNIT * FINE)
    y = (y - x.shape[0] * 0.50) / (UNIT * FINE)
    return Ground(x * np.cos(LEAN) + y * np.sin(LEAN) + MIDDLE, -x * np.sin(LEAN) + y * np.cos(LEAN))


def _dome(g: Ground, at: tuple[float, float], half: tuple[float, float], power: float, high: float) -> tuple[Map, Map]:
    """Return a dome's height (0 outside) and its outline function, 1 on the rim."""
    e = np.abs((g.u - at[0]) / half[0]) ** power + np.abs((g.v - at[1]) / half[1]) ** power
    return np.asarray(high * np.sqrt(np.clip(1 - e, 0, None)), np.float32), np.asarray(e, np.float32)


def _palette(facing: Map, tone: Map) -> Picture:
    """Return the colour of a thin film: green seen straight on, gold and copper where it turns away."""
    t = np.clip(1.15 * (1 - facing) + tone, 0, 1)
    stops = [0.0, 0.25, 0.45, 0.65, 0.85, 1.0]
    red = np.interp(t, stops, [0.05, 0.10, 0.55, 0.95, 0.75, 0.30])
    green = np.interp(t, stops, [0.62, 0.80, 0.78, 0.45, 0.16, 0.12])
    blue = np.interp(t, stops, [0.30, 0.16, 0.08, 0.06, 0.20, 0.55])
    return np.asarray(np.dstack([red, green, blue]), np.float32)


def _elytra(g: Ground, rng: np.random.Generator) -> tuple[Map, Map]:
    dome, e = _dome(g, (0.27, 0.0), (0.74, 0.335), 2.25, 0.235)
    dome = dome * step(g.u, -0.275, -0.235)
    across = g.v / np.maximum(0.335 * np.clip(1 - np.abs((g.u - 0.27) / 0.74) ** 2.25, 0.02, 1) ** 0.45, 0.02)
    inside = step(e, 1.0, 0.93)
    rows = across * 9
    furrow = np.cos(np.pi * rows) ** 2
    wobble = 0.35 * clouds(rng, g.u.shape, 90, 2)
    pits = step(np.cos(2 * np.pi * g.u * 46 + 2.4 * np.rint(rows - 0.5) + wobble), 0.1, 0.9) * step(
        1 - furrow, 0.75, 1.0
    )
    ridge = 0.0022 * furrow - 0.0042 * pits
    seam = -0.012 * np.exp(-((g.v / 0.004) ** 2))
    grain = 0.00013 * clouds(rng, g.u.shape, 7, 3)
    return dome + inside * (ridge + seam + grain), e


def _front(g: Ground, rng: np.random.Generator) -> tuple[Map, Map, Map]:
    """Return the height of shield and head, of the eyes alone, and the tone of the shield."""
    shield, e = _dome(g, (-0.40, 0.0), (0.185, 0.30), 2.8, 0.205)
    spots = pitted(rng, g.u.shape, 17, 5.0)
    shield += step(e, 1.0, 0.85) * (-0.0034 * spots - 0.010 * np.exp(-((g.v / 0.02) ** 2)))
    head, e = _dome(g, (-0.60, 0.0), (0.135, 0.185), 2.3, 0.165)
    head += step(e, 1.0, 0.8) * -0.0030 * pitted(rng, g.u.shape, 14, 4.0)
    eyes = np.zeros_like(shield)
    for side in (-1, 1):
        eye, e = _dome(g, (-0.635, 0.148 * side), (0.088, 0.062), 2.0, 0.150)
        a, b = g.u * 150, g.v * 150
        facets = np.cos(a) + np.cos(0.5 * a + 0.866 * b) + np.cos(0.5 * a - 0.866 * b)
        eyes = np.maximum(eyes, (eye + 0.0007 * facets) * step(e, 1.0, 0.97))
    return np.maximum(shield, head), eyes, spots


def _body(g: Ground, rng: np.random.Generator) -> tuple[Picture, Map, Map]:
    elytra, _ = _elytra(g, rng)
    front, eyes, spots = _front(g, rng)
    height = np.maximum(np.maximum(elytra, front), eyes)
    normal = normals(np.asarray(height * UNIT * FINE, np.float32))
    streaks = 0.10 * np.exp(-(((np.abs(g.v) - 0.15) / 0.05) ** 2)) * step(g.u, -0.2, 0.0)
    tone = 0.10 * (elytra < front) + streaks + 0.06 * spots
    skin = _palette(normal[..., 2], np.asarray(tone, np.float32))
    shine = mirrored(normal, 0.16)[..., None]
    glance = rim(normal)[..., None]
    colour = (
        skin * (0.16 * diffuse(normal)[..., None] + 0.85 * shine)
        + 0.10 * np.maximum(shine - 0.5, 0)
        + 0.25 * glance * shine
    )
    is_eye = (eyes > np.maximum(elytra, front))[..., None]
    amber = tint(0.060, 0.024, 0.010) * diffuse(normal)[..., None] + 0.16 * shine * tint(1, 0.8, 0.55)
    colour = np.where(is_eye, amber, colour)
    hollow = cv2.GaussianBlur(height, (0, 0), 14) - height
    colour = colour * np.clip(1 - 14 * np.clip(hollow, 0, 0.05), 0.25, 1)[..., None]
    alpha = step(height, 0.004, 0.012)
    return np.asarray(colour, np.float32), alpha, np.asarray(height, np.float32)


Limb = list[tuple[float, float, float, float]]  # u, v, thickness, height of each joint


def _limbs() -> list[Limb]:
    legs: list[Limb] = []
    for s in (-1, 1):
        legs += [
            [(-0.40, 0.22 * s, 0.030, 0.03), (-0.56, 0.42 * s, 0.024, 0.08), (-0.80, 0.47 * s, 0.015, 0.0)],
            [(-0.80, 0.47 * s, 0.010, 0.0), (-0.92, 0.45 * s, 0.010, -0.03), (-0.97, 0.42 * s, 0.005, -0.04)],
            [(-0.10, 0.28 * s, 0.034, 0.02), (0.02, 0.52 * s, 0.026, 0.07), (-0.14, 0.72 * s, 0.015, -0.05)],
            [(-0.14, 0.72 * s, 0.010, -0.05), (-0.22, 0.80 * s, 0.010, -0.07), (-0.27, 0.83 * s, 0.005, -0.08)],
            [(0.22, 0.28 * s, 0.034, 0.02), (0.44, 0.47 * s, 0.028, 0.05), (0.78, 0.60 * s, 0.016, -0.06)],
            [(0.78, 0.60 * s, 0.010, -0.06), (0.90, 0.63 * s, 0.010, -0.09), (0.97, 0.66 * s, 0.005, -0.10)],
        ]
    return legs


def _feelers() -> list[Limb]:
    return [
        [
            (-0.70 - 0.028 * i, s * (0.07 + 0.022 * i + 0.0016 * i * i), 0.012 - 0.0006 * i, 0.08 + 0.008 * i)
            for i in range(11)
        ]
        for s in (-1, 1)
    ]


def _tubes(g: Ground, limbs: list[Limb], beaded: bool) -> tuple[Map, Map, Map]:
    """Return height above the rim, alpha and thickness profile of round limbs."""
    height = np.full(g.u.shape, -1.0, np.float32)
    swell = np.zeros(g.u.shape, np.float32)
    base = np.zeros(g.u.shape, np.float32)
    nearest = np.full(g.u.shape, 9.0, np.float32)
    for limb in limbs:
        for start, end in pairwise(limb):
            d, along = segment(g.u, g.v, start[:2], end[:2])
            r = start[2] + (end[2] - start[2]) * along
            r = (
                r * (0.55 + 0.6 * np.sqrt(np.clip(np.sin(np.pi * along), 0, 1)))
                if beaded
                else r * (1 + 0.25 * np.sin(np.pi * along))
            )
            z = start[3] + (end[3] - start[3]) * along
            closer = d - r < nearest
            base = np.where(closer, z, base)
            nearest = np.minimum(nearest, d - r)
            round_ = np.sqrt(np.clip(r * r - d * d, 0, None))
            higher = (d < r) & (z + round_ > height)
            height = np.where(higher, z + round_, height)
            swell = np.where(higher, round_, swell)
    alpha = step(nearest, g.pixel, -g.pixel)
    return np.asarray(np.where(height > -0.9, height, base), np.float32), alpha, np.asarray(swell, np.float32)


def _limb_layer(g: Ground, rng: np.random.Generator, body: Map) -> tuple[Picture, Map, Map]:
    height, alpha, swell = _tubes(g, _limbs(), beaded=False)
    feeler = _tubes(g, _feelers(), beaded=True)
    height = np.where(feeler[1] > 0.01, feeler[0], height)
    swell = np.where(feeler[1] > 0.01, feeler[2], swell)
    alpha = np.maximum(alpha, feeler[1])
    normal = normals(np.asarray((swell + 0.00022 * clouds(rng, g.u.shape, 9, 2)) * UNIT * FINE, np.float32))
    skin = _palette(normal[..., 2], np.full(g.u.shape, 0.22, np.float32)) * 0.8
    shine = mirrored(normal, 0.2)[..., None]
    colour = skin * (0.2 * diffuse(normal)[..., None] + 0.6 * shine)
    return np.asarray(colour * shadow(body, 14, 26, 26)[..., None], np.float32), alpha, np.asarray(height, np.float32)


Bristle = tuple[tuple[float, float], tuple[float, float], float]  # root, tip, height


def _bristles(rng: np.random.Generator) -> Iterator[Bristle]:
    """Yield the bristles of the legs, then those along the sides of the shield."""
    for limb in _limbs():
        for start, end in pairwise(limb):
            du, dv = end[0] - start[0], end[1] - start[1]
            length = np.hypot(du, dv)
            for _ in range(int(95 * length)):
                t, side = rng.uniform(0.05, 1), rng.choice([-1, 1])
                u, v = start[0] + du * t, start[1] + dv * t
                along = np.array([du, dv]) / length
                out = np.array([-along[1], along[0]]) * side * rng.uniform(0.6, 1.3) + along * rng.uniform(0.4, 1.2)
                reach = rng.uniform(0.03, 0.055)
                yield (u, v), (u + out[0] * reach, v + out[1] * reach), start[3] + (end[3] - start[3]) * t + 0.03
    for _ in range(120):
        u = rng.uniform(-0.53, -0.25)
        v = rng.choice([-1, 1]) * 0.30 * (1 - ((u + 0.40) / 0.185) ** 4) ** 0.4
        yield (u, v), (u - rng.uniform(0.0, 0.05), v * rng.uniform(1.10, 1.27)), 0.06


def _hairs(g: Ground, rng: np.random.Generator) -> tuple[Map, Map]:
    """Return alpha and height of all bristles."""
    alpha = np.zeros(g.u.shape, np.uint8)
    height = np.full(g.u.shape, 0.05, np.float32)
    for root, tip, high in _bristles(rng):
        ends = np.array([_pixel(g.u.shape, *root), _pixel(g.u.shape, *tip)])
        shade, thick = int(rng.integers(140, 256)), int(rng.integers(1, 3))
        cv2.line(alpha, ends[0].tolist(), ends[1].tolist(), shade, thick, cv2.LINE_AA, 4)
        near = ends // 16
        x0, y0 = np.clip(near.min(0) - 12, 0, None)
        x1, y1 = np.clip(near.max(0) + 13, 0, None)
        patch = np.zeros(height[y0:y1, x0:x1].shape, np.uint8)
        if patch.size:
            cv2.line(patch, (near[0] - (x0, y0)).tolist(), (near[1] - (x0, y0)).tolist(), 1, 9)
            height[y0:y1, x0:x1][patch > 0] = high
    return np.asarray(alpha / np.float32(255)), height


def _pixel(shape: tuple[int, ...], u: float, v: float) -> tuple[int, int]:
    """Return a place of the body in sixteenths of a pixel, as OpenCV draws lines."""
    u = u - MIDDLE
    x, y = u * np.cos(LEAN) - v * np.sin(LEAN), u * np.sin(LEAN) + v * np.cos(LEAN)
    return int((x * UNIT * FINE + shape[1] * 0.5) * 16), int((y * UNIT * FINE + shape[0] * 0.5) * 16)


def _background(g: Ground, rng: np.random.Generator) -> Picture:
    shape = g.u.shape
    tone = step(clouds(rng, shape, 900, 2), -1.6, 1.8)[..., None]
    picture = (1 - tone) * tint(0.020, 0.035, 0.028) + tone * tint(0.115, 0.155, 0.060)
    glow = np.zeros((*shape, 3), np.float32)
    for _ in range(26):
        x, y, r = rng.uniform(0, shape[1]), rng.uniform(0, shape[0]), rng.uniform(70, 190)
        spot = np.zeros(shape, np.uint8)
        cv2.circle(spot, (int(x), int(y)), int(r), 255, -1, cv2.LINE_AA)
        glow += (spot / np.float32(255))[..., None] * np.float32(rng.uniform(0.1, 1)) * tint(0.055, 0.06, 0.022)
    return np.asarray(picture + cv2.GaussianBlur(glow, (0, 0), 9), np.float32)


def _small(picture: np.ndarray) -> np.ndarray:
    size = (picture.shape[1] // FINE, picture.shape[0] // FINE)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def beetle(shape: tuple[int, int], rng: np.random.Generator) -> list[Layer]:
    """Draw the beetle on a canvas of `shape` (height, width): background, limbs, body, bristles."""
    g = _ground(shape)
    body, body_alpha, body_height = _body(g, rng)
    limbs, limb_alpha, limb_height = _limb_layer(g, rng, body_alpha)
    hair_alpha, hair_height = _hairs(g, rng)
    hair = tint(0.30, 0.22, 0.13) * np.ones((*g.u.shape, 1), np.float32)
    far = np.full(shape, 900.0, np.float32)
    layers = [Layer(colour=_small(_background(g, rng)), alpha=np.ones(shape, np.float32), depth=far)]
    for colour, alpha, height in (
        (limbs, limb_alpha, limb_height),
        (body, body_alpha, body_height),
        (hair, hair_alpha, hair_height),
    ):
        layers.append(
            Layer(
                colour=_small(colour * alpha[..., None]),
                alpha=_small(alpha),
                depth=np.asarray(BACK + TILT * _small(g.u) - MM * _small(height), np.float32),
            )
        )
    return layers
