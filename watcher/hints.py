"""File events from the system: hints that a scan is due, never the truth; the scan by the clock remains."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from catalog.volumes import network_filesystem
from watcher.events import Listener, Warned, nobody
from watcher.folder import PICTURE_SUFFIXES
from watcher.stirred import Stirred


class _Waker(FileSystemEventHandler):
    def __init__(self, root: Path, stirred: Stirred) -> None:
        self._root, self._stirred = root, stirred

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in ("opened", "closed_no_write"):
            return
        names = [Path(os.fsdecode(name)) for name in (event.src_path, event.dest_path) if name]
        if event.is_directory:
            # A folder that came or went may hold others; one whose files came or went is only 'modified'.
            self._stirred.note(self._root, names if event.event_type == "modified" else None)
            return
        if event.event_type in ("closed", "moved") and names[-1].suffix.lower() in PICTURE_SUFFIXES:
            self._stirred.closed[str(names[-1])] = time.monotonic()
        # One file that is written in many small pieces is still one.
        self._stirred.note(self._root, [name.parent for name in names], files=int(event.event_type != "modified"))


Identity = tuple[int, int]


def _identity(folder: Path) -> Identity | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


@dataclass(slots=True)
class Hints:
    """Notes whenever something happens below the folders. A folder that went and came back is heard again.

    Each folder has an observer of its own, so that one that cannot be heard costs the others nothing.
    """

    stirred: Stirred
    listen: Listener = nobody
    _heard: dict[Path, tuple[Identity, BaseObserver | None]] = field(default_factory=dict)

    def hear(self, folders: tuple[Path, ...]) -> bool:
        """Listen to just these folders; return whether some send no events and must be looked at by the clock."""
        for gone in self._heard.keys() - set(folders):
            self._end(gone)
        for folder in folders:
            identity = _identity(folder)
            if identity is None:
                continue
            if folder in self._heard and self._heard[folder][0] != identity:
                self._end(folder)
            if folder not in self._heard:
                self._heard[folder] = (identity, self._start(folder))
                self.stirred.note(folder)  # what came before it was heard
        return any(observer is None for _, observer in self._heard.values())

    def _start(self, folder: Path) -> BaseObserver | None:
        kind = network_filesystem(folder)
        if kind is not None:
            self.listen(Warned(f"{folder}: on a network share ({kind}), which sends no events: looking every 5 s"))
            return None
        try:
            observer = Observer()
            observer.schedule(_Waker(folder, self.stirred), str(folder), recursive=True)
            observer.start()
        except OSError as error:
            limit = error.errno in (errno.EMFILE, errno.ENOSPC)
            advice = "; raise fs.inotify.max_user_watches and max_user_instances with sysctl" if limit else ""
            self.listen(
                Warned(f"{folder}: no file events ({error.strerror or error}): looking every 5 s instead{advice}")
            )
            return None
        return observer

    def _end(self, folder: Path) -> None:
        _, observer = self._heard.pop(folder)
        if observer is not None:
            with contextlib.suppress(Exception):  # what is left of a folder that is gone
                observer.stop()
                observer.join(5)

    def __enter__(self) -> Self:
        """Hear nothing yet."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Stop listening."""
        for folder in list(self._heard):
            self._end(folder)
