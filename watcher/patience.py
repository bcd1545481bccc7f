"""Outlast what passes by itself: say it once, wait with growing pauses, say when it is over."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from catalog.errors import CatalogLocked, CatalogNotWritable, CopyDiffers
from watcher.errors import FolderMissing, FolderUnreadable
from watcher.events import Listener, Resumed, Warned, nobody

PASSING = (OSError, CatalogLocked, CatalogNotWritable, CopyDiffers, FolderMissing, FolderUnreadable)
"""What a person can put right while the daemon waits: a full disk, a lost permission, a cable, a locked catalog."""
PAUSES_S = (1.0, 2.0, 5.0, 10.0, 20.0)


def say(error: BaseException) -> str:
    """Return one clear line for an error that passes."""
    if not isinstance(error, OSError):
        return str(error)
    name = error.filename or "a file"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{name}: the disk is full; make room"
    return f"{name}: {error.strerror or error}"


@dataclass(slots=True)
class _Trouble:
    said: str
    tries: int
    until: float


@dataclass(slots=True)
class Patience:
    """Keeps, for each step of the daemon, what is in its way at the moment. `patient` False raises at once."""

    patient: bool = True
    listen: Listener = nobody
    monotonic: Callable[[], float] = time.monotonic
    _troubles: dict[str, _Trouble] = field(default_factory=dict)

    def may(self, step: str) -> bool:
        """Say whether a step is due: not while its pause after a failure lasts."""
        trouble = self._troubles.get(step)
        return trouble is None or self.monotonic() >= trouble.until

    def is_troubled(self, step: str) -> bool:
        """Say whether the last try of a step failed."""
        return step in self._troubles

    def failed(self, step: str, error: BaseException) -> None:
        """Note a failure: warn unless the same was said before, and pause the step. Raises it when impatient."""
        if not self.patient:
            raise error
        before = self._troubles.get(step)
        tries = before.tries + 1 if before else 0
        said = say(error)
        if before is None or before.said != said:
            self.listen(Warned(f"{said}; waiting, and trying again until it is over", step))
        pause = PAUSES_S[min(tries, len(PAUSES_S) - 1)]
        self._troubles[step] = _Trouble(said, tries, self.monotonic() + pause)

    def succeeded(self, step: str) -> None:
        """Note that a step went well, and say so where it had not before."""
        trouble = self._troubles.pop(step, None)
        if trouble is not None:
            self.listen(Resumed(f"it is over ({trouble.said})", step))

    def attempt(self, step: str, act: Callable[[], None]) -> bool:
        """Do a step if it is due; return whether it was done."""
        if not self.may(step):
            return False
        try:
            act()
        except PASSING as error:
            self.failed(step, error)
            return False
        self.succeeded(step)
        return True
