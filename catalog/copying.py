"""Copy originals so that no copy is ever half there, wrong, or in place of another picture."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import xxhash

from catalog.errors import CopyDiffers, CopyStopped, SourceChanged
from develop.codecs import atomic

CHUNK = 1 << 20
"""Bytes read at a time, into memory that is used again: they stay in the processor's cache until they are hashed."""
EDGE = 64 << 10
"""Bytes at each end that the quick signature reads: headers and the end of the pixel data differ between captures."""

PART_SUFFIX = atomic.PART_SUFFIX


@dataclass(frozen=True, slots=True)
class Copied:
    """A verified copy."""

    path: Path
    size: int
    digest: str


class _Own(threading.local):
    """What each thread reads into."""

    def __init__(self) -> None:
        self.buffer = memoryview(bytearray(CHUNK))


_own = _Own()


def _chunks(path: Path) -> Iterator[memoryview]:
    """Yield a file's content piece by piece; each piece is gone when the next one is asked for."""
    buffer = _own.buffer
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(buffer):
            yield buffer[:size]


def digest_file(path: Path) -> str:
    """Return the content's identity: 128-bit xxh3 as hex."""
    hasher = xxhash.xxh3_128()
    for chunk in _chunks(path):
        hasher.update(chunk)
    return hasher.hexdigest()


def signature(path: Path) -> str:
    """Return a quick hint of the identity: the size and a hash of both ends. Equal contents have equal signatures."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        hasher = xxhash.xxh3_64(file.read(EDGE))
        file.seek(max(EDGE, size - EDGE))
        hasher.update(file.read(EDGE))
    return f"{size}-{hasher.hexdigest()}"


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _never() -> bool:
    return False


def _read_into(source: Path, partial: Path, stop: Callable[[], bool]) -> str:
    hasher = xxhash.xxh3_128()
    with partial.open("xb", buffering=0) as writer:
        for chunk in _chunks(source):
            if stop():
                raise CopyStopped(source)
            hasher.update(chunk)
            written = 0
            while written < len(chunk):
                written += writer.write(chunk[written:])
    return hasher.hexdigest()


def _flush(partial: Path) -> None:
    with partial.open("rb+", buffering=0) as writer:
        os.fsync(writer.fileno())
        if hasattr(os, "posix_fadvise"):
            # Read back from the disk and not from memory: a cached page proves nothing about the copy.
            os.posix_fadvise(writer.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def copy_verified(
    source: Path, target: Path, stop: Callable[[], bool] = _never, turn: AbstractContextManager[object] | None = None
) -> Copied:
    """Copy `source` to `target`, read the copy back and compare, and only then give it its name.

    An equal file that already lies at `target` (from a run that was cut) is taken as the copy; a different one is
    never replaced. `stop` is asked on the way. `turn` is held while the source is read and the copy written, so that
    copies made at the same time read one after the other. Raises SourceChanged, CopyDiffers, CopyStopped,
    FileExistsError, or OSError (disk full, permissions).
    """
    digest = ""

    def place(partial: Path, target: Path) -> None:
        with contextlib.suppress(OSError):  # exFAT and some network shares keep no modes, and refuse to be asked
            shutil.copystat(source, partial)
        _place(partial, target, digest)

    with atomic.beside(target, place) as partial:
        with turn or contextlib.nullcontext():
            before = _state(source)
            digest = _read_into(source, partial, stop)
        if _state(source) != before or partial.stat().st_size != before[0]:
            raise SourceChanged(source)
        _flush(partial)
        if digest_file(partial) != digest:
            raise CopyDiffers(source, partial)
    return Copied(target, before[0], digest)


def _place(partial: Path, target: Path, digest: str) -> None:
    try:
        atomic.link(partial, target)
    except FileExistsError:
        if digest_file(target) != digest:
            raise


def sweep_parts(root: Path) -> int:
    """Remove what copies of dead processes left below `root`; call only while holding the library. Returns how many."""
    removed = 0
    for part in root.rglob(f".*{PART_SUFFIX}"):
        part.unlink(missing_ok=True)
        removed += 1
    return removed
