"""A process that works for another one, and ends when that one dies."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import threading

from develop.allocator import keep_little


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
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    keep_little()
    threading.Thread(target=_end_with_parent, daemon=True).start()
