from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageOps

from develop.orientation import upright
from tests.develop.made_pictures import noise


@pytest.mark.parametrize("orientation", range(1, 9))
def test_another_program_turns_the_same_way(tmp_path: Path, orientation: int) -> None:
    pixels = noise(5, 3, np.uint8).pixels
    tags = Pillow.Exif()
    tags[0x0112] = orientation
    path = tmp_path / "a.png"
    Pillow.fromarray(pixels).save(path, exif=tags)
    with Pillow.open(path) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    turned = upright(pixels, orientation)
    assert np.array_equal(turned, expected)
    assert turned.flags.c_contiguous


def test_an_orientation_that_does_not_exist_turns_nothing() -> None:
    pixels = noise(5, 3, np.uint16).pixels
    for orientation in (0, 9, -1):
        assert np.array_equal(upright(pixels, orientation), pixels)
    assert np.array_equal(upright(pixels[..., 0], 6), np.rot90(pixels[..., 0], -1))
