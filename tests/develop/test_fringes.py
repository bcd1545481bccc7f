"""Lateral colour fringes are measured as the numbers that undo them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from develop import fringes
from develop.image import Image
from develop.operations import lens
from develop.settings import NEUTRAL


def _scene(width: int = 900, height: int = 600) -> Image:
    """Coloured patches with hard edges and fine structure, a quarter of it red alone."""
    rng = np.random.default_rng(2)
    patches = cv2.resize(rng.random((20, 30, 3)), (width, height), interpolation=cv2.INTER_NEAREST)
    fine = cv2.GaussianBlur(rng.standard_normal((height, width)), (0, 0), 1.5)[..., None]
    picture = cv2.GaussianBlur(0.15 + 0.5 * patches + 0.3 * fine, (0, 0), 0.8)
    picture = np.asarray(picture, np.float64) + rng.normal(0, 0.005, picture.shape)
    return Image((np.clip(picture, 0, 0.95) * 65535).astype(np.uint16))


@pytest.mark.parametrize(("red", "blue"), [(12.0, -9.0), (-30.0, 20.0), (0.0, 0.0)])
def test_what_was_laid_apart_is_found(red: float, blue: float) -> None:
    apart = lens.correct(_scene(), replace(NEUTRAL, fringe_red_cyan=red, fringe_blue_yellow=blue), None)
    found = fringes.measure(apart)
    # A step is 0.01 %, a twentieth of a pixel in this picture's corner.
    assert found["fringe_red_cyan"] == pytest.approx(-red, abs=1.5)
    assert found["fringe_blue_yellow"] == pytest.approx(-blue, abs=1.5)


def test_measured_again_after_the_correction_there_is_nothing_left() -> None:
    apart = lens.correct(_scene(), replace(NEUTRAL, fringe_red_cyan=25.0, fringe_blue_yellow=-25.0), None)
    mended = lens.correct(apart, replace(NEUTRAL, **fringes.measure(apart)), None)
    assert all(abs(value) < 1.5 for value in fringes.measure(mended).values())


@pytest.mark.parametrize("size", [(1, 1), (40, 30), (400, 300)])
def test_a_picture_that_tells_nothing_gives_nothing(size: tuple[int, int]) -> None:
    flat = Image(np.full((size[1], size[0], 3), 30000, np.uint16))
    assert fringes.measure(flat) == {"fringe_red_cyan": 0.0, "fringe_blue_yellow": 0.0}
