"""A worker that hangs is told from one that is slow, and from a daemon that was itself asleep."""

from __future__ import annotations

from dataclasses import dataclass

from watcher.silence import SILENT_S, Silence


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def looked(silence: Silence, clock: Clock, seconds: float, jobs: list[int]) -> bool:
    """Ask every half minute for so long."""
    alive = True
    for _ in range(int(seconds / 30)):
        clock.now += 30
        alive = silence.all_alive(jobs)
    return alive


def test_silence_of_one_job_is_noticed_whatever_the_others_say() -> None:
    clock = Clock()
    silence = Silence(clock=clock)
    silence.heard(1)
    silence.heard(2)
    assert looked(silence, clock, SILENT_S, [1, 2])
    silence.heard(2)
    assert not looked(silence, clock, 60, [1, 2])
    assert looked(silence, clock, 60, [2])


def test_who_slept_himself_blames_nobody() -> None:
    clock = Clock()
    silence = Silence(clock=clock)
    silence.heard(1)
    clock.now += 10 * SILENT_S
    assert silence.all_alive([1])
    assert looked(silence, clock, SILENT_S, [1])
    assert not looked(silence, clock, 60, [1])


def test_a_job_run_again_starts_anew() -> None:
    clock = Clock()
    silence = Silence(clock=clock)
    silence.heard(1)
    assert not looked(silence, clock, SILENT_S + 60, [1])
    silence.heard(1)
    assert looked(silence, clock, 60, [1])
