"""Frames pass through the engine: few are held at a time, and it does not matter which arrives first."""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from stacker.settings import METHODS, Method, StackSettings
from stacker.stack import stack
from tests.synthetic import Array, ArrayFrames, slope

THREADS = 3
# One a thread is read ahead; one more waits its turn, and one is in use.
MOST_HELD = THREADS + 2


@dataclass
class Ledger:
    """How many arrays somebody holds, and the most there were at one time."""

    held: int = 0
    most: int = 0
    # Entered again when an array goes while another is being noted.
    lock: threading.RLock = field(default_factory=threading.RLock)

    def note(self, change: int) -> None:
        with self.lock:
            self.held += change
            self.most = max(self.most, self.held)

    def lent(self, pixels: Array) -> Array:
        copy = pixels.copy()
        self.note(1)
        weakref.finalize(copy, self.note, -1)
        return copy


@dataclass(frozen=True)
class HeldFrames(ArrayFrames):
    """Frames of which is known how many are held."""

    full: Ledger = field(default_factory=Ledger)
    reduced: Ledger = field(default_factory=Ledger)

    def frame(self, index: int) -> Array:
        return self.full.lent(super().frame(index))

    def proxy(self, index: int, max_side: int) -> Array:
        return self.reduced.lent(super().proxy(index, max_side))


@dataclass(frozen=True)
class LateFrames(ArrayFrames):
    """Every second frame arrives only after the one that follows it, if that one was asked for in time."""

    arrived: list[int] = field(default_factory=list)
    came: dict[int, threading.Event] = field(default_factory=dict)

    def frame(self, index: int) -> Array:
        if index % 2 == 0 and index + 1 < len(self):
            self.came.setdefault(index + 1, threading.Event()).wait(0.5)
        self.came.setdefault(index, threading.Event()).set()
        self.arrived.append(index)
        return super().frame(index)


@pytest.fixture
def restless() -> Iterator[None]:
    """Let threads take turns a thousand times as often as usual."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 1000)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.parametrize("count", [6, 24])
def test_no_more_frames_are_held_of_a_long_stack_than_of_a_short_one(count: int) -> None:
    frames = HeldFrames(slope(count=3, size=(200, 150)).frames * (count // 3))
    stack(frames, StackSettings(threads=THREADS))
    assert 1 <= frames.full.most <= MOST_HELD
    assert 1 <= frames.reduced.most <= MOST_HELD
    assert (frames.full.held, frames.reduced.held) == (0, 0)


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize("method", METHODS)
def test_the_order_in_which_frames_arrive_does_not_change_a_bit(method: Method) -> None:
    made = slope(count=8, size=(200, 150), noise=0.02).frames
    late = LateFrames(made)
    swapped = stack(late, StackSettings(method=method, threads=THREADS))
    plain = stack(ArrayFrames(made), StackSettings(method=method, threads=1))
    assert late.arrived != sorted(late.arrived)
    assert np.array_equal(swapped.pixels, plain.pixels)
    assert np.array_equal(swapped.depth, plain.depth)
    assert np.array_equal(swapped.confidence, plain.confidence)
    assert swapped.report.to_json() == plain.report.to_json()
