"""Do one thing to many items in several processes, in their order."""

from __future__ import annotations

import gc
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from itertools import chain, islice
from typing import TypeVar

from catalog.worker_process import WORKERS, work_for_parent

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_AHEAD = 2


def processors() -> int:
    """Give how many processes this machine runs at a time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start() -> None:
    """Prepare a process: leave Ctrl-C to the one that started it, and end when that one dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    work_for_parent()
    # Work here makes no cycles of objects: to look for them takes a tenth of its time.
    gc.disable()


def _settled(work: Callable[[_Item], _Result], item: _Item, result: Future[_Result]) -> _Result:
    """Give a result; where the process that should have given it is gone, do its work here."""
    try:
        return result.result()
    except BrokenExecutor:
        return work(item)


def mapped(work: Callable[[_Item], _Result], items: Iterable[_Item], few: int) -> Iterator[_Result]:
    """Give `work(item)` for each item, holding some at a time; in this process alone where there are `few` or less.

    `work`, items and results must pickle.
    """
    remaining, processes = iter(items), processors()
    first = list(islice(remaining, few + 1))
    if len(first) <= few or processes < 2:
        yield from map(work, chain(first, remaining))
        return
    waiting: deque[tuple[_Item, Future[_Result]]] = deque()
    with ProcessPoolExecutor(processes, WORKERS, _start) as pool:
        for item in chain(first, remaining):
            try:
                waiting.append((item, pool.submit(work, item)))
            except BrokenExecutor:
                waiting.append((item, _failed()))
            if len(waiting) >= _AHEAD * processes:
                yield _settled(work, *waiting.popleft())
        while waiting:
            yield _settled(work, *waiting.popleft())


def _failed() -> Future[_Result]:
    failed: Future[_Result] = Future()
    failed.set_exception(BrokenExecutor())
    return failed
