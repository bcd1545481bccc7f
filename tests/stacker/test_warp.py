from __future__ import annotations

import numpy as np
import pytest

from stacker.canvas import canvas_of
from stacker.errors import NothingCommon
from stacker.transforms import identity, similarity
from stacker.warp import brought, covered
from tests.synthetic import coded, texture

SIZE = (160, 120)


def test_a_whole_shift_moves_pixels_unchanged() -> None:
    frame = coded(texture(SIZE))
    moved = brought(frame, similarity(1, 0, (5, 7), (0, 0)), (100, 90))
    assert np.array_equal(moved, frame[7:97, 5:105])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_part_of_a_pixel_is_a_part_of_a_pixel(dtype: type) -> None:
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    top = np.iinfo(dtype).max
    plane = coded(np.repeat((0.2 + 0.002 * x + 0.001 * y)[..., None], 3, axis=2), dtype)
    moved = brought(plane, similarity(1, 0, (2.5, 3.25), (0, 0)), (100, 90))
    wanted = 0.2 + 0.002 * (x + 2.5) + 0.001 * (y + 3.25)
    # Codes are rounded before and after, and OpenCV's cubic misses a ramp by up to a fortieth of a pixel.
    assert np.abs(moved[..., 0] / top - wanted[:90, :100]).max() < 1.1 / top + 0.0025 / 40


def test_covered_is_what_falls_inside() -> None:
    inside = covered(SIZE, similarity(1, 0, (150, -3), (0, 0)), (20, 10))
    assert inside[3:, :10].all()
    assert not inside[:3].any()
    assert not inside[:, 10:].any()


def test_the_canvas_is_what_all_frames_cover() -> None:
    canvas = canvas_of([identity(), similarity(1, 0, (10, -6), (0, 0))], SIZE, "crop")
    left, top, width, height = canvas.crop
    assert (left, top) == (0, 8) or left <= 2
    assert width in range(146, 151)
    assert height in range(110, 115)
    assert canvas_of([identity()], SIZE, "crop").crop == (0, 0, *SIZE)


def test_frames_with_nothing_in_common_say_so() -> None:
    with pytest.raises(NothingCommon, match="reflect"):
        canvas_of([identity(), similarity(1, 0, (155, 0), (0, 0))], SIZE, "crop")
