"""The stack so far is as sharp as a finished one would be, and tells at once what the set still lacks."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from stacker.errors import NoFrames
from stacker.live import LiveStack
from stacker.quality import Finding
from tests.stacker import scenes
from tests.stacker.scenes import Array


def _grown(frames: list[Array]) -> LiveStack:
    live = LiveStack()
    for number, frame in enumerate(frames):
        live.add(f"frame{number}", frame)
    return live


def _detail(picture: Array) -> float:
    gray = cv2.cvtColor((picture / np.iinfo(picture.dtype).max).astype(np.float32), cv2.COLOR_RGB2GRAY)
    return float((cv2.Laplacian(gray, cv2.CV_32F) ** 2).mean())


def _findings(live: LiveStack, kind: str) -> list[Finding]:
    return [finding for finding in live.report().findings if finding.kind == kind]


def test_every_part_is_as_sharp_as_the_frame_that_shows_it_sharpest() -> None:
    stack = scenes.slope(7, move=scenes.handheld(7, (600, 400), 0.02, 3.0, 0.2))
    live = _grown(stack.frames)
    picture = live.picture()
    assert picture.shape == (400, 600, 3)
    assert picture.dtype == np.uint16
    rows = [(slice(20, 130), 0), (slice(270, 380), -1)]  # far, at the top, is sharp in the first frame
    for part, index in rows:
        inner = (part, slice(40, 560))
        assert _detail(picture[inner]) > 0.8 * _detail(stack.frames[index][inner])
    assert _detail(picture) > 2 * max(_detail(frame) for frame in stack.frames)


def test_each_frame_makes_it_sharper() -> None:
    stack = scenes.slope(5)
    live, sharp = LiveStack(), 0.0
    for number, frame in enumerate(stack.frames):
        live.add(f"frame{number}", frame)
        before, sharp = sharp, _detail(live.picture())
        assert sharp > before
    assert len(live) == 5


def test_a_missing_step_is_told_when_the_frame_after_it_is_there_and_not_before() -> None:
    whole = scenes.slope(9, blur=12.0).frames
    assert not _findings(_grown(whole), "focus gap")
    gappy = [frame for number, frame in enumerate(whole) if number not in (4, 5)]
    assert not _findings(_grown(gappy[:4]), "focus gap")
    gaps = _findings(_grown(gappy[:6]), "focus gap")
    assert gaps
    assert all({3, 4} & set(gap.frames) for gap in gaps), "beside where the step is missing"


def test_a_frame_of_something_else_is_left_out_and_named() -> None:
    stack = scenes.slope(4)
    other = scenes.slope(1, seed=99).frames[0]
    live = _grown([*stack.frames[:2], other, *stack.frames[2:]])
    assert [finding.frames for finding in _findings(live, "left out")] == [(2,)]
    assert np.abs(live.picture().astype(int) - _grown(stack.frames).picture()).mean() < 655  # 1 % of the range


def test_a_flash_that_did_not_fire_is_told_and_not_mixed_in() -> None:
    gains = [[1.0, 1.0, 1.0]] * 3 + [[0.2, 0.2, 0.2]] + [[1.0, 1.0, 1.0]] * 2
    live = _grown(scenes.slope(6, gains=gains).frames)
    [out] = _findings(live, "left out")
    assert out.frames == (3,)
    assert "flash" in out.words


def test_another_size_is_left_out() -> None:
    stack = scenes.slope(2)
    live = _grown([stack.frames[0], np.ascontiguousarray(stack.frames[1][:300])])
    assert "another size" in _findings(live, "left out")[0].words


def test_before_the_first_frame_there_is_nothing() -> None:
    with pytest.raises(NoFrames):
        LiveStack().picture()
    with pytest.raises(NoFrames):
        LiveStack().report()
