import numpy as np
import pytest

from stacker.align import Alignment, align
from stacker.equalise import Equalisation, equalise
from stacker.settings import StackSettings
from tests.stacker.scenes import Arrays, Stack, encoded, slope

SETTINGS = StackSettings(threads=2)
# Blur over the border of the rendered slope changes its light by up to 1.2 %, which is no error of the gains.
TOLERANCE = 0.015


def aligned(stack: Stack) -> Alignment:
    return align(Arrays(stack.frames), stack.reference, SETTINGS)


def test_flicker_and_white_balance_drift_are_found() -> None:
    gains = 1 + np.random.default_rng(0).uniform(-0.05, 0.05, (5, 3))
    stack = slope(count=5, gains=gains.tolist(), noise=0.01)
    found = np.array(equalise(aligned(stack)).gains)
    assert np.abs(np.log(found / (gains / gains[2]))).max() < TOLERANCE


def test_neighbours_of_one_exposure_are_left_exactly_as_they_are() -> None:
    equalisation = equalise(aligned(slope(count=5, noise=0.01)))
    assert equalisation.is_identity(1)
    assert equalisation.is_identity(3)


def test_clipped_pixels_do_not_count() -> None:
    stack = slope(count=3, gains=[[1.0] * 3, [1.0] * 3, [1.2] * 3])
    for frame in stack.frames:
        frame[50:200, 100:300] = 255
    found = np.array(equalise(aligned(stack)).gains)
    assert found[2] == pytest.approx([1.2] * 3, rel=TOLERANCE)


@pytest.mark.parametrize("light", [0.25, 0.02])
def test_a_flash_that_did_not_fire_is_left_out(light: float) -> None:
    stack = slope(count=5, gains=[[1.0] * 3, [light] * 3, [1.0] * 3, [1.0] * 3, [1.0] * 3])
    equalisation = equalise(aligned(stack))
    assert list(equalisation.left_out) == [1]
    assert f"{-np.log2(light):.1f} EV darker" in equalisation.left_out[1]
    assert equalisation.is_identity(1)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_table_undoes_the_gain(dtype: type) -> None:
    linear = np.linspace(0.001, 0.8, 500)[None, :, None] * np.ones(3)
    gains = (1.05, 0.97, 1.02)
    brighter = encoded(linear * gains, dtype)
    table = Equalisation(gains=((1.0, 1.0, 1.0), gains)).lut(1, dtype)
    mended = np.stack([table[c][brighter[..., c]] for c in range(3)], axis=-1)
    codes = np.abs(mended.astype(int) - encoded(linear, dtype))
    assert codes.max() <= (1 if dtype is np.uint8 else 16)


def test_the_table_keeps_black_white_and_order() -> None:
    equalisation = Equalisation(gains=((1.3, 0.7, 1.0),))
    table = equalisation.lut(0, np.uint8, np.uint16)
    assert table.dtype == np.uint16
    assert (table[:, 0] == 0).all()
    assert (table[:, -1] == 65535).all()
    assert (np.diff(table.astype(int), axis=1) >= 0).all()
    assert np.array_equal(table[2], np.arange(256) * 257)


def test_one_frame_and_black_frames_need_no_gain() -> None:
    black = [np.zeros((200, 300, 3), np.uint8)] * 3
    for frames in (slope(count=1).frames, black):
        equalisation = equalise(align(Arrays(frames), 0, SETTINGS))
        assert all(equalisation.is_identity(i) for i in range(len(frames)))
        assert equalisation.to_json()["left_out"] == {}
