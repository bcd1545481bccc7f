from __future__ import annotations

import numpy as np

from stacker.depth import confidence, smooth_depth


def ramp() -> np.ndarray:
    return np.tile(np.linspace(0, 10, 160, dtype=np.float32), (120, 1))


def test_sure_places_keep_their_depth() -> None:
    sure = np.full((120, 160), 100, np.float32)
    assert np.abs(smooth_depth(ramp(), sure) - ramp()).max() < 0.2


def test_holes_are_filled_from_around() -> None:
    depth, certainty = ramp(), np.full((120, 160), 100, np.float32)
    hole = (slice(40, 80), slice(60, 100))
    depth[hole] = np.random.default_rng(0).integers(0, 11, (40, 40))
    certainty[hole] = 0
    filled = smooth_depth(depth, certainty)
    assert np.isfinite(filled).all()
    assert np.abs(filled - ramp())[hole].mean() < 0.6


def test_nothing_sure_gives_a_flat_finite_map() -> None:
    noise = np.random.default_rng(0).integers(0, 11, (50, 70)).astype(np.float32)
    filled = smooth_depth(noise, np.zeros((50, 70), np.float32))
    assert np.isfinite(filled).all()
    assert filled.std() < noise.std() / 5


def test_confidence_grows_from_none_to_full() -> None:
    assert confidence(np.array([0.0, 4.0, 17.0, 30.0, 1e6], np.float32)).tolist() == [0, 0, 0.5, 1, 1]
