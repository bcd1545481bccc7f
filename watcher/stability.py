"""Tell when a file is whole: quiet, unchanged, and complete in its structure. The same test at start-up and later."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from catalog.metadata import completeness
from watcher.folder import Found

QUIET_S = 2.0
"""A file that changed less than this ago is still being written."""
CLOSED_S = 0.3
"""The same for a file that its writer has closed, or renamed into place, and whose structure is whole."""
FORGET_S = 30.0
GRACE_S = 6.0
"""A quiet file whose structure is not whole may still be growing behind a slow copy; after this it counts as damaged.

Windows and some network copies lay out the full size first and fill it later, without touching the size again.
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at a file says.

    `ready`: read it. `wait`: look again in `seconds`. `invalid`: settled and no whole picture, for `reason`.
    `unreadable`: the system refuses it now, and may not tomorrow.
    """

    state: Literal["ready", "wait", "invalid", "unreadable"]
    seconds: float = 0.0
    reason: str = ""


@dataclass(slots=True)
class Stability:
    """Remembers what each file looked like and since when. Clocks are passed in: wall in ns, monotonic in s."""

    quiet_s: float = QUIET_S
    grace_s: float = GRACE_S
    wall_ns: Callable[[], int] = time.time_ns
    monotonic: Callable[[], float] = time.monotonic
    check: Callable[[Path], str | None] = completeness.check_complete
    closed: dict[str, float] = field(default_factory=dict)
    """Files whose writer was just heard to be done with them, and when (monotonic); events write here."""
    _seen: dict[Path, tuple[int, int, float]] = field(default_factory=dict)

    def _unchanged_for(self, found: Found) -> float:
        now = self.monotonic()
        size, changed_ns, since = self._seen.get(found.path, (-1, -1, now))
        if (size, changed_ns) != (found.size, found.changed_ns):
            since = now
        self._seen[found.path] = (found.size, found.changed_ns, since)
        by_wall = (self.wall_ns() - found.changed_ns) / 1e9
        # A stamp in the future (a camera's or a server's clock) says nothing; our own watch of the file does.
        return max(now - since, by_wall if by_wall >= 0 else 0.0)

    def observe(self, found: Found) -> Verdict:
        """Judge one file from this look and the earlier ones; a file that vanished is waited for."""
        age = self._unchanged_for(found)
        quiet_s = min(CLOSED_S, self.quiet_s) if str(found.path) in self.closed else self.quiet_s
        if age < quiet_s:
            return Verdict("wait", quiet_s - age)
        try:
            reason = self.check(found.path)
        except FileNotFoundError:
            return Verdict("wait", self.quiet_s)
        except OSError as error:
            return Verdict("unreadable", 0.0, f"cannot be read: {error.strerror or error}")
        if reason is None:
            return Verdict("ready")
        if age < self.grace_s:
            return Verdict("wait", self.grace_s - age, reason)
        return Verdict("invalid", 0.0, reason)

    def keep_only(self, waiting: Collection[Path]) -> None:
        """Forget all but the files that are waited for: over months nothing else may pile up here."""
        wanted = set(waiting)
        for path in self._seen.keys() - wanted:
            del self._seen[path]
        now = self.monotonic()
        for name, heard in list(self.closed.items()):
            if now - heard > FORGET_S:
                self.closed.pop(name, None)
