"""Carry copies into the library a few at a time: while one is read, those before it are flushed and read back."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from catalog.importing import Incoming
from watcher.folder import Found

AT_ONCE = 3
"""One is read, one flushed, one read back; a fourth would only wait for the same disk."""


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """A file that is being copied; `place` is where it will lie."""

    found: Found
    signature: str
    place: Path
    arriving: Future[Incoming]


@dataclass(slots=True)
class Carrying:
    """Copies that are on their way, in the order they set out. Ends with its block, when all have arrived or failed."""

    turn: AbstractContextManager[object] = field(default_factory=threading.Lock)
    """Held by the one that reads: a card gives its files quickest one after the other."""
    _files: deque[OnItsWay] = field(default_factory=deque)
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE, "copy"))

    @property
    def is_full(self) -> bool:
        """Whether as many are on their way as make sense."""
        return len(self._files) >= AT_ONCE

    @property
    def is_empty(self) -> bool:
        """Whether none is on its way."""
        return not self._files

    @property
    def size(self) -> int:
        """Bytes that the files on their way take."""
        return sum(file.found.size for file in self._files)

    def has_like(self, signature: str) -> bool:
        """Say whether a file on its way may be the same."""
        return any(file.signature == signature for file in self._files)

    def has_place(self, place: Path) -> bool:
        """Say whether a file on its way will lie there, on a disk that may not tell small letters from large."""
        return any(str(file.place).casefold() == str(place).casefold() for file in self._files)

    def send(self, found: Found, signature: str, place: Path, copy: Callable[[], Incoming]) -> None:
        """Let a file set out; `copy` brings it to its place, in a thread of its own."""
        self._files.append(OnItsWay(found, signature, place, self._threads.submit(copy)))

    def arrivals(self, leave: int = 0) -> Iterator[OnItsWay]:
        """Yield the files on their way, oldest first, until so many are left; asking for their result waits."""
        while len(self._files) > leave:
            yield self._files.popleft()

    def __enter__(self) -> Self:
        """Carry nothing yet."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Wait for those that are still on their way."""
        self._threads.shutdown(wait=True)
