from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stacker.canvas import Canvas
from stacker.pyramid import Mix, bands, collapse, gaussian, margin
from stacker.transforms import Rectangle
from tests.synthetic import Array

POOL = ThreadPoolExecutor(2)


def picture(size: tuple[int, int], seed: int = 0) -> Array:
    return np.random.default_rng(seed).random((size[1], size[0], 3), np.float32)


@given(width=some.integers(8, 90), height=some.integers(8, 90), levels=some.integers(0, 5))
def test_collapse_undoes_bands(width: int, height: int, levels: int) -> None:
    original = picture((width, height))
    assert np.abs(collapse(bands(original.copy(), levels)) - original).max() < 1e-5


@pytest.mark.parametrize("levels", [0, 1, 2, 5])
@pytest.mark.parametrize("size", [(401, 395), (130, 800), (800, 700)])
def test_tiles_give_what_the_whole_gives(levels: int, size: tuple[int, int]) -> None:
    canvas = Canvas(Rectangle(0, 0, *size), size)
    reach = max(4, margin(levels))
    tiled, whole = Mix(size, levels), Mix(size, levels)
    for seed in range(2):
        frame, weight = picture(size, seed), picture(size, seed + 5)[..., 0] + np.float32(0.1)
        for tile in canvas.tiles(reach, side=192):
            tiled.add(tile, bands(frame[tile.outer].copy(), levels), gaussian(weight[tile.outer].copy(), levels))
        for tile in canvas.tiles(reach, side=1024):
            whole.add(tile, bands(frame.copy(), levels), gaussian(weight, levels))
    assert np.abs(tiled.result(POOL) - whole.result(POOL)).max() < 1e-5


def test_one_frame_comes_back_whatever_its_weight() -> None:
    size = (130, 97)
    frame, weight = picture(size), picture(size, 1)[..., 0] + np.float32(0.01)
    mix = Mix(size, 3)
    for tile in Canvas(Rectangle(0, 0, *size), size).tiles(margin(3), side=1024):
        mix.add(tile, bands(frame.copy(), 3), gaussian(weight, 3))
    assert np.abs(mix.result(POOL) - frame).max() < 1e-5
