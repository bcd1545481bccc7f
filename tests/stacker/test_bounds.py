"""No value outside what the frames show: the law, and the step edge on which bands ring."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from stacker.canvas import Canvas
from stacker.lighting import lighting_of
from stacker.pyramid import Mix, bands, gaussian, margin
from stacker.settings import METHODS, Method, StackSettings
from stacker.stack import stack
from stacker.transforms import Rectangle
from tests.synthetic import Array, ArrayFrames, blurred, coded

# A code of 255, and what float32 and 16 bits round.
CODE = 1.01
STILL = StackSettings(align="none", threads=2, dust=False)


def of_pairs(plane: Array, which: str) -> Array:
    """Return the `min` or `max` within each 2 x 2 pixels, at every one of them."""
    height, width = plane.shape[:2]
    even = np.pad(plane, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    pairs = even.reshape(len(even) // 2, 2, even.shape[1] // 2, 2, 3)
    reduced: Array = getattr(pairs, which)(axis=(1, 3))
    return reduced.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]


def outside(frames: list[Array], method: Method) -> float:
    """Return how far (codes of 255) the stack of `frames` leaves the range of all of them, evened out."""
    fused = stack(ArrayFrames(frames), replace(STILL, method=method))
    even = np.stack([lighting_of(fused.equalisation, i, each.dtype).even(each) for i, each in enumerate(frames)])
    pixels = fused.pixels / 65535
    below = of_pairs(even.min(axis=0), "min") - pixels
    above = pixels - of_pairs(even.max(axis=0), "max")
    return float(np.maximum(below, above).max() * 255)


@given(
    seed=some.integers(0, 2**32 - 1),
    count=some.integers(2, 5),
    width=some.integers(16, 60),
    height=some.integers(16, 60),
    method=some.sampled_from(METHODS),
    dtype=some.sampled_from((np.uint8, np.uint16)),
)
@settings(max_examples=40, deadline=None)
def test_whatever_the_frames_their_range_is_not_left(
    seed: int, count: int, width: int, height: int, method: Method, dtype: type[np.uint8] | type[np.uint16]
) -> None:
    # The hardest there is: any value at every pixel, the same ones in each frame so that none is left out.
    random = np.random.default_rng(seed)
    frame = random.integers(0, np.iinfo(dtype).max, (height, width, 3), dtype, endpoint=True)
    frames = [frame, frame[::-1], frame[:, ::-1], frame[::-1, ::-1]]
    frames.append(random.permutation(frame.reshape(-1, 3)).reshape(frame.shape))
    assert outside([np.ascontiguousarray(each) for each in frames[:count]], method) <= CODE


def edge(sigma: float) -> Array:
    """Return a dark and a bright half with a little texture, under a blur."""
    picture = np.full((120, 160, 3), 0.1)
    picture[:, 80:] = 0.9
    picture += 0.02 * np.random.default_rng(1).standard_normal((120, 160, 1))
    return blurred(picture, sigma)


@pytest.mark.parametrize("method", METHODS)
def test_a_bright_edge_has_no_halo(method: Method) -> None:
    frames = [coded(edge(sigma)) for sigma in (0, 2, 4, 8)]
    assert outside(frames, method) <= CODE
    fused = stack(ArrayFrames(frames), replace(STILL, method=method)).pixels / 65535
    # Close to the edge each side is what it is: no glow of the blurred frames.
    assert abs(fused[8:-8, 70:77].mean() - 0.1) < 0.015
    assert abs(fused[8:-8, 83:90].mean() - 0.9) < 0.015


def test_bands_alone_would_leave_the_range() -> None:
    """What the bounds are for: two frames' bands that meet beside an edge."""
    sharp, soft = (edge(sigma).astype(np.float32) for sigma in (0, 8))
    left = cv2.GaussianBlur((np.indices((120, 160))[1] < 80).astype(np.float32), (0, 0), 0.5)
    mix = Mix((160, 120), 2)
    for tile in Canvas(Rectangle(0, 0, 160, 120), (160, 120)).tiles(margin(2)):
        mix.add(tile, bands(sharp.copy(), 2), gaussian(left, 2))
        mix.add(tile, bands(soft.copy(), 2), gaussian(1 - left, 2))
    with ThreadPoolExecutor(1) as pool:
        mixed = mix.result(pool)
    beyond = np.maximum(np.minimum(sharp, soft) - mixed, mixed - np.maximum(sharp, soft))
    assert beyond.max() * 255 > 5
