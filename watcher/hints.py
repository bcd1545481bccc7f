"""File events from the system: hints that a scan is due, never the truth; the scan by the clock remains."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from watcher.events import Listener, Warned, nobody


class _Waker(FileSystemEventHandler):
    def __init__(self, wake: threading.Event) -> None:
        self._wake = wake

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in ("opened", "closed_no_write"):
            self._wake.set()


def _start(observer: BaseObserver, folders: Sequence[Path], wake: threading.Event) -> BaseObserver:
    for folder in folders:
        observer.schedule(_Waker(wake), str(folder), recursive=True)
    observer.start()
    return observer


@contextlib.contextmanager
def listening(folders: Sequence[Path], wake: threading.Event, listen: Listener = nobody) -> Iterator[None]:
    """Set `wake` whenever something happens below the folders, for as long as the context lasts.

    Where the system refuses (the limit of inotify watches is reached), polling takes over and a warning says so.
    """
    try:
        observer = _start(Observer(), folders, wake)
    except OSError as error:
        listen(
            Warned(
                f"no file events ({error.strerror or error}): looking every few seconds instead; "
                "on Linux raise fs.inotify.max_user_watches and fs.inotify.max_user_instances with sysctl"
            )
        )
        observer = _start(PollingObserver(timeout=5), folders, wake)
    try:
        yield
    finally:
        observer.stop()
        observer.join(5)
