"""The next octave has a say where there is no fine detail, and nowhere else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from stacker.canvas import canvas_of
from stacker.energies import Energies, energy_at
from stacker.softness import Softness, laid_at, ratio
from stacker.survey import Survey
from stacker.transforms import identity
from tests.stacker.scenes import Array, Arrays, texture

SIZE = (640, 400)
CANVAS = canvas_of([identity()], SIZE, "reflect")


def soft(sigma: float, noise: float = 0.004, seed: int = 0) -> Array:
    """Return a frame (uint8) that a lens has blurred by `sigma` px and a sensor made noisy."""
    picture = cv2.GaussianBlur(texture(SIZE, 3), (0, 0), sigma) if sigma else texture(SIZE, 3)
    grain = np.random.default_rng(seed).standard_normal(picture.shape, np.float32) * np.float32(noise)
    return np.asarray(np.rint(255 * np.clip(picture + grain, 0, 1)), np.uint8)


def softness_of(energies: Energies) -> Softness:
    return Softness.of(ratio(CANVAS, energies.glance(index), identity()) for index in range(len(energies)))


@pytest.mark.parametrize("grain", [0.0, 0.05])
def test_a_sharp_or_noisy_picture_is_decided_by_fine_detail_alone(grain: float) -> None:
    energies = Energies(Arrays([soft(0.0 if not grain else 8.0, grain)]), room_mb=9)
    softness = softness_of(energies)
    for tile in (each.at(1, CANVAS.half) for each in CANVAS.tiles(0)):
        assert softness.at(tile) is None
        energy = energies.energy(0)
        np.testing.assert_array_equal(
            laid_at(CANVAS, tile, energy, identity(), 1.0, softness),
            energy_at(CANVAS, tile, energy.fine, identity(), 1.0),
        )


def test_one_sharp_frame_is_enough_to_decide_by_fine_detail() -> None:
    energies = Energies(Arrays([soft(4.0), soft(0.0), soft(4.0)]), room_mb=9)
    assert not softness_of(energies).share.any()


def test_a_tile_sees_what_the_whole_sees() -> None:
    energies = Energies(Arrays([soft(3.0)]), room_mb=9)
    softness = softness_of(energies)
    assert softness.share.any()
    [whole] = [each.at(1, CANVAS.half) for each in CANVAS.tiles(0, 1024)]
    expected = laid_at(CANVAS, whole, energies.energy(0), identity(), 1.0, softness)
    for tile in (each.at(1, CANVAS.half) for each in CANVAS.tiles(0, 128)):
        np.testing.assert_array_equal(
            laid_at(CANVAS, tile, energies.energy(0), identity(), 1.0, softness), expected[tile.place]
        )


def test_soft_frames_are_told_apart_by_the_next_octave() -> None:
    frames = [soft(sigma, 0.012, seed) for seed, sigma in enumerate((4.5, 3.0, 4.5))]
    energies, rights = Energies(Arrays(frames), room_mb=9), []
    with ThreadPoolExecutor(2) as pool:
        for softness in (None, Softness(np.full_like(softness_of(energies).share, 2.0))):
            survey = Survey(CANVAS, pool, softness)
            for index in range(len(frames)):
                survey.add(index, energies.energy(index), identity(), 1.0)
            rights.append(float((survey.conclude().winner == 1).mean()))
    assert rights[1] > rights[0] + 0.1, rights
