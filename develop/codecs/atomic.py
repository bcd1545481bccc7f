"""Write a file whole or not at all: beside its target, flushed to the disk, then renamed over it."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path

from develop.errors import WriteError

PART_SUFFIX = ".stackroom-part"
_PART = re.compile(r"^\..*\.(\d+)-\d+" + re.escape(PART_SUFFIX) + "$")
_numbers = itertools.count()


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # Windows cannot open a folder, some network shares cannot flush one
        _sync(folder, os.O_RDONLY)


@contextlib.contextmanager
def write_beside(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` to write to; at the end it takes the place of `path`, whole and on disk.

    Nothing is left behind on an error. Raises WriteError for what the disk or its permissions refuse.
    """
    partial = path.with_name(f".{path.name[:48]}.{os.getpid()}-{next(_numbers)}{PART_SUFFIX}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        _sync(partial, os.O_RDWR)
        partial.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise WriteError(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def sweep(folder: Path) -> int:
    """Remove what dead processes left half-written below `folder`. Returns how many files."""
    removed = 0
    for left in folder.rglob(f".*{PART_SUFFIX}"):
        match = _PART.match(left.name)
        if match and not (int(match[1]) != os.getpid() and _is_alive(int(match[1]))):
            left.unlink(missing_ok=True)
            removed += 1
    return removed
