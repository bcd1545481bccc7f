"""Straightening against Pillow's, and lines that must stay straight whatever plane the picture is turned into."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from develop import pipeline
from develop.image import Image, Pixels
from develop.settings import DevelopSettings

WIDTH, HEIGHT = 360, 240
_FINER = 8


def _smooth() -> Pixels:
    coarse = np.random.default_rng(9).uniform(40, 215, (12, 18, 3)).astype(np.float32)
    shown: Pixels = np.asarray(cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC))
    pixels: Pixels = np.rint(shown.clip(0, 255)).astype(np.uint8)
    return np.ascontiguousarray(pixels)


@pytest.mark.parametrize("angle", [-30.0, -4.5, 0.7, 12.0])
def test_a_picture_is_straightened_as_pillow_turns_it(angle: float) -> None:
    pixels = _smooth()
    ours = pipeline.render(Image(pixels), DevelopSettings(crop_angle=angle)).pixels / 257
    turned = np.asarray(Pillow.fromarray(pixels).rotate(-angle, Pillow.Resampling.BICUBIC))
    high, wide = ours.shape[:2]
    left, top = (WIDTH - wide) // 2, (HEIGHT - high) // 2
    theirs = turned[top : top + high, left : left + wide] + 0.5
    # The outermost pixels are read past the picture's edge, where Pillow is black; Pillow cuts to 8 bits, half a
    # step on the mean, and its cubic is a softer one.
    assert np.abs(ours - theirs)[2:-2, 2:-2].max() < 2.0
    assert np.abs(ours - theirs)[2:-2, 2:-2].mean() < 0.4


@pytest.mark.parametrize(
    "look",
    [
        {"crop_angle": 7.0},
        {"perspective_vertical": 60.0, "perspective_horizontal": -30.0},
        {"perspective_vertical": -45.0, "perspective_rotate": 4.0, "perspective_aspect": 30.0},
    ],
    ids="+".join,
)
def test_a_straight_line_stays_straight_and_even(look: dict[str, Any]) -> None:
    fine = np.full((HEIGHT * _FINER, WIDTH * _FINER), 230, np.uint8)
    ends = (int(0.4 * WIDTH * _FINER), 0), (int(0.6 * WIDTH * _FINER), HEIGHT * _FINER)
    cv2.line(fine, *ends, 20, 3 * _FINER, cv2.LINE_AA)
    grey = cv2.resize(fine, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    shown = pipeline.render(Image(np.repeat(grey[..., None], 3, 2)), DevelopSettings(**look)).pixels[..., 1]
    ink = np.clip(230 - shown / 257, 0, None)
    across = (ink * np.arange(shown.shape[1])).sum(axis=1) / ink.sum(axis=1)
    down = np.arange(shown.shape[0])
    assert np.abs(across - np.polyval(np.polyfit(down, across, 1), down)).max() < 0.15
    # No steps along it: its ink changes from row to row as slowly as its width does.
    assert np.abs(np.diff(ink.sum(axis=1))).max() < 0.05 * ink.sum(axis=1).mean()
