"""Measure what previews show, in worker processes: no decoder runs in the daemon."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, wait
from dataclasses import asdict
from pathlib import Path
from typing import Any

from watcher.engine import end_workers, prepare_worker

WIDTH = 512
_CHUNK = 64
_PROCESSES = 2
_NICENESS = 5
_ASK_S = 0.2
"""How often somebody is asked whether to stop."""

Measured = dict[int, dict[str, Any]]
Chunk = list[tuple[int, str]]


def _measure_all(chunk: Chunk) -> Measured:
    import numpy as np  # noqa: PLC0415 - this runs in the worker; the daemon must not load it

    from develop import decode  # noqa: PLC0415
    from develop.errors import DevelopError  # noqa: PLC0415
    from stacker import previews  # noqa: PLC0415

    found: Measured = {}
    for capture, path in chunk:
        try:
            pixels = decode.read_reduced(Path(path), WIDTH).pixels
            if pixels.dtype == np.uint16:
                pixels = (pixels >> 8).astype(np.uint8)
            found[capture] = asdict(previews.measure(pixels))
        except (DevelopError, OSError, ValueError):
            continue
    return found


def _finish(running: dict[Future[Measured], Chunk], found: Measured, stop: Callable[[], bool]) -> list[Chunk]:
    """Wait for all that runs, or until told to stop; return the chunks that were lost with their worker, in order."""
    waiting = set(running)
    while waiting and not stop():
        _, waiting = wait(waiting, timeout=_ASK_S)
    lost = []
    for future, chunk in running.items():
        if not future.done():
            continue
        if isinstance(future.exception(), BrokenExecutor):
            lost.append(chunk)
        else:
            found |= future.result()
    return lost


def _halves(chunk: Chunk) -> list[Chunk]:
    """Cut a chunk in two; a single picture that takes its worker down is left out."""
    middle = len(chunk) // 2
    return [chunk[:middle], chunk[middle:]] if middle else []


def measure(previews: Mapping[int, Path], stop: Callable[[], bool]) -> Measured:
    """Return the evidence of each picture that can be read, by capture; what there is of it when told to stop.

    A picture that takes its decoder down is found by halving, and is the only one that stays unmeasured.
    """
    items = [(capture, str(path)) for capture, path in sorted(previews.items())]
    waiting = [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]
    found: Measured = {}
    context = multiprocessing.get_context("spawn")
    processes = _PROCESSES
    while waiting and not stop():
        pool = ProcessPoolExecutor(min(processes, len(waiting)), context, prepare_worker, (_NICENESS,))
        try:
            lost = _finish({pool.submit(_measure_all, chunk): chunk for chunk in waiting}, found, stop)
        finally:
            end_workers(pool)
        # With one worker, chunks are taken in order: the first that is lost was at hand when it died.
        waiting = [*_halves(lost[0]), *lost[1:]] if lost and processes == 1 else lost
        processes = 1
    return found
