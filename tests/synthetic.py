"""Focus stacks whose truth is known: a textured scene, each frame sharp in one part of it and blurred elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class ArrayFrames:
    """A FrameSource over arrays; proxies are means over square blocks."""

    frames: list[Array]

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def size(self) -> tuple[int, int]:
        return self.frames[0].shape[1], self.frames[0].shape[0]

    def name(self, index: int) -> str:
        return f"IMG_{index:04d}.JPG"

    def proxy(self, index: int, max_side: int) -> Array:
        pixels = self.frames[index]
        step = 1
        while max(pixels.shape) / (2 * step) >= max_side:
            step *= 2
        return blocks(pixels, step)

    def frame(self, index: int) -> Array:
        return self.frames[index]


def blocks(pixels: Array, step: int) -> Array:
    """Return the means of step x step blocks; what is cut off at the right and below is repeated."""
    if step == 1:
        return pixels
    height, width = pixels.shape[:2]
    padded = np.pad(pixels, ((0, -height % step), (0, -width % step), (0, 0)), mode="edge").astype(np.float64)
    means = padded.reshape(padded.shape[0] // step, step, padded.shape[1] // step, step, 3).mean(axis=(1, 3))
    return np.ascontiguousarray(np.rint(means).astype(pixels.dtype))


def texture(size: tuple[int, int], seed: int = 0) -> Array:
    """Return RGB (h x w x 3 float64, 0..1) with detail of every size, none of it near black or white."""
    width, height = size
    random = np.random.default_rng(seed)
    noise = np.fft.rfft2(random.standard_normal((height, width)))
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    gray = np.fft.irfft2(noise / np.maximum(frequency, 0.02) ** 0.8, s=(height, width))
    gray = 0.5 + 0.13 * gray / gray.std()
    return np.asarray(np.clip(gray[..., None] * np.array([1.05, 1.0, 0.85]), 0.05, 0.95))


def blurred(pixels: Array, sigma: float) -> Array:
    """Return pixels under a Gaussian blur, as if the picture went on mirrored."""
    if sigma <= 0:
        return pixels
    height, width = pixels.shape[:2]
    mirrored = np.concatenate([pixels, pixels[::-1]], axis=0)
    mirrored = np.concatenate([mirrored, mirrored[:, ::-1]], axis=1)
    squared = np.fft.fftfreq(2 * height)[:, None] ** 2 + np.fft.rfftfreq(2 * width)[None] ** 2
    kernel = np.exp(-2 * (np.pi * sigma) ** 2 * squared)
    out = np.fft.irfft2(np.fft.rfft2(mirrored, axes=(0, 1)) * kernel[..., None], s=(2 * height, 2 * width), axes=(0, 1))
    return np.asarray(out[:height, :width])


def coded(pixels: Array, dtype: Any = np.uint8) -> Array:
    """Return 0..1 as codes of an integer type."""
    top = np.iinfo(dtype).max
    return np.ascontiguousarray(np.rint(np.clip(pixels, 0, 1) * top).astype(dtype))


@dataclass(frozen=True)
class Slope:
    """A slope in focus: frame i is sharp where `depth` is near i. `truth` is 0..1, `depth` in frames."""

    truth: Array
    depth: Array
    frames: list[Array]


def slope(
    count: int = 6, size: tuple[int, int] = (320, 240), *, noise: float = 0.0, dtype: Any = np.uint8, seed: int = 0
) -> Slope:
    """Return a stack over a slope that runs from left to right; blur grows by 1.5 px a frame, noise is a sigma."""
    truth = texture(size, seed)
    depth = np.tile(np.linspace(-0.4, count - 0.6, size[0]), (size[1], 1))
    levels = [blurred(truth, 0.75 * level) for level in range(2 * count + 1)]
    random = np.random.default_rng(seed + 1)
    frames = []
    for index in range(count):
        at = np.clip((np.abs(depth - index) - 0.5) * 2, 0, 2 * count - 1e-6)
        low = at.astype(int)
        part = (at - low)[..., None]
        rows, columns = np.indices(depth.shape)
        stacked = np.stack(levels)
        picture = stacked[low, rows, columns] * (1 - part) + stacked[low + 1, rows, columns] * part
        frames.append(coded(picture + noise * random.standard_normal(picture.shape), dtype))
    return Slope(truth=truth, depth=depth, frames=frames)


def psnr(picture: Array, truth: Array) -> float:
    """Return the peak signal to noise ratio (dB) of two pictures of 0..1."""
    return float(-10 * np.log10(np.mean((np.asarray(picture, np.float64) - truth) ** 2)))
