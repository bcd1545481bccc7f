"""Write a file whole or not at all: beside its target, flushed to the disk, then renamed over it."""

from __future__ import annotations

import contextlib
import itertools
import os
import platform
import re
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path

from develop.errors import WriteError

PART_SUFFIX = ".stackroom-part"
_HOST = re.sub(r"[^A-Za-z0-9]", "", platform.node())[:16] or "here"
_PART = re.compile(r"^\..*\.([A-Za-z0-9]+)-(\d+)-\d+" + re.escape(PART_SUFFIX) + "$")
_STALE_S = 24 * 3600
_numbers = itertools.count()
_in_hand: set[Path] = set()
"""What this process is writing at the moment, so that a sweep in another thread spares it."""


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    """Make a folder's new name survive a power cut."""
    with contextlib.suppress(OSError):  # Windows cannot open a folder, some network shares cannot flush one
        _sync(folder, os.O_RDONLY)


Place = Callable[[Path, Path], object]
"""Gives a finished file its name: what is whole under the first path is from now on found under the second."""


@contextlib.contextmanager
def beside(path: Path, place: Place = Path.replace) -> Iterator[Path]:
    """Yield a temporary path beside `path` to write to; at the end it takes the place of `path`, whole and on disk.

    Every file of ours that matters is written through here. Nothing is left behind on an error. Raises OSError.
    """
    partial = path.with_name(f".{path.name[:48]}.{_HOST}-{os.getpid()}-{next(_numbers)}{PART_SUFFIX}")
    _in_hand.add(partial)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        _sync(partial, os.O_RDWR)
        place(partial, path)
        _sync_folder(path.parent)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        _in_hand.discard(partial)


def link(partial: Path, path: Path) -> None:
    """Give a finished file a name that is free; a `Place` that never replaces. Raises FileExistsError."""
    try:
        os.link(partial, path)  # unlike a rename, a link never replaces what is there
    except FileExistsError:
        raise
    except OSError:  # no hard links on exFAT and some network shares
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        partial.replace(path)


_place: ContextVar[Place] = ContextVar("_place", default=Path.replace)


@contextlib.contextmanager
def placing(place: Place) -> Iterator[None]:
    """Let `place` give what `write_beside` finishes within the block its name, whichever codec writes it."""
    before = _place.set(place)
    try:
        yield
    finally:
        _place.reset(before)


@contextlib.contextmanager
def write_beside(path: Path) -> Iterator[Path]:
    """Write a result by `beside`. Raises WriteError for what the disk or its permissions refuse."""
    try:
        with beside(path, _place.get()) as partial:
            yield partial
    except OSError as error:
        raise WriteError(path, error) from error


def is_alive(pid: int) -> bool:
    """Say whether a process of this machine is there and has not ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Say whether a process has ended and only waits for its parent to notice; in a container that may be for ever."""
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except (OSError, IndexError):
        return False  # no Linux, or gone meanwhile
    return state in (b"Z", b"X")


def _is_left(part: Path) -> bool:
    match = _PART.match(part.name)
    if match is None or part in _in_hand:
        return False
    if match[1] == _HOST:
        return int(match[2]) == os.getpid() or not is_alive(int(match[2]))
    # Another machine on the same share may be at work on it; nothing takes it a day.
    return time.time() - part.stat().st_mtime > _STALE_S


def sweep(folder: Path) -> int:
    """Remove what processes that are gone left half-written below `folder`. Returns how many files."""
    removed = 0
    for part in folder.rglob(f".*{PART_SUFFIX}"):
        with contextlib.suppress(OSError):
            if _is_left(part):
                part.unlink(missing_ok=True)
                removed += 1
    return removed
