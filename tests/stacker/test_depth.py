from __future__ import annotations

import numpy as np

from stacker.depth import confidence, neighbourhood, smooth_depth


def ramp() -> np.ndarray:
    return np.tile(np.linspace(0, 10, 160, dtype=np.float32), (120, 1))


def test_sure_places_keep_their_depth() -> None:
    sure = np.ones((120, 160), np.float32)
    assert np.abs(smooth_depth(ramp(), sure) - ramp()).max() < 0.2


def test_holes_are_filled_from_around() -> None:
    depth, sure = ramp(), np.ones((120, 160), np.float32)
    hole = (slice(40, 80), slice(60, 100))
    depth[hole] = np.random.default_rng(0).integers(0, 11, (40, 40))
    sure[hole] = 0
    filled = smooth_depth(depth, sure)
    assert np.isfinite(filled).all()
    assert np.abs(filled - ramp())[hole].mean() < 0.6


def test_nothing_sure_gives_a_flat_finite_map() -> None:
    noise = np.random.default_rng(0).integers(0, 11, (50, 70)).astype(np.float32)
    filled = smooth_depth(noise, np.zeros((50, 70), np.float32))
    assert np.isfinite(filled).all()
    assert filled.std() < noise.std() / 5


def test_confidence_grows_from_none_to_full() -> None:
    assert confidence(np.array([0.0, 4.0, 17.0, 30.0, 1e6], np.float32)).tolist() == [0, 0, 0.5, 1, 1]


def test_the_neighbourhood_follows_a_surface_and_passes_over_what_strays() -> None:
    winner = np.repeat(np.arange(12, dtype=np.uint16), 10)[:, None].repeat(90, axis=1)
    strayed = winner.copy()
    strayed[5::12, 5::12] = 11
    certainty = np.full(winner.shape, 50, np.float32)
    mean, variance = neighbourhood(strayed, certainty)
    assert np.abs(mean - winner).max() < 0.8
    assert variance.max() < 0.5


def test_the_neighbourhood_is_wide_where_near_and_far_meet() -> None:
    winner = np.zeros((80, 80), np.uint16)
    winner[:, 40:] = 10
    _, variance = neighbourhood(winner, np.full(winner.shape, 50, np.float32))
    assert variance[:, 38:42].min() > 10
    assert variance[:, :25].max() < 0.1


def test_what_is_sure_rules_its_neighbourhood() -> None:
    random = np.random.default_rng(4)
    noise = random.integers(0, 20, (60, 60)).astype(np.uint16)
    noise[:, 30:] = 3
    certainty = np.where(np.arange(60) >= 30, 50, 0)[None].repeat(60, axis=0).astype(np.float32)
    mean, _ = neighbourhood(noise, certainty)
    assert np.abs(mean[:, 28:] - 3).max() < 0.1
