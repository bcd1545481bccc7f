"""Time stands still: all of the daemon is suspended, its workers are stopped for ever, a frame hangs its decoder."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.torture.kills import STACKS, make_card, worker_pids
from tests.torture.truth import Place, once_each, stop, verify, wait_for

HELD_S = 75.0
"""Longer than any pause that the daemon takes for its own, and than workers may say nothing."""
HANG_S = 12
"""Far less than a library's own limit, and more than a small stack takes between two words."""


def _impatient(root: Path) -> Place:
    """Lay out a library whose workers are taken to hang after seconds."""
    place = Place.at(root)
    place.lib.mkdir()
    (place.lib / "stackroom.toml").write_text(f"hang_s = {HANG_S}\n")
    return place


def _wait_for_middle(place: Place) -> None:
    """Wait until some of a card is stacked and more of it is at hand."""
    running = "SELECT 1 FROM job WHERE state = 'running'"
    wait_for(lambda: place.stacked() > 0 and bool(place.rows(running)), "the middle of a card")


@contextlib.contextmanager
def _stopped(pids: Sequence[int]) -> Iterator[None]:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def suspended(root: Path) -> str:
    """Stop all of the daemon in the middle of a card, for longer than workers may say nothing; let it go on."""
    place = _impatient(root)
    card = make_card(root)
    daemon = place.start(card)
    _wait_for_middle(place)
    with _stopped([daemon.pid, *worker_pids(daemon.pid)]):
        before = place.stacked()
        time.sleep(HELD_S)
    wait_for(lambda: place.stacked() == STACKS, "all stacked after the suspension")
    stop(daemon)
    said = place.said()
    assert not [word for word in ("died", "said nothing", "hang") if word in said], said
    assert not place.rows("SELECT 1 FROM job WHERE state <> 'done' OR attempts"), "a job was tried more than once"
    verify(place, once_each(card), STACKS)
    return f"held for {HELD_S:.0f} s after {before} of {STACKS}; all stacked at the first try, none blamed"


def worker_stopped(root: Path) -> str:
    """Stop the workers for ever while they work: their jobs are taken back and done by others, and nobody is blamed."""
    place = _impatient(root)
    card = make_card(root)
    daemon = place.start(card)
    _wait_for_middle(place)
    with _stopped(pids := worker_pids(daemon.pid)):
        before = place.stacked()
        took = wait_for(lambda: place.stacked() == STACKS, "all stacked beside workers that are stopped")
        assert not place.rows("SELECT 1 FROM job WHERE state <> 'done' OR attempts"), "a job was blamed"
        ended = stop(daemon)
    verify(place, once_each(card), STACKS)
    said = f"all stacked {took:.0f} s later, the daemon ended in {ended:.1f} s"
    return f"{len(pids)} stopped after {before} of {STACKS}; {said}"


HANGING = """
import os, signal, sys
def _audit(event, arguments):
    if event == "open" and "IMG_0006" in str(arguments[0]) and "spawn_main" in " ".join(sys.orig_argv):
        os.kill(os.getpid(), signal.SIGSTOP)
sys.addaudithook(_audit)
"""


def frame_hangs(root: Path) -> str:
    """Let every worker hang that opens one certain frame: it is set aside with a clear word, the others are stacked."""
    place = _impatient(root)
    card = make_card(root, stacks := 4)
    hook = root / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(HANGING)
    done = subprocess.run(
        place.watch(card, once=True), capture_output=True, text=True, timeout=600, check=False,
        env={**os.environ, "PYTHONPATH": f"{hook}:{Path.cwd()}"},
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert place.stacked() == stacks - 1, "one frame that hangs held up others"
    [(attempts, error)] = place.rows("SELECT attempts, error FROM job WHERE state = 'failed'")
    assert attempts == 3, attempts
    assert f"said nothing for {HANG_S} s" in error, error
    place.run("jobs", "retry")
    place.once(card)
    verify(place, once_each(card), stacks)
    return (
        f"the one that hangs set aside after {attempts} tries ({error}), {stacks - 1} others stacked, then retried well"
    )
