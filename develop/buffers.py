"""Lend memory for pictures again and again: fresh memory costs as much as half the decoding of a JPEG into it."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from math import prod
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SPARE = 3


class Buffers:
    """Memory for arrays that is taken back when the last view of an array is gone. Safe to use from several threads.

    Up to three pieces lie ready; all goes back to the system with this object.
    """

    def __init__(self) -> None:
        self._lock, self._spare = Lock(), list[NDArray[np.uint8]]()

    def empty(self, shape: tuple[int, ...], dtype: type[np.generic] = np.uint8) -> NDArray[Any]:
        """Return an array of `shape` and `dtype` that holds anything at all."""
        wanted = prod(shape) * np.dtype(dtype).itemsize
        memory = self._taken(wanted)
        piece = memory if memory is not None else np.empty(wanted, np.uint8)
        return lent(piece, shape, dtype, back=lambda: self._back(piece))

    def _taken(self, wanted: int) -> NDArray[np.uint8] | None:
        with self._lock:
            # Whoever asks for another size has done with the last one.
            self._spare = [memory for memory in self._spare if memory.nbytes == wanted]
            return self._spare.pop() if self._spare else None

    def _back(self, memory: NDArray[np.uint8]) -> None:
        with self._lock:
            self._spare = [*self._spare[-_SPARE + 1 :], memory]


def lent(
    memory: NDArray[np.uint8], shape: tuple[int, ...], dtype: type[np.generic], back: Callable[[], None]
) -> NDArray[Any]:
    """Return the beginning of `memory` as an array; `back` is called when it and all views of it are gone."""
    loan = _Loan(memory, shape, dtype)
    weakref.finalize(loan, back).atexit = False
    return np.asarray(loan)


class _Loan:
    """What an array and all views of it hold on to."""

    def __init__(self, memory: NDArray[np.uint8], shape: tuple[int, ...], dtype: type[np.generic]) -> None:
        self.memory = memory
        self.__array_interface__ = memory.__array_interface__ | {"shape": shape, "typestr": np.dtype(dtype).str}
