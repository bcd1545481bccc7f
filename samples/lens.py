"""A thin lens before layered scenes: every layer is blurred by its depth, then laid over those behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.light import Picture
from samples.texture import Map

# Radii of the discs made beforehand, in pixels; between two of them a frame is mixed from both.
RADII = (0.0, 0.5, 1.0, 1.5, 2.0, 2.75, 3.5, 4.5, 6.0, 8.0, 10.5, 14.0, 18.0, 24.0)
PIXELS_PER_MM = 1200 / 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One thing that hides what is behind it.

    colour: H × W × 3 linear light, already multiplied by alpha. alpha: H × W. depth: H × W in mm from the
    lens, going on smoothly outside the outline, since the blur of an edge reaches there.
    """

    colour: Picture
    alpha: Map
    depth: Map


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """A lens of one focal length and aperture; focal length in mm."""

    focal: float
    f_number: float

    def radius(self, depth: Map, focus: float) -> Map:
        """Return the radius of the circle of confusion in pixels, for depth and focus in mm."""
        diameter = self.focal**2 / (self.f_number * (focus - self.focal)) * np.abs(depth - focus) / depth
        return np.asarray(diameter / 2 * PIXELS_PER_MM, np.float32)


def disc(radius: float) -> Map:
    """Return a disc with soft edges that sums to 1."""
    size = int(np.ceil(radius)) + 1
    y, x = np.mgrid[-size : size + 1, -size : size + 1].astype(np.float32)
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return np.asarray(kernel / kernel.sum(), np.float32)


class Scene:
    """Layers from far to near, blurred once at every radius so that a frame is only a mixture."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._depths = [layer.depth for layer in layers]
        self._blurred = []
        for layer in layers:
            sharp = np.dstack([layer.colour, layer.alpha])
            discs = [cv2.filter2D(sharp, -1, disc(r), borderType=cv2.BORDER_REFLECT_101) for r in RADII[1:]]
            self._blurred.append([sharp, *discs])

    def all_sharp(self) -> Picture:
        """Return the scene as no lens can show it: every layer in focus."""
        return self._over([blurs[0] for blurs in self._blurred])

    def through(self, lens: Lens, focus: float) -> Picture:
        """Return the linear picture with the lens focused at `focus` mm."""
        return self._over(
            [self._mixed(b, lens.radius(d, focus)) for b, d in zip(self._blurred, self._depths, strict=True)]
        )

    @staticmethod
    def _mixed(blurs: list[Picture], radius: Map) -> Picture:
        place = np.interp(radius, RADII, np.arange(len(RADII))).astype(np.float32)
        mixed = np.zeros_like(blurs[0])
        for i, blurred in enumerate(blurs):
            share = np.clip(1 - np.abs(place - i), 0, None)
            if share.any():
                mixed += share[..., None] * blurred
        return mixed

    @staticmethod
    def _over(layers: list[Picture]) -> Picture:
        picture = layers[0][..., :3].copy()
        for layer in layers[1:]:
            picture = layer[..., :3] + (1 - layer[..., 3:]) * picture
        return picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """How a frame lies in the canvas: magnification, shift in pixels, turn in degrees."""

    scale: float = 1.0
    dx: float = 0.0
    dy: float = 0.0
    turn: float = 0.0


def framed(canvas: Picture, size: tuple[int, int], pose: Pose) -> Picture:
    """Cut a frame of `size` (width, height) from the middle of the canvas, as the pose says."""
    height, width = canvas.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), pose.turn, pose.scale)
    matrix[0, 2] += pose.dx - (width - size[0]) / 2
    matrix[1, 2] += pose.dy - (height - size[1]) / 2
    return np.asarray(cv2.warpAffine(canvas, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101))


def exposed(linear: Picture, rng: np.random.Generator, noise: float = 1.0, gain: float = 1.0) -> NDArray[np.uint8]:
    """Turn linear light into an 8-bit sRGB photograph with photon and read noise; highlights roll off."""
    light = np.clip(linear, 0, None) * gain
    light = np.where(light > 0.7, 0.7 + 0.3 * (1 - np.exp(-(light - 0.7) / 0.3)), light)
    sigma = noise * np.sqrt(0.000012 * light + 0.0000002)
    light = np.clip(light + sigma * rng.standard_normal(light.shape, dtype=np.float32), 0, 1)
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-6) ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(srgb * 255), np.uint8)
