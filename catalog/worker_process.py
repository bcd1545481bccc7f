"""A process that works for another one, and ends when that one dies."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import threading


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def follow_parent() -> None:
    """Make this worker process end when the one that started it dies; by itself it would wait for work for ever."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
