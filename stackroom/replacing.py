"""Write a result at its place, and never over what somebody has made of it since it was asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from catalog.copying import digest_file
from catalog.destinations import numbered
from develop.codecs import atomic
from watcher.worker import ANYTHING


@dataclass(slots=True)
class Landing:
    """Where a file comes to lie: at `path`, or with a number beside it where that holds somebody's work."""

    path: Path
    replaces: str | None
    """The digest of what may be written over, ANYTHING, or None for nothing."""

    def place(self, partial: Path, wanted: Path) -> None:
        """Give a finished file its name, looking once more at what lies there."""
        if self._may_replace(wanted, partial):
            partial.replace(wanted)
            self.path = wanted
            return
        for path in numbered(wanted):
            with contextlib.suppress(FileExistsError):
                atomic.link(partial, path)
                self.path = path
                return

    def _may_replace(self, path: Path, partial: Path) -> bool:
        if self.replaces == ANYTHING:
            return True
        with contextlib.suppress(FileNotFoundError):
            # The very same picture was left there by a worker that died before it could tell.
            return digest_file(path) in (self.replaces, digest_file(partial))
        return False


@contextlib.contextmanager
def landing(path: Path, replaces: str | None) -> Iterator[Landing]:
    """Yield where the file that is written to `path` in this block comes to lie; read it after the block."""
    spot = Landing(path, replaces)
    with atomic.placing(spot.place):
        yield spot
