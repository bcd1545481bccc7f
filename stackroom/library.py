"""The library: one folder with the catalog, the originals copied into it, and logs."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import filelock
import platformdirs

from stackroom.errors import LibraryUnusable
from watcher.errors import LibraryBusy

if TYPE_CHECKING:
    from catalog.database import Catalog


@dataclass(frozen=True, slots=True)
class Library:
    """Where everything of one library lies."""

    root: Path

    @property
    def catalog_path(self) -> Path:
        """The SQLite file."""
        return self.root / "catalog.sqlite"

    @property
    def originals(self) -> Path:
        """Where imported originals are copied to."""
        return self.root / "originals"

    @property
    def stacks(self) -> Path:
        """Where results go unless told otherwise."""
        return self.root / "stacks"

    @property
    def exports(self) -> Path:
        """Where exports go unless told otherwise."""
        return self.root / "exports"

    @property
    def logs(self) -> Path:
        """Where logs and crash reports go."""
        return self.root / "logs"

    @property
    def pause_mark(self) -> Path:
        """A file that is there while no further jobs are to be started."""
        return self.root / ".paused"

    @property
    def heartbeat(self) -> Path:
        """What the daemon is doing at the moment, for `status`."""
        return self.root / ".daemon.json"

    @property
    def recipes(self) -> Path:
        """The user's own export recipes, a TOML file each."""
        return self.root / "recipes"

    @property
    def presets(self) -> Path:
        """The user's own presets, a JSON file each."""
        return self.root / "presets"

    @property
    def live(self) -> Path:
        """Previews of sequences that are being shot."""
        return self.root / "previews" / "live"

    @property
    def backups(self) -> Path:
        """The catalog's daily copies."""
        return self.root / "backups"

    @contextlib.contextmanager
    def catalog(self, *, create: bool = True) -> Iterator[Catalog]:
        """Open the catalog; makes the library's folder first. Raises LibraryUnusable or a CatalogError."""
        from catalog.database import Catalog  # noqa: PLC0415 - loads the database, which not every command needs

        if not create and not self.catalog_path.exists():
            raise LibraryUnusable(self.root, "there is no catalog in it yet; import something first")
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryUnusable(self.root, error.strerror or str(error)) from error
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise LibraryUnusable(self.root, "it is not writable")
        catalog = Catalog.open(self.catalog_path)
        try:
            yield catalog
        finally:
            catalog.close()

    @contextlib.contextmanager
    def exporting(self, folder: Path) -> Iterator[None]:
        """Hold the right to export for one process at a time. Raises LibraryBusy."""
        lock = filelock.FileLock(str(self.root / ".exporting"), timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout as error:
            raise LibraryBusy(self.root, f"another export, so {folder} has to wait") from error
        try:
            yield
        finally:
            lock.release()

    @contextlib.contextmanager
    def owned(self) -> Iterator[None]:
        """Hold the library for one worker process at a time. Raises LibraryBusy, which names the holder."""
        self.root.mkdir(parents=True, exist_ok=True)
        holder = self.root / ".holder"
        lock = filelock.FileLock(str(self.root / ".lock"), timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout as error:
            name = holder.read_text(encoding="utf-8").strip() if holder.exists() else "another process"
            raise LibraryBusy(self.root, name) from error
        except OSError as error:
            raise LibraryUnusable(self.root, error.strerror or str(error)) from error
        try:
            holder.write_text(f"process {os.getpid()} on {socket.gethostname()}\n", encoding="utf-8")
            yield
        finally:
            holder.unlink(missing_ok=True)
            lock.release()


def default_root() -> Path:
    """Return where the library lies when neither --library nor STACKROOM_LIBRARY says."""
    return Path(platformdirs.user_pictures_dir()) / "Stackroom"
