"""Where a sensor's sites really clip."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.made_raw import write_mosaic
from develop import colour, raw, saturation
from develop.image import SRGB

PATTERN = ((0, 1), (3, 2))
BLACK, WHITE = 500.0, 15500.0


def _counts(light: NDArray[np.float64]) -> NDArray[np.uint16]:
    noisy = light + np.random.default_rng(1).normal(0, 0.004, light.shape)
    return np.asarray(noisy * (WHITE - BLACK) + BLACK).astype(np.uint16)


def _scene(most: float) -> NDArray[np.float64]:
    return np.minimum(np.random.default_rng(0).gamma(2, 0.2, (600, 600)), most)


@pytest.mark.parametrize("most", [0.8, 0.9, 0.95])
def test_sites_that_pile_up_below_white_are_full_there(most: float) -> None:
    found = (saturation.clip_count(_counts(_scene(most)), PATTERN, BLACK, WHITE) - BLACK) / (WHITE - BLACK)
    assert most - 0.03 < found < most


def test_without_a_pile_white_is_white() -> None:
    even = np.random.default_rng(2).random((600, 600)) * 0.9
    card = np.full((600, 600), 0.85)
    card[::2, ::2] *= 0.5
    card[1::2, 1::2] *= 0.7
    for light in (even, card, np.full((600, 600), 0.2)):
        assert saturation.clip_count(_counts(light), PATTERN, BLACK, WHITE) == WHITE


def test_a_lamp_on_a_sensor_that_fills_up_early_is_white(tmp_path: Path) -> None:
    y, x = np.mgrid[-1:1:240j, -1.5:1.5:360j]
    neutral = (0.5, 1.0, 0.625)
    light = (0.05 + 4.0 * np.exp(-(x**2 + y**2) / 0.1)).astype(np.float32)
    mosaic = light.copy()
    mosaic[::2, ::2] *= neutral[0]
    mosaic[1::2, 1::2] *= neutral[2]
    path = tmp_path / "early.dng"
    write_mosaic(path, np.minimum(mosaic, np.float32(0.9)), neutral)
    shown = colour.convert(raw.read_raw(path), SRGB).pixels / 65535
    middle = shown[100:140, 160:200]
    assert middle.min() > 0.99, "not the pink of a green that filled up first"


def test_a_camera_that_is_known_by_what_xyz_it_sees_shows_srgb_as_it_is() -> None:
    sees = np.array([[0.8, -0.2, -0.1], [-0.5, 1.3, 0.2], [-0.1, 0.2, 0.6], [0, 0, 0]])
    known = SimpleNamespace(color_matrix=np.zeros((3, 4)), rgb_xyz_matrix=sees)
    colours = np.random.default_rng(3).random((20, 3))
    camera = colours @ (sees[:3] @ colour.to_xyz(SRGB)).T
    white = (sees[:3] @ colour.to_xyz(SRGB)).sum(axis=1)
    np.testing.assert_allclose((camera / white) @ raw._to_srgb(known).T, colours, atol=1e-9)
    own = SimpleNamespace(color_matrix=np.eye(3, 4), rgb_xyz_matrix=sees)
    assert np.array_equal(raw._to_srgb(own), np.eye(3))
    for useless in (np.zeros((4, 3)), np.ones((4, 3))):
        neither = SimpleNamespace(color_matrix=np.zeros((3, 4)), rgb_xyz_matrix=useless)
        assert not raw._to_srgb(neither).any()
