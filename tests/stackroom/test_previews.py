"""Previews are measured in other processes: whole, halted when told, and one bad picture costs only itself."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from stackroom import previews
from tests import cards


@pytest.fixture
def pictures(tmp_path: Path) -> dict[int, Path]:
    frames = cards.write_run(tmp_path, cards.Run(first=1, focus_m=(0.3, 0.31, 0.32), start_s=0))
    return dict(enumerate(frames, 1))


def test_each_picture_that_can_be_read_is_measured(pictures: dict[int, Path], tmp_path: Path) -> None:
    torn = tmp_path / "torn.jpg"
    torn.write_bytes(b"no picture")
    found = previews.measure({**pictures, 9: torn, 10: tmp_path / "gone.jpg"}, lambda: False)
    assert found.keys() == pictures.keys()
    assert all(value["light"] for value in found.values())


def test_told_to_stop_it_ends_without_measuring(pictures: dict[int, Path]) -> None:
    assert previews.measure(pictures, lambda: True) == {}


def crash_on_the_second(chunk: previews.Chunk) -> previews.Measured:
    """Die as a decoder does that runs wild, where picture 2 is among those to be measured."""
    if any(capture == 2 for capture, _ in chunk):
        os.kill(os.getpid(), signal.SIGKILL)
    return {capture: {"light": [1]} for capture, _ in chunk}


def hang_on_the_second(chunk: previews.Chunk) -> previews.Measured:
    """Hang as a decoder does that goes in a circle."""
    while any(capture == 2 for capture, _ in chunk):
        time.sleep(1)
    return {capture: {"light": [1]} for capture, _ in chunk}


@pytest.mark.parametrize(("work", "together"), [(crash_on_the_second, 2), (hang_on_the_second, 1)])
def test_a_picture_that_takes_its_worker_down_is_the_only_one_left_out(
    pictures: dict[int, Path],
    monkeypatch: pytest.MonkeyPatch,
    work: Callable[[previews.Chunk], previews.Measured],
    together: int,
) -> None:
    monkeypatch.setattr(previews, "_measure_all", work)
    monkeypatch.setattr(previews, "_CHUNK", together)
    monkeypatch.setattr(previews, "PATIENCE_S", 1.5)
    monkeypatch.setattr(previews, "PICTURE_S", 0.0)
    assert previews.measure(pictures, lambda: False).keys() == {1, 3}


def test_a_worker_that_died_idle_costs_nothing(pictures: dict[int, Path]) -> None:
    with closing(previews.Measuring()) as measuring:
        measuring(pictures, lambda: False)
        assert measuring._pool is not None
        for process in list(measuring._pool._processes.values()):
            process.kill()
            process.join()
        assert measuring(pictures, lambda: False).keys() == pictures.keys()
