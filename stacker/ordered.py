"""Read frames ahead in other threads, and take them in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def ordered(
    pool: Executor, load: Callable[[Key], Value], keys: Iterable[Key], ahead: int
) -> Iterator[tuple[Key, Value]]:
    """Yield (key, load(key)) in the order of `keys`; up to `ahead` of them are loaded while one is in use."""
    waiting: deque[tuple[Key, Future[Value]]] = deque()
    for key in keys:
        waiting.append((key, pool.submit(load, key)))
        if len(waiting) > ahead:
            yield _first(waiting)
    while waiting:
        yield _first(waiting)


def _first(waiting: deque[tuple[Key, Future[Value]]]) -> tuple[Key, Value]:
    key, future = waiting.popleft()
    return key, future.result()
