from __future__ import annotations

import numpy as np
import pytest

from stacker import focus
from tests.synthetic import Array, blurred, texture


def luma(sigma: float = 0.0, noise: float = 0.0, seed: int = 0) -> Array:
    picture = blurred(texture((160, 120)), sigma)[..., 1]
    return np.asarray(picture + noise * np.random.default_rng(seed).standard_normal(picture.shape), np.float32)


def test_blur_lowers_the_energy_everywhere_it_counts() -> None:
    energies = [focus.energy(luma(sigma)) for sigma in (0, 1, 2, 4)]
    means = [float(energy.mean()) for energy in energies]
    assert means == sorted(means, reverse=True)
    assert (energies[0] > energies[2]).mean() > 0.95


def test_energy_grows_with_the_square_of_contrast() -> None:
    assert focus.energy(luma() * 2).mean() == pytest.approx(4 * focus.energy(luma()).mean(), rel=1e-3)


def test_reach_is_what_energy_reads() -> None:
    picture = luma()
    changed = picture.copy()
    changed[:, : 40 - focus.REACH] = 0
    assert np.array_equal(focus.energy(picture)[:, 40:], focus.energy(changed)[:, 40:])


def test_the_floor_is_the_energy_of_noise() -> None:
    flat = [np.full((120, 160), 0.5, np.float32) + luma(noise=0.02, seed=i) - luma() for i in range(6)]
    energies = np.stack([focus.energy(each) for each in flat])
    floor = focus.noise_floor(energies.min(axis=0))
    ratio = energies.mean() / floor.mean()
    assert 1 < ratio < 3, "the least of six is below their mean, but of its size"


def test_the_floor_leaves_detail_that_every_frame_has() -> None:
    """In a short stack nothing may be out of focus at some places: what is sharp in all frames is no noise."""
    least = np.full((120, 160), 1e-5, np.float32)
    least[40:80, 40:80] = 1e-2
    assert focus.noise_floor(least).max() < 1e-4
