"""Make a process that works on pictures keep less memory than it gave back."""

from __future__ import annotations

import contextlib
import ctypes

# Of mallopt(3).
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE = 8 << 20
_SPARE = 64 << 20
_HEAPS = 2


def give_back() -> None:
    """Give freed memory back to the system, so that what is claimed next need not be new to it."""
    with contextlib.suppress(TypeError, AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def keep_little() -> None:
    """Give large pieces back to the system when they are freed, and let all threads share two heaps.

    By itself, glibc gives each thread a heap of its own and keeps pieces of up to 32 MB in them: a stack of 24 MP
    frames takes a sixth more memory so, and as first touching memory is dear, a twentieth more time. Other C libraries
    are left as they are. To be called before the process has threads.
    """
    with contextlib.suppress(TypeError, AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in ((_M_MMAP_THRESHOLD, _LARGE), (_M_TRIM_THRESHOLD, _SPARE), (_M_ARENA_MAX, _HEAPS)):
            mallopt(option, value)
