"""Tell a worker that hangs from one that is slow: the one says how far it is, the other nothing for very long."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

SILENT_S = 1800.0
"""No step between two words of a worker takes minutes, however large its frames and slow their disk."""
_ASLEEP_S = 60.0


class Silence:
    """Since when each job has said nothing, in time that this process itself was awake to hear.

    One that says nothing for longer than `limit_s` hangs.
    """

    def __init__(self, limit_s: float = SILENT_S, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin to listen."""
        self.limit_s = limit_s
        self._clock, self._looked = clock, clock()
        self._heard: dict[int, float] = {}

    def heard(self, job_id: int) -> None:
        """Note that a job has begun, or said how far it is."""
        self._heard[job_id] = self._clock()

    def all_alive(self, running: Collection[int]) -> bool:
        """Say whether every running job was heard of not too long ago; to be asked every few seconds."""
        now = self._clock()
        slept, self._looked = now - self._looked > _ASLEEP_S, now
        # Whoever was stopped or suspended himself has heard nobody.
        self._heard = {job_id: now if slept else self._heard.get(job_id, now) for job_id in running}
        return all(now - heard <= self.limit_s for heard in self._heard.values())
