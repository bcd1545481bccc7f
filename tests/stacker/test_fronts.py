"""Stems before a wall that has more detail than they: what is in front stays whole, and the wall loses little."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from stacker.errors import SettingsError
from stacker.layers import AlignedFrames, depths_of
from stacker.settings import FRONTS, Method, StackSettings
from stacker.stack import Fused, stack
from tests.stacker.scenes import Arrays, disc, encoded, slope, texture

STILL = StackSettings(align="none", dust=False, threads=2)
SIZE = (420, 300)
FRAMES, STEM, WALL = 6, 1, 5
BLUR = 1.6
"""Radius (px) by which a frame's distance from what it shows blurs it."""


def _rendered() -> tuple[list[NDArray[np.uint8]], NDArray[np.float64], NDArray[np.bool_]]:
    """Return frames from the nearest to the farthest, the truth (0..1 encoded) and where the stems are."""
    wall = texture(SIZE, 4)
    stems = np.zeros(SIZE[::-1], np.float32)
    for number in range(9):
        end = (60 + 40 * number, 299)
        cv2.line(stems, (20 + 45 * number, 0), end, 1.0, thickness=5 + 4 * (number % 3), lineType=cv2.LINE_AA)
    colour = np.array([0.12, 0.5, 0.06], np.float32) * (0.9 + 0.3 * texture(SIZE, 9)[..., :1])

    def seen(front: float, back: float) -> NDArray[np.float32]:
        cover = cv2.filter2D(stems, -1, disc(front))[..., None]
        light = cv2.filter2D((stems[..., None] * colour).astype(np.float32), -1, disc(front))
        return np.asarray(light + (1 - cover) * cv2.filter2D(wall, -1, disc(back)), np.float32)

    frames = [encoded(seen(BLUR * abs(i - STEM), BLUR * abs(i - WALL)), np.uint8) for i in range(FRAMES)]
    return frames, encoded(seen(0, 0), np.uint16) / 65535, stems > 0.5


def _db(fused: Fused, truth: NDArray[np.float64], where: NDArray[np.bool_] | None = None) -> float:
    error = np.square(fused.pixels / 65535 - truth)
    return float(-10 * np.log10((error if where is None else error[where]).mean()))


@pytest.mark.parametrize(("method", "gain_db"), [("auto", 0.7), ("depth", 0.25), ("weighted", 0.5)])
def test_what_is_in_front_stays_whole(method: Method, gain_db: float) -> None:
    frames, truth, stems = _rendered()
    settings = replace(STILL, method=method)
    plain, fronted = (stack(Arrays(list(frames)), replace(settings, front=front)) for front in ("off", "first"))
    assert _db(fronted, truth, stems) > _db(plain, truth, stems) + gain_db
    assert _db(fronted, truth) > _db(plain, truth) - 0.1
    backwards = stack(Arrays(frames[::-1]), replace(settings, front="last", reference=2))
    assert np.abs(backwards.pixels.astype(int) - fronted.pixels).max() <= 65535 // 200, "either end may be near"
    assert np.array_equal(FRAMES - 1 - backwards.index_map.astype(int), fronted.index_map)


def test_a_surface_without_gaps_stays_as_it_is() -> None:
    made = slope(noise=0.004)
    plain, fronted = (stack(Arrays(made.frames), replace(STILL, front=front)) for front in ("off", "first"))
    assert _db(fronted, plain.pixels / 65535) > 50


def test_layers_read_back_find_what_is_in_front_again() -> None:
    frames, _, _ = _rendered()
    fused = stack(Arrays(frames), replace(STILL, front="first"))
    with ThreadPoolExecutor(2) as pool:
        again = AlignedFrames(Arrays(frames), fused.laid).depths(pool, "first")
    assert (np.abs(again - depths_of(fused)) < 1).mean() > 0.97


def test_bands_that_decide_for_themselves_know_no_front() -> None:
    with pytest.raises(SettingsError, match="pyramid; choose"):
        StackSettings(method="pyramid", front="first")
    with pytest.raises(SettingsError, match="no front 'near'; choose one of off"):
        StackSettings.parse_front("near")
    assert [StackSettings.parse_front(front) for front in FRONTS] == list(FRONTS)
