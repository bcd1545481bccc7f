from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from develop import hot_pixels

PATTERN = np.array([[0, 1], [3, 2]])
BLACK, WHITE = [512.0, 512.0, 512.0, 512.0], 15600.0
BALANCE = (2.0, 1.0, 1.5, 1.0)


def _mosaic(seed: int = 3, blur: float = 0.9, bright: float = 0.8) -> NDArray[np.uint16]:
    """Return a Bayer mosaic of a textured scene as a lens draws it, with shot noise."""
    rng = np.random.default_rng(seed)
    scene = cv2.GaussianBlur(rng.random((240, 320)).astype(np.float32) ** 6, (0, 0), blur)
    scene = 0.02 + scene / scene.max() * bright
    scale = np.empty((2, 2))
    for y in range(2):
        for x in range(2):
            scale[y, x] = 1 / BALANCE[PATTERN[y, x]]
    electrons = rng.poisson(scene * np.tile(scale, (120, 160)) * 10_000)
    return np.asarray(np.clip(512 + electrons / 10_000 * 15_088, 0, 16_383), dtype=np.uint16)


def test_planted_hot_pixels_are_healed_and_nothing_else_is_touched() -> None:
    clean = _mosaic(blur=3.0, bright=0.15)
    rng = np.random.default_rng(5)
    places = [(int(y), int(x)) for y, x in zip(rng.integers(4, 236, 40), rng.integers(4, 316, 40), strict=True)]
    hot = clean.copy()
    for y, x in places:
        around = clean[y - 2 : y + 3, x - 2 : x + 3].astype(float) - 512
        hot[y, x] = min(16_000, int(512 + 6 * around.max() + 700))
    found = hot_pixels.heal(hot, PATTERN, BLACK, WHITE, BALANCE)
    touched = hot != clean
    for y, x in places:
        touched[y, x] = False
    assert not touched.any()
    assert found >= 36
    healed = [y_x for y_x in places if hot[y_x] < 12_000 and abs(int(hot[y_x]) - int(clean[y_x])) < 1500]
    assert len(healed) >= 36


def test_a_scene_without_any_stays_as_it_is() -> None:
    for seed in range(4):
        clean = _mosaic(seed)
        copy = clean.copy()
        assert hot_pixels.heal(copy, PATTERN, BLACK, WHITE, BALANCE) == 0
        assert np.array_equal(copy, clean)


def test_a_point_of_light_through_a_lens_is_no_hot_pixel() -> None:
    """A star at every place between four sites, spread by a sharp lens (σ = 0.6 sites)."""
    y, x = np.mgrid[0:40, 0:40]
    for dy in (0.0, 0.25, 0.5):
        for dx in (0.0, 0.25, 0.5):
            spot = np.exp(-((y - 20 - dy) ** 2 + (x - 20 - dx) ** 2) / (2 * 0.6**2))
            light = (0.01 + 0.9 * spot).astype(np.float32)
            assert len(hot_pixels.find(light)[0]) == 0
