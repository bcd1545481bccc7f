"""Stop when asked: the first Ctrl-C or TERM lets the work at hand be handed back, a second Ctrl-C ends it at once."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def stopping() -> Iterator[threading.Event]:
    """Yield an event that is set when the user or the system asks to stop; raise KeyboardInterrupt after a Ctrl-C.

    An exception thrown from a signal may land in a callback that swallows it; an event cannot be lost.
    """
    stop = threading.Event()
    interrupted = threading.Event()

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt
        interrupted.set()
        stop.set()

    before = signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupted.is_set():
        raise KeyboardInterrupt
