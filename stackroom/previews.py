"""Measure what previews show, in a worker process: no decoder runs in the daemon."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from watcher.engine import follow_parent

WIDTH = 512
_CHUNK = 64
_PROCESSES = 2

Measured = dict[int, dict[str, Any]]


def _measure_all(chunk: list[tuple[int, str]]) -> Measured:
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


def measure(previews: Mapping[int, Path]) -> Measured:
    """Return the evidence of each picture that can be read, by capture.

    A picture that takes a decoder down takes its chunk with it: those stay unmeasured and their group undecided.
    """
    items = [(capture, str(path)) for capture, path in sorted(previews.items())]
    chunks = [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]
    found: Measured = {}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(_PROCESSES, len(chunks)), context, initializer=follow_parent) as pool:
        for future in [pool.submit(_measure_all, chunk) for chunk in chunks]:
            try:
                found |= future.result()
            except BrokenExecutor:
                continue
    return found
