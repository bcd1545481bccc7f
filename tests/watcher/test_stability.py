"""When is a file whole? Clocks are advanced, nothing sleeps."""

from __future__ import annotations

from pathlib import Path

from watcher.folder import Found
from watcher.stability import GRACE_S, QUIET_S, Stability

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND


class Clock:
    """Both clocks, advanced by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def wall_ns(self) -> int:
        return START + int(self.seconds * SECOND)

    def monotonic(self) -> float:
        return self.seconds


def _stability(clock: Clock, verdict: str | None = None) -> Stability:
    return Stability(wall_ns=clock.wall_ns, monotonic=clock.monotonic, check=lambda path: verdict)


def _found(changed_ns: int, size: int = 100) -> Found:
    return Found(Path("/card/IMG_1.JPG"), size, changed_ns, changed_ns)


def test_an_old_whole_file_is_ready_at_the_first_look() -> None:
    clock = Clock()
    assert _stability(clock).observe(_found(START - 60 * SECOND)).state == "ready"


def test_a_file_that_just_changed_waits_until_it_is_quiet() -> None:
    clock = Clock()
    watch = _stability(clock)
    assert watch.observe(_found(START)).state == "wait"
    clock.seconds = QUIET_S + 0.1
    assert watch.observe(_found(START)).state == "ready"


def test_a_growing_file_waits_as_long_as_it_grows() -> None:
    clock = Clock()
    watch = _stability(clock)
    for step in range(300):
        clock.seconds = float(step)
        assert watch.observe(_found(clock.wall_ns(), size=step)).state == "wait"


def test_a_stamp_in_the_future_does_not_block_for_ever() -> None:
    clock = Clock()
    watch = _stability(clock)
    future = START + 3600 * SECOND
    assert watch.observe(_found(future)).state == "wait"
    clock.seconds = QUIET_S + 0.1
    assert watch.observe(_found(future)).state == "ready"


def test_a_clock_set_back_does_not_make_a_growing_file_ready() -> None:
    clock = Clock()
    watch = _stability(clock)
    for step in range(10):
        clock.seconds = float(step)
        changed = START + step * SECOND - 3600 * SECOND * (step % 2)
        if step % 2 == 0:
            assert watch.observe(_found(changed, size=step)).state == "wait"


def test_a_broken_quiet_file_gets_time_before_it_is_called_damaged() -> None:
    clock = Clock()
    watch = _stability(clock, "ends in the middle of its pixel data")
    assert watch.observe(_found(START - int(QUIET_S * SECOND) - 1)).state == "wait"
    clock.seconds = GRACE_S
    verdict = watch.observe(_found(START - int(QUIET_S * SECOND) - 1))
    assert (verdict.state, verdict.reason) == ("invalid", "ends in the middle of its pixel data")


def test_a_file_that_vanishes_is_waited_for() -> None:
    clock = Clock()

    def gone(path: Path) -> str | None:
        raise FileNotFoundError(path)

    watch = Stability(wall_ns=clock.wall_ns, monotonic=clock.monotonic, check=gone)
    assert watch.observe(_found(START - 60 * SECOND)).state == "wait"
