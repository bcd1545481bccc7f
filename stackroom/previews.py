"""Measure what previews show, in worker processes: no decoder runs in the daemon."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, wait
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from catalog.worker_process import WORKERS
from watcher.engine import end_workers, prepare_worker

WIDTH = 512
_CHUNK = 64
_PROCESSES = 2
_NICENESS = 5
IDLE_S = 600.0
"""Workers that nobody needed for so long are ended."""
PATIENCE_S = 30.0
PICTURE_S = 5.0
"""A worker that took longer than this for each of its pictures, and that for its start, hangs."""
_ASK_S = 0.2
"""How often somebody is asked whether to stop."""

Measured = dict[int, dict[str, Any]]
Chunk = list[tuple[int, str]]


def _load() -> None:
    from develop import decode  # noqa: F401, PLC0415 - this runs in the worker
    from stacker import previews  # noqa: F401, PLC0415


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
    """Wait for all that runs, or until told to stop; return the chunks that were lost with their worker, in order.

    Workers of which none has finished a chunk for very long hang. Only time in which this process waited counts.
    """
    waiting = set(running)
    patience_s = left_s = PATIENCE_S + PICTURE_S * max(map(len, running.values()))
    while waiting and left_s > 0 and not stop():
        done, waiting = wait(waiting, timeout=_ASK_S)
        left_s = patience_s if done else left_s - _ASK_S
    lost = []
    for future, chunk in running.items():
        if not future.done():
            if left_s <= 0:
                lost.append(chunk)
        elif isinstance(future.exception(), BrokenExecutor):
            lost.append(chunk)
        else:
            found |= future.result()
    return lost


def _submitted(pool: ProcessPoolExecutor, chunk: Chunk) -> Future[Measured]:
    """Give a chunk to the pool; one whose worker died while it was idle loses the chunk like any other."""
    try:
        return pool.submit(_measure_all, chunk)
    except BrokenExecutor as error:
        lost: Future[Measured] = Future()
        lost.set_exception(error)
        return lost


def _singly(chunk: Chunk) -> list[Chunk]:
    """Take a chunk apart; a single picture that takes its worker down is left out."""
    return [[picture] for picture in chunk] if len(chunk) > 1 else []


class Measuring:
    """Measures previews, in workers that stay for the next ones: starting them takes longer than a few pictures.

    One thread at a time may call it; another may tell it to `rest`.
    """

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._busy = threading.Lock()
        self._used = 0.0

    def __call__(self, previews: Mapping[int, Path], stop: Callable[[], bool]) -> Measured:
        """Return the evidence of each picture that can be read, by capture; what there is of it when told to stop.

        A picture that ends its decoder, or hangs it, is the only one that stays unmeasured.
        """
        items = [(capture, str(path)) for capture, path in sorted(previews.items())]
        waiting = [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]
        found: Measured = {}
        with self._busy:
            if len(waiting) > 1:
                waiting = self._run(waiting, found, stop)
            while waiting and not stop():
                # With one chunk at a time, what is lost is what was at hand when the worker died.
                lost = self._run(waiting[:1], found, stop)
                waiting = [*(single for chunk in lost for single in _singly(chunk)), *waiting[1:]]
            self._used = time.monotonic()
        return found

    def prepare(self) -> None:
        """Start a worker: somebody shoots, and will wait for the sequence that the next frame belongs to."""
        if self._pool is not None or not self._busy.acquire(blocking=False):
            return
        try:
            self._started().submit(_load)
            self._used = time.monotonic()
        finally:
            self._busy.release()

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(_PROCESSES, WORKERS, prepare_worker, (_NICENESS,))
        return self._pool

    def _run(self, chunks: list[Chunk], found: Measured, stop: Callable[[], bool]) -> list[Chunk]:
        pool = self._started()
        lost = _finish({_submitted(pool, chunk): chunk for chunk in chunks}, found, stop)
        if lost or stop():
            self._end()
        return lost

    def _end(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            end_workers(pool)

    def rest(self, after_s: float = IDLE_S) -> None:
        """End workers that nobody needed for a while."""
        if self._pool is None or not self._busy.acquire(blocking=False):
            return
        try:
            if time.monotonic() - self._used >= after_s:
                self._end()
        finally:
            self._busy.release()

    def close(self) -> None:
        """End the workers; waits for a call that was told to stop."""
        with self._busy:
            self._end()


def measure(previews: Mapping[int, Path], stop: Callable[[], bool]) -> Measured:
    """Measure previews once, by workers that end with it."""
    with closing(Measuring()) as measuring:
        return measuring(previews, stop)
