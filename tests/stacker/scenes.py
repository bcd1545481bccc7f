"""Focus stacks with a known truth: a textured slope seen with a real disc blur, in linear light, moved and encoded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.transforms import Transform, compose, invert, similarity

MARGIN = 40
Array = NDArray[Any]


@dataclass
class Arrays:
    """Frames from memory, as a FrameSource."""

    frames: list[Array]
    shrink: int = 1
    decoded: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def size(self) -> tuple[int, int]:
        return self.frames[0].shape[1], self.frames[0].shape[0]

    def name(self, index: int) -> str:
        return f"frame {index}"

    def proxy(self, index: int, max_side: int) -> Array:
        self.decoded.append(index)
        if self.shrink == 1:
            return self.frames[index]
        factor = 1 / self.shrink
        return cv2.resize(self.frames[index], None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)

    def frame(self, index: int) -> Array:
        return self.frames[index]


def texture(size: tuple[int, int], seed: int) -> Array:
    """Return linear RGB (h x w x 3, 0..1) with detail of every size, lit from one side."""
    random = np.random.default_rng(seed)
    width, height = size
    relief = np.zeros((height, width), np.float32)
    for octave in range(7):
        step = 2**octave
        coarse = random.standard_normal((height // step + 3, width // step + 3)).astype(np.float32)
        fine = cv2.resize(coarse, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)[:height, :width]
        relief += fine * step**0.7
    slope_of_relief = cv2.Sobel(relief, cv2.CV_32F, 1, 0) + cv2.Sobel(relief, cv2.CV_32F, 0, 1)
    light = 0.3 + 0.25 * np.tanh(0.2 * slope_of_relief + 0.3)
    tint = np.array([1.0, 0.8, 0.6], np.float32)
    return np.asarray(np.clip(light[..., None] * tint, 0, 1), np.float32)


def disc(radius: float) -> Array:
    reach = int(np.ceil(radius)) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return np.asarray(kernel / kernel.sum(), np.float32)


def encoded(linear: Array, dtype: Any) -> Array:
    """Return linear light as sRGB codes of an integer type."""
    light = np.clip(linear, 0, 1)
    code = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(code * np.iinfo(dtype).max), dtype)


@dataclass
class Stack:
    """A rendered stack: frames, and the true transforms from the reference (the middle frame) to each."""

    frames: list[Array]
    truth: list[Transform]
    gains: list[Array]

    @property
    def reference(self) -> int:
        return len(self.frames) // 2


def slope(
    count: int = 7,
    size: tuple[int, int] = (600, 400),
    move: Callable[[int], Transform] | None = None,
    gains: Sequence[Sequence[float]] | None = None,
    *,
    noise: float = 0.0,
    dtype: Any = np.uint8,
    seed: int = 1,
    blur: float = 9.0,
) -> Stack:
    """Render `count` frames of a slope, near at the bottom; `blur` is the disc radius across the whole depth (px)."""
    width, height = size
    canvas = texture((width + 2 * MARGIN, height + 2 * MARGIN), seed)
    depth = np.linspace(1, 0, canvas.shape[0], dtype=np.float32)[:, None]
    radii = np.linspace(0, blur, 19)
    levels = [canvas if radius == 0 else cv2.filter2D(canvas, -1, disc(float(radius))) for radius in radii]
    random = np.random.default_rng(seed)
    places = [identity_on_canvas() if move is None else compose(move(i), identity_on_canvas()) for i in range(count)]
    frames, light = [], [np.asarray([1.0, 1, 1]) if gains is None else np.asarray(gains[i]) for i in range(count)]
    for i in range(count):
        wanted = np.abs(depth - i / max(1, count - 1)) * blur
        picture = np.zeros_like(canvas)
        for radius, level in zip(radii, levels, strict=True):
            picture += np.clip(1 - np.abs(wanted - radius) / radii[1], 0, 1)[..., None] * level
        flags = cv2.INTER_LANCZOS4
        seen = cv2.warpPerspective(picture, places[i], size, flags=flags, borderMode=cv2.BORDER_REFLECT) * light[i]
        seen = seen + random.standard_normal(seen.shape) * noise * np.sqrt(np.clip(seen, 0, 1) + 0.01)
        frames.append(encoded(seen, dtype))
    back = invert(places[count // 2])
    return Stack(frames, [compose(place, back) for place in places], light)


def identity_on_canvas() -> Transform:
    matrix = np.eye(3)
    matrix[:2, 2] = -MARGIN
    return matrix


def handheld(count: int, size: tuple[int, int], breathing: float, shift: float, degrees: float, seed: int = 3) -> Any:
    """Return a function from frame to its place: breathing over the stack, a random shift and rotation."""
    random = np.random.default_rng(seed)
    shifts, turns = random.uniform(-shift, shift, (count, 2)), random.uniform(-degrees, degrees, count)
    center = ((size[0] - 1) / 2, (size[1] - 1) / 2)

    def place(i: int) -> Transform:
        scale = 1 + breathing * (i / max(1, count - 1) - 0.5)
        return similarity(scale, float(turns[i]), (float(shifts[i, 0]), float(shifts[i, 1])), center)

    return place
