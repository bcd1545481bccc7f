"""Read frames ahead in other threads, and take them in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from itertools import islice
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def ordered(
    pool: Executor, load: Callable[[Key], Value], keys: Iterable[Key], ahead: int
) -> Iterator[tuple[Key, Value]]:
    """Yield (key, load(key)) in the order of `keys`; up to `ahead` of them are loaded while one is in use.

    Loading begins with the call, before anything is asked for.
    """
    rest = iter(keys)
    waiting = deque((key, pool.submit(load, key)) for key in islice(rest, ahead))
    return _following(pool, load, rest, waiting)


def _following(
    pool: Executor, load: Callable[[Key], Value], rest: Iterator[Key], waiting: deque[tuple[Key, Future[Value]]]
) -> Iterator[tuple[Key, Value]]:
    for key in rest:
        waiting.append((key, pool.submit(load, key)))
        yield _first(waiting)
    while waiting:
        yield _first(waiting)


def _first(waiting: deque[tuple[Key, Future[Value]]]) -> tuple[Key, Value]:
    key, future = waiting.popleft()
    return key, future.result()
