"""One stretch of memory, used twice: by planes that come and go, and after them by one large array.

Memory that was never written to before costs more than what is done in it. While frames are looked at, their energies
need much of it; when the picture is mixed they are gone, and its sums can lie where they were.
"""

from __future__ import annotations

import contextlib
import mmap
from math import prod
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from develop.allocator import give_back
from develop.buffers import lent

_STRIP = 1 << 24


class Ground:
    """Memory of `room` bytes, cut into places of `plane` bytes; what finds no room gets memory of its own.

    Safe to use from several threads.
    """

    def __init__(self, room: int = 0, plane: int = 1) -> None:
        """Claim the memory; the system gives it as it is written to."""
        self._memory = apart((room,)) if room else np.empty(0, np.uint8)
        self._plane = plane
        self._lock, self._free = Lock(), set(range(room // plane))
        self._places = len(self._free)

    def plane(self, shape: tuple[int, int], dtype: type[np.generic] = np.uint8) -> NDArray[Any]:
        """Return a plane that holds anything at all: here while there is room, or in memory of its own."""
        length = prod(shape) * np.dtype(dtype).itemsize
        places = self._taken(-(-length // self._plane))
        if not places:
            return apart((length,)).view(dtype).reshape(shape)
        memory = self._memory[places[0] * self._plane : (places[-1] + 1) * self._plane]
        return lent(memory, shape, dtype, back=lambda: self._back(places))

    def _taken(self, many: int) -> range:
        """Claim so `many` places that lie side by side; none where there are not so many."""
        with self._lock:
            run = 0
            for place in sorted(self._free, reverse=True):
                run = run + 1 if place + 1 in self._free else 1
                if run == many:
                    found = range(place, place + many)
                    self._free.difference_update(found)
                    return found
        return range(0)

    def _back(self, places: range) -> None:
        with self._lock:
            self._free.update(places)

    def zeros(self, shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any]:
        """Return an array of zeros, for good: in place of the planes where none is left and it has room."""
        length = prod(shape) * np.dtype(dtype).itemsize
        with self._lock:
            empty = len(self._free) == self._places and 0 < length <= self._memory.nbytes
            if empty:
                self._free, self._places = set(), -1
        give_back()
        if not empty:
            return np.zeros(shape, dtype)
        memory, self._memory = self._memory[:length], self._memory[:0]
        for start in range(0, length, _STRIP):
            memory[start : start + _STRIP] = 0
        return memory.view(dtype).reshape(shape)


def apart(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return memory of its own, which goes back to the system as soon as it is given up, whatever lies around it."""
    length = prod(shape)
    private = hasattr(mmap, "MAP_PRIVATE")
    memory = mmap.mmap(-1, length, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) if private else mmap.mmap(-1, length)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # a system without huge pages does without
            memory.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(memory, np.uint8).reshape(shape)
