"""Killed at random moments: the daemon, its workers, and a worker that dies in its decoder."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from pathlib import Path

from tests import cards
from tests.torture.truth import Place, once_each, stop, verify, wait_for

STACKS = 6


def make_card(root: Path, stacks: int = STACKS) -> Path:
    """Write a card of so many runs of four frames."""
    for number in range(stacks):
        focus = tuple(0.3 + 0.01 * step for step in range(4))
        cards.write_run(root / "card", cards.Run(first=1 + 4 * number, focus_m=focus, start_s=90 * number, seed=number))
    return root / "card"


def worker_pids(parent: int) -> list[int]:
    """Return the pids of the daemon's worker processes."""
    listed = subprocess.run(
        ["ps", "--ppid", str(parent), "-o", "pid=,args="], capture_output=True, text=True, check=False
    )
    lines = (line.split(None, 1) for line in listed.stdout.splitlines())
    return [int(pid) for pid, arguments in lines if "spawn_main" in arguments]


def daemon_killed(root: Path, times: int) -> str:
    """Kill the daemon with -9 at random moments of its work, again and again, on a library made anew when done."""
    chance = random.Random(11)
    killed = libraries = 0
    while killed < times:
        place = Place.at(root / f"round{libraries}")
        place.root.mkdir(parents=True)
        card = make_card(place.root)
        for _ in range(min(10, times - killed)):
            child = place.start(card)
            time.sleep(chance.uniform(0.4, 4.5))
            child.kill()
            child.wait()
            killed += 1
        place.once(card)
        verify(place, once_each(card), STACKS)
        libraries += 1
    return f"{killed} kills over {libraries} libraries"


def workers_killed(root: Path, times: int) -> str:
    """Kill a random worker with -9 at random moments while the daemon goes on, on a library made anew when done."""
    chance = random.Random(12)
    killed = libraries = 0
    while killed < times:
        place = Place.at(root / f"round{libraries}")
        place.root.mkdir(parents=True)
        killed += _workers_killed_once(place, min(10, times - killed), chance)
        libraries += 1
    return f"{killed} workers killed over {libraries} libraries"


def _workers_killed_once(place: Place, times: int, chance: random.Random) -> int:
    """Kill up to so many workers of a daemon until it has stacked a card all the same; return how many."""
    card = make_card(place.root)
    daemon = place.start(card)
    wait_for(lambda: bool(worker_pids(daemon.pid)), "a worker")
    killed = 0
    deadline = time.monotonic() + 60 + 20 * times
    while killed < times and place.stacked() < STACKS:
        assert time.monotonic() < deadline, f"stuck after {killed} kills: {place.said()}"
        time.sleep(chance.uniform(0.1, 1.5))
        workers = worker_pids(daemon.pid)
        if workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(workers), signal.SIGKILL)
                killed += 1
        _retry_failed(place)
    wait_for(lambda: _retry_failed(place) or place.stacked() == STACKS, "all stacked after workers were killed", 200)
    wait_for(lambda: not place.rows("SELECT 1 FROM job WHERE state <> 'done'"), "all recorded")
    assert daemon.poll() is None, place.said()
    stop(daemon)
    verify(place, once_each(card), STACKS)
    return killed


def _retry_failed(place: Place) -> bool:
    """Ask again for jobs that were set aside: a worker killed three times while alone looks like a frame's doing."""
    if place.stacked() < STACKS and place.rows("SELECT 1 FROM job WHERE state = 'failed'"):
        place.run("jobs", "retry")
    return False


CRASHING = """
import os, signal, sys
def _audit(event, arguments):
    if event == "open" and "IMG_0006" in str(arguments[0]) and "spawn_main" in " ".join(sys.orig_argv):
        os.kill(os.getpid(), signal.SIGSEGV)
sys.addaudithook(_audit)
"""


def decoder_crashes(root: Path) -> str:
    """Let a worker die of SIGSEGV each time that it opens one certain frame."""
    place = Place.at(root)
    card = make_card(root, stacks := 4)
    hook = root / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(CRASHING)
    done = subprocess.run(
        place.watch(card, once=True), capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "PYTHONPATH": f"{hook}:{Path.cwd()}"},
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert place.stacked() == stacks - 1, "one crashing frame held up others"
    [(attempts, error)] = place.rows("SELECT attempts, error FROM job WHERE state = 'failed'")
    assert attempts == 3, attempts
    assert "died" in error, error
    place.run("jobs", "retry")
    place.once(card)
    verify(place, once_each(card), stacks)
    return f"the crashing one set aside after {attempts} tries, {stacks - 1} others stacked, then retried well"


def stopped_gracefully(root: Path) -> str:
    """TERM in the middle of the work: jobs handed back within 10 s, nothing half-written left."""
    place = Place.at(root)
    card = make_card(root)
    slowest = 0.0
    for pause in (0.8, 1.5, 2.5, 4.0):
        daemon = place.start(card)
        time.sleep(pause)
        slowest = max(slowest, stop(daemon, maybe_loading=True))
        if (place.lib / "catalog.sqlite").exists():
            assert not place.rows("SELECT id FROM job WHERE state = 'running'")
    place.once(card)
    verify(place, once_each(card), STACKS)
    return f"4 stops, the slowest in {slowest:.1f} s"
