"""A process that works for another one, and ends when that one dies."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Final

from develop.allocator import keep_little


class _Worker(SpawnProcess):
    def start(self) -> None:
        """Start with Ctrl-C put off: one that fell into the loading of the worker would end it with a traceback."""
        resource_tracker.ensure_running()  # which lets the signal through again when it starts its own process
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Workers(SpawnContext):
    Process = _Worker


WORKERS: Final = _Workers()
"""Where all workers come from; what they do about Ctrl-C they say before they call `work_for_parent`."""


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def work_for_parent() -> None:
    """Make this process a worker: sparing of memory and processors, and gone when the one that started it dies.

    By itself it would wait for work for ever. To be called before numpy is loaded, whose linear algebra would wait
    for its own threads spinning, on processors that others could use.
    """
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    keep_little()
    threading.Thread(target=_end_with_parent, daemon=True).start()
