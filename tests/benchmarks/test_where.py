from __future__ import annotations

import threading
import time
from types import FunctionType

import pytest

from benchmarks.where import OUTSIDE, Sampler


def busy(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def wait_for(event: threading.Event) -> None:
    event.wait()


def ours(work: FunctionType) -> FunctionType:
    """Return `work` as if it stood in a module of the product."""
    return FunctionType(work.__code__, {**work.__globals__, "__name__": "stacker.made"}, work.__name__)


def test_time_of_each_thread_goes_to_what_it_does_and_waiting_is_free() -> None:
    done = threading.Event()
    here, there, idle = (ours(work) for work in (busy, lambda: busy(0.2), wait_for) if isinstance(work, FunctionType))
    with Sampler(0.002) as sampler:
        threads = [threading.Thread(target=there), threading.Thread(target=idle, args=(done,))]
        for thread in threads:
            thread.start()
        here(0.4)
        threads[0].join()
        done.set()
        threads[1].join()
    assert sampler.seconds["stacker.made.busy"] == pytest.approx(0.4, abs=0.05)
    # What a function of ours calls elsewhere counts for it.
    lambdas = sum(took for name, took in sampler.seconds.items() if name.endswith("<lambda>"))
    assert lambdas == pytest.approx(0.2, abs=0.05)
    assert sampler.seconds["stacker.made.wait_for"] < 0.02
    assert sampler.seconds[OUTSIDE] < 0.1
