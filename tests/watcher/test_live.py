"""Previews of what is being shot: asked for frame by frame, and never in the way."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from catalog import importing, sequences
from catalog.database import Catalog
from tests.catalog import made
from tests.watcher.test_regrouping import _incoming
from watcher.events import Event, Previewed, Warned
from watcher.live import HANG_S, Live
from watcher.silence import Silence
from watcher.worker import Json


def show(order: Json) -> Json:
    """Write the number of frames where the picture is to be."""
    Path(order["target"]).parent.mkdir(parents=True, exist_ok=True)
    Path(order["target"]).write_text(str(len(order["frames"])))
    return {"frames": len(order["frames"]), "words": ["green: fine"]}


def die(order: Json) -> Json:
    """Die as a decoder may."""
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def hang(order: Json) -> Json:
    """Go in a circle."""
    while True:
        time.sleep(1)


class Fast:
    """A clock that half a minute passes on from look to look."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 30
        return self.now


def load() -> None:
    """Need nothing."""


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with made.opened(tmp_path) as opened:
        with opened.writer() as session:
            importing.register(session, [_incoming(tmp_path, number) for number in range(3)])
            sequences.regroup(session)
        yield opened


@pytest.fixture
def told() -> list[Event]:
    return []


Make = Callable[[Callable[[Json], Json]], Live]


@pytest.fixture
def make(catalog: Catalog, tmp_path: Path, told: list[Event]) -> Iterator[Make]:
    made: list[Live] = []

    def with_work(work: Callable[[Json], Json]) -> Live:
        made.append(Live(catalog, work, load, tmp_path / "live", told.append))
        return made[-1]

    yield with_work
    for live in made:
        live.stop()


def _work_off(live: Live) -> None:
    deadline = time.monotonic() + 60
    while live.is_busy:
        live.step()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_sequence_that_frames_came_to_is_shown(make: Make, told: list[Event], tmp_path: Path) -> None:
    live = make(show)
    live.follow({1}, ())
    _work_off(live)
    assert told == [Previewed(1, 3, str(tmp_path / "live/sequence-1.jpg"), ("green: fine",))]
    assert live.path_of(1).read_text() == "3"
    live.drop(1)
    assert not live.path_of(1).exists()


def test_what_is_complete_or_gone_is_not_shown(make: Make, catalog: Catalog, told: list[Event]) -> None:
    live = make(show)
    live.follow({1}, {1})
    assert not live.is_busy
    with catalog.writer() as session:
        sequences.set_complete(session, [1])
    live.follow({1, 99}, ())
    _work_off(live)
    assert told == []


@pytest.mark.parametrize("work", [die, hang])
def test_a_frame_that_ends_or_holds_its_worker_is_one_warning(
    make: Make, told: list[Event], work: Callable[[Json], Json]
) -> None:
    live = make(work)
    live._silence = Silence(HANG_S, Fast() if work is hang else time.monotonic)
    for _ in range(2):
        live.follow({1}, ())
        _work_off(live)
    [warning] = told
    assert isinstance(warning, Warned)
    assert "no preview of sequence 1" in warning.message
