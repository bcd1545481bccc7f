from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stacker import budget
from stacker.budget import strips
from stacker.canvas import Canvas
from stacker.settings import METHODS, Method, StackSettings
from stacker.stack import stack
from stacker.transforms import Rectangle
from tests.synthetic import ArrayFrames, slope


def cut(size: tuple[int, int], memory_mb: int) -> list[budget.Strip]:
    canvas = Canvas(Rectangle(0, 0, *size), size)
    return strips(canvas, levels=2, bytes_a_pixel=3, in_flight=2, memory_mb=memory_mb)


def test_24_megapixels_fit_the_default() -> None:
    assert len(cut((6000, 4000), StackSettings().memory_mb)) == 1


def test_larger_pictures_and_smaller_budgets_take_more_strips() -> None:
    counts = [len(cut((6000, 4000), memory)) for memory in (1400, 900, 700)]
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]
    assert len(cut((9000, 6000), 2000)) > 1


def test_the_frames_of_large_cameras_are_not_decoded_over_and_over() -> None:
    for size in ((8256, 5504), (9504, 6336), (11648, 8736)):
        assert len(cut(size, StackSettings().memory_mb)) <= 3


@pytest.mark.parametrize("height", [300, 1001, 4000])
def test_strips_cover_every_row_once(height: int) -> None:
    found = cut((6000, height), 650)
    assert [strip.start for strip in found[1:]] == [strip.stop for strip in found[:-1]]
    assert (found[0].start, found[-1].stop) == (0, height)
    assert all(strip.outer_start % 64 == 0 for strip in found)


@pytest.mark.parametrize("method", METHODS)
def test_little_memory_gives_the_same_picture(method: Method, monkeypatch: pytest.MonkeyPatch) -> None:
    made = slope(count=4, size=(160, 700))
    settings = StackSettings(align="none", method=method)
    whole = stack(ArrayFrames(made.frames), settings)
    monkeypatch.setattr(budget, "_INTERPRETER_MB", 1e6)
    stripped = stack(ArrayFrames(made.frames), replace(settings, memory_mb=256))
    difference = np.abs(whole.pixels.astype(int) - stripped.pixels)
    # Only methods with weights in every band go strip by strip.
    assert difference.max() <= (2 if method == "pyramid" else 0)


def test_many_threads_do_not_hold_many_large_frames() -> None:
    few = budget.in_flight((6000, 4000), bytes_a_pixel=6, threads=32, memory_mb=1400)
    assert few * 6000 * 4000 * 6 < 500e6
    assert budget.in_flight((600, 400), bytes_a_pixel=3, threads=8, memory_mb=1400) == 7
    assert budget.in_flight((60000, 40000), bytes_a_pixel=6, threads=8, memory_mb=256) == 1
