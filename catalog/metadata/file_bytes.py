"""Look at the bytes of a file without loading it: pages are read when they are asked for, and kept.

A mapped file would be simpler, but a card that is pulled out, or a file that is cut short while it is read, then kills
the whole process; here both are an OSError.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import overload

from catalog.metadata.errors import BrokenHeaderError

PAGE = 32_768
_MOST_PAGES = 1024
"""32 MB; no header needs a tenth of it, and what damage makes us look at is read again."""

_FARTHEST = 67_108_864


class FileBytes:
    """The bytes of a file, indexed and sliced like `bytes` but never from behind."""

    __slots__ = ("_pages", "_read", "_size")

    def __init__(self, read: Callable[[int, int], bytes], size: int) -> None:
        self._read, self._size = read, size
        self._pages: dict[int, bytes] = {}

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, key: int) -> int: ...
    @overload
    def __getitem__(self, key: slice[int, int, None]) -> bytes: ...
    def __getitem__(self, key: int | slice[int, int, None]) -> int | bytes:
        if isinstance(key, int):
            if not 0 <= key < self._size:
                raise BrokenHeaderError("it points outside the file")
            return self._page(key // PAGE)[key % PAGE]
        start, stop = max(key.start, 0), min(key.stop, self._size)
        if stop <= start:
            return b""
        first, last = start // PAGE, (stop - 1) // PAGE
        if first == last:
            return self._page(first)[start - first * PAGE : stop - first * PAGE]
        whole = b"".join(self._page(index) for index in range(first, last + 1))
        return whole[start - first * PAGE : stop - first * PAGE]

    def _page(self, index: int) -> bytes:
        page = self._pages.get(index)
        if page is None:
            if len(self._pages) >= _MOST_PAGES:
                self._pages.clear()
            wanted = min(PAGE, self._size - index * PAGE)
            page = self._read(index * PAGE, wanted)
            if len(page) != wanted:
                raise OSError("it was cut short while it was read")
            self._pages[index] = page
        return page

    def rfind(self, needle: bytes, start: int) -> int:
        """Give where `needle` last begins at or after `start`, or -1; looks from the end, page by page, 64 MB far."""
        stop, start = self._size, max(start, self._size - _FARTHEST)
        while stop > start:
            begin = max(start, stop - PAGE)
            # Overlap by what a needle across the border needs.
            found = self._read(begin, min(stop + len(needle) - 1, self._size) - begin).rfind(needle)
            if found >= 0:
                return begin + found
            stop = begin
        return -1


def in_memory(data: bytes) -> FileBytes:
    """Look at bytes that are already loaded as if they were a file."""
    return FileBytes(lambda start, size: data[start : start + size], len(data))


@contextmanager
def open_bytes(path: Path) -> Iterator[FileBytes]:
    """Open a file to look at its bytes; raises OSError, also for a pipe or a device, which might never answer."""
    # Without waiting, or opening a pipe would last until somebody writes to it.
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        known = os.fstat(number)
        if stat.S_ISDIR(known.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(known.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        yield FileBytes(lambda start, size: os.pread(number, size, start), known.st_size)
    finally:
        os.close(number)
