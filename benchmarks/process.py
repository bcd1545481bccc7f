"""Run whole processes to their end and say what they took."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class ProcessFailed(Exception):
    """A process ended with an error or took too long; the words are its last."""


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds on the clock, seconds of all processors, and the largest resident size of one process in MB (1e6)."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def timed(commands: list[list[str]], folder: Path, limit_s: float) -> Run:
    """Run `commands` one after the other in `folder`, children and all. Raises ProcessFailed."""
    runs = [_timed(command, folder, limit_s) for command in commands]
    return Run(sum(run.wall_s for run in runs), sum(run.cpu_s for run in runs), max(run.peak_mb for run in runs))


def _timed(command: list[str], folder: Path, limit_s: float) -> Run:
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said, start_new_session=True)
        limit = threading.Timer(limit_s, os.killpg, (process.pid, signal.SIGKILL))
        limit.start()
        _, status, usage = os.wait4(process.pid, 0)
        limit.cancel()
        wall = time.perf_counter() - start
        # Told, so that Popen does not wait for a process that is gone.
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise ProcessFailed(f"took more than {limit_s:.0f} s" if wall >= limit_s else _last_words(said.read()))
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)


def _last_words(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines() or ["said nothing"]
    return lines[-1].strip()[:100]


def median(runs: Iterable[Run]) -> Run:
    """Return the median of each figure."""
    every = list(runs)
    return Run(
        statistics.median(run.wall_s for run in every),
        statistics.median(run.cpu_s for run in every),
        statistics.median(run.peak_mb for run in every),
    )
