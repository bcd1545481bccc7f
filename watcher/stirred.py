"""Where something happened since the last look: a look need not walk all that is watched for one new file."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

MANY = 1000
"""After so many files at once events may have been lost on the way: their root is walked from end to end."""


@dataclass(frozen=True, slots=True)
class Where:
    """What to look at: `roots` with all that is below them, `folders` by themselves."""

    roots: frozenset[Path] = frozenset()
    folders: frozenset[Path] = frozenset()


NOWHERE = Where()


@dataclass(slots=True)
class Stirred:
    """Gathers what events tell, from the threads that hear them; `wake` is set whenever there is something."""

    wake: threading.Event = field(default_factory=threading.Event)
    closed: dict[str, float] = field(default_factory=dict)
    """Pictures whose writer closed them, or renamed them into place, and when (monotonic)."""
    _folders: dict[Path, set[Path]] = field(default_factory=dict)
    _whole: set[Path] = field(default_factory=set)
    _events: dict[Path, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, root: Path, folders: Collection[Path] | None = None, files: int = 1) -> None:
        """Note that so many files in some folders below `root` stirred; None: there is no telling where."""
        with self._lock:
            self._events[root] = self._events.get(root, 0) + files
            if folders is None or self._events[root] > MANY:
                self._whole.add(root)
            else:
                self._folders.setdefault(root, set()).update(folders)
        self.wake.set()

    def take(self) -> Where | None:
        """Return where to look, and begin anew; None, everywhere, for a wake-up that named no place."""
        with self._lock:
            self.wake.clear()
            whole, apart = frozenset(self._whole), self._folders
            named = bool(self._events)
            self._folders, self._whole, self._events = {}, set(), {}
        if not named:
            return None
        return Where(whole, frozenset(folder for root, some in apart.items() if root not in whole for folder in some))
