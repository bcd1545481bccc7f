from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.curves import line, spread

FRAMES = [Path(f"{i:02d}.jpg") for i in range(20)]


def steps(chosen: list[Path]) -> list[int]:
    places = [FRAMES.index(frame) for frame in chosen]
    return [abs(b - a) for a, b in pairwise(places)]


@given(st.integers(2, 20))
def test_few_frames_reach_from_the_first_to_the_last_in_even_steps(count: int) -> None:
    chosen = spread(FRAMES, count)
    assert (chosen[0], chosen[-1], len(set(chosen))) == (FRAMES[0], FRAMES[-1], count)
    assert max(steps(chosen)) - min(steps(chosen)) <= 1


@given(st.integers(21, 200))
def test_many_frames_go_there_and_back_without_a_jump(count: int) -> None:
    chosen = spread(FRAMES, count)
    assert len(chosen) == count
    assert chosen[:20] == FRAMES
    assert max(steps(chosen)) == 1


def test_a_line_is_found_with_what_lies_off_it() -> None:
    exact = line([5, 10, 20, 50, 100], [2 + 0.5 * n for n in (5, 10, 20, 50, 100)])
    assert exact["cpu_fixed_s"] == pytest.approx(2)
    assert exact["cpu_each_s"] == pytest.approx(0.5)
    assert exact["worst_off_line"] < 1e-9
    bent = line([5, 10, 20, 50, 100], [0.01 * n**2 for n in (5, 10, 20, 50, 100)])
    assert bent["worst_off_line"] > 0.2
    assert line([5], [2.0]) == {}
