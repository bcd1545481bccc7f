"""Odd sets of files given to `fuse`: each gives a right picture, or one clear line and nothing written."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.stackroom.test_cli import _is_one_clear_line, run
from tests.synthetic import Array, coded, psnr, slope, texture

GOOD = slope(count=5)
FRAMES = GOOD.frames
STRANGER = coded(texture((320, 240), seed=99))


def fused(folder: Path, frames: list[Array]) -> tuple[int, str, Array | None]:
    """Return what `fuse` of `frames` ended with, said, and wrote."""
    names = [str(folder / f"IMG_{number:04d}.png") for number in range(len(frames))]
    for name, frame in zip(names, frames, strict=True):
        cv2.imwrite(name, frame[..., ::-1])
    out = folder / "out.png"
    done = run("fuse", *names, "-o", str(out), library=folder / "lib")
    picture = cv2.imread(str(out), cv2.IMREAD_UNCHANGED) if out.exists() else None
    return done.returncode, done.stderr, None if picture is None else picture[..., ::-1]


@pytest.mark.parametrize("count", [1, 3])
def test_one_frame_and_identical_frames_give_the_frame(tmp_path: Path, count: int) -> None:
    code, _, picture = fused(tmp_path, [FRAMES[0]] * count)
    assert code == 0
    assert picture is not None
    assert np.abs(picture / np.iinfo(picture.dtype).max * 255 - FRAMES[0]).max() < 0.51


def test_a_stranger_among_good_frames_is_left_out(tmp_path: Path) -> None:
    code, _, picture = fused(tmp_path, [*FRAMES[:2], STRANGER, *FRAMES[2:]])
    assert code == 0
    assert picture is not None
    height, width = picture.shape[:2]
    top, left = (240 - height) // 2, (320 - width) // 2
    assert psnr(picture / np.iinfo(picture.dtype).max, GOOD.truth[top : top + height, left : left + width]) > 30


def test_two_frames_are_enough(tmp_path: Path) -> None:
    pair = slope(count=2)
    code, _, picture = fused(tmp_path, pair.frames)
    assert code == 0
    assert picture is not None
    height, width = picture.shape[:2]
    top, left = (240 - height) // 2, (320 - width) // 2
    truth = pair.truth[top : top + height, left : left + width]
    ours = psnr(picture / np.iinfo(picture.dtype).max, truth)
    single = max(psnr(frame[top : top + height, left : left + width] / 255, truth) for frame in pair.frames)
    assert ours > single + 1


def test_three_hundred_frames_are_one_stack_like_any_other(tmp_path: Path) -> None:
    """Every one of five small frames sixty times, one after the other and from the start again."""
    few = slope(count=5, size=(128, 96))
    code, said, picture = fused(tmp_path, [few.frames[number % 5] for number in range(300)])
    assert code == 0, said
    assert picture is not None
    height, width = picture.shape[:2]
    top, left = (96 - height) // 2, (128 - width) // 2
    truth = few.truth[top : top + height, left : left + width]
    assert psnr(picture / np.iinfo(picture.dtype).max, truth) > 28


def test_black_frames_give_black(tmp_path: Path) -> None:
    code, _, picture = fused(tmp_path, [np.zeros_like(FRAMES[0])] * 3)
    assert code == 0
    assert picture is not None
    assert not picture.any()


@pytest.mark.parametrize(
    "odd", [FRAMES[1][:200], np.asarray(FRAMES[1], np.uint16) * 257], ids=["another size", "another depth"]
)
def test_what_does_not_fit_is_named_and_nothing_written(tmp_path: Path, odd: Array) -> None:
    code, said, picture = fused(tmp_path, [FRAMES[0], odd, *FRAMES[2:]])
    assert code == 1
    assert _is_one_clear_line(said), said
    assert "IMG_0001.png" in said
    assert picture is None
