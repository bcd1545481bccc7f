"""Let engines stack the same frames in turn, so that their ratios hold on a shared machine."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.engines import Engine
from benchmarks.process import ProcessFailed, Run, median, timed


@dataclass(frozen=True, slots=True)
class Turns:
    """How often every engine runs, and after how many seconds a process is ended."""

    rounds: int
    limit_s: float


def say(*words: str) -> None:
    """Tell how far it is, apart from the result."""
    print(*words, file=sys.stderr, flush=True)


def once(engine: Engine, frames: list[Path], limit_s: float) -> Run:
    """Let an engine make one TIFF, which is thrown away. Raises ProcessFailed."""
    with tempfile.TemporaryDirectory() as scratch:
        run = timed(engine.commands(frames, Path(scratch, "out.tif")), Path(scratch), limit_s)
    say(f"  {engine.name}: {run.wall_s:.1f} s, {run.cpu_s:.1f} CPU s, {run.peak_mb:.0f} MB")
    return run


def in_turn(engines: Sequence[Engine], frames: list[Path], turns: Turns) -> dict[str, Run | str]:
    """Return the median run of each engine by name, or why it failed."""
    runs: dict[str, list[Run]] = {engine.name: [] for engine in engines}
    failed: dict[str, str] = {}
    for _ in range(turns.rounds):
        for engine in engines:
            if engine.name in failed:
                continue
            try:
                runs[engine.name].append(once(engine, frames, turns.limit_s))
            except ProcessFailed as error:
                failed[engine.name] = str(error)
    return {name: failed.get(name) or median(each) for name, each in runs.items()}
