"""Run orders on a Dask cluster: the daemon's other engine, for studios that one machine is too small for."""

from __future__ import annotations

import queue
import secrets
import time
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from stackroom.cluster import scheduler
from stackroom.cluster.working import TOPIC, edition, give_up, work
from stackroom.errors import StackroomError
from watcher.engine import Finished
from watcher.events import JobProgress, Listener, Resumed, Warned, nobody
from watcher.worker import Failure, Json, Outcome, StackOrder, outcome_from_json

COUNT_EVERY_S = 2.0
AHEAD = 1
"""Jobs given beyond the workers there are, so that none waits for the daemon between two."""

Work = Callable[[int, Json, str, str], Json]
"""Takes (job id, order as JSON, ticket, edition), returns `outcome_to_json`; sent by name, so at module level."""


@dataclass(slots=True)
class ClusterEngine:
    """Jobs on the workers of the scheduler at `address`; a job whose worker dies is run again by the scheduler.

    The scheduler gives up on a job that took several workers with it: that job crashed. A scheduler that is lost
    gives every job back, and is looked for again at the next one.
    """

    address: str
    listen: Listener = nobody
    work: Work = work
    _client: Any = None
    _executor: Any = None
    _messages: queue.SimpleQueue[tuple[Any, ...]] = field(default_factory=queue.SimpleQueue)
    _running: dict[Future[Json], tuple[int, str]] = field(default_factory=dict)
    _seats: int = 0
    _next_count: float = 0.0
    _lonely: bool = False

    @property
    def running(self) -> int:
        """Jobs in flight."""
        return len(self._running)

    @property
    def slots(self) -> int:
        """Jobs that may be in flight: as many as the workers there are now have threads, and a little more."""
        now = time.monotonic()
        if self._client is not None and now >= self._next_count:
            self._next_count = now + COUNT_EVERY_S
            with suppress(OSError, TimeoutError, ValueError):
                self._count(sum(self._client.nthreads().values()))
        return self._seats + AHEAD

    def _count(self, seats: int) -> None:
        self._seats = seats
        if seats == 0 and not self._lonely:
            self.listen(Warned(str(scheduler.ClusterEmpty(self.address)), self.address))
        if seats and self._lonely:
            self.listen(Resumed(f"{self.address}: {seats} workers", self.address))
        self._lonely = seats == 0

    def has_room(self, job_id: int) -> bool:
        """Say whether `job_id` may be submitted now."""
        return len(self._running) < self.slots

    def connect(self) -> None:
        """Find the scheduler. Raises ClusterUnreachable, ClusterMissing."""
        client = scheduler.reach(self.address)
        client.subscribe_topic(TOPIC, lambda event: self._messages.put(event[1]))
        self._client, self._executor = client, client.get_executor(pure=False)
        self._next_count = 0.0

    def submit(self, job_id: int, order: StackOrder) -> None:
        """Start a job; a scheduler that cannot be found makes it fail for now."""
        ticket = f"{job_id}-{secrets.token_hex(4)}"
        future: Future[Json] = Future()
        try:
            if self._client is not None and self._client.status != "running":
                self._let_go()
            if self._client is None:
                self.connect()
            future = self._executor.submit(self.work, job_id, order.to_json(), ticket, edition())
        except (StackroomError, RuntimeError) as error:
            future.set_exception(error)
        self._running[future] = (job_id, ticket)

    def _tell_progress(self) -> None:
        mine = {ticket for _, ticket in self._running.values()}
        while True:
            try:
                ticket, *words = self._messages.get_nowait()
            except queue.Empty:
                return
            if ticket in mine:
                self.listen(JobProgress(*words))

    def finished(self, timeout_s: float) -> list[Finished]:
        """Wait up to `timeout_s` for jobs to end and return those that did."""
        done, _ = wait(self._running, timeout=timeout_s, return_when=FIRST_COMPLETED)
        self._tell_progress()
        return [Finished(self._running.pop(future)[0], self._outcome(future)) for future in done]

    def _outcome(self, future: Future[Json]) -> Outcome:
        try:
            return outcome_from_json(future.result())
        except CancelledError:
            message = f"{self.address}: the cluster's scheduler was lost; it is run again"
            return Failure(kind="disturbed", message=message)
        except StackroomError as error:
            return Failure(kind="transient", message=str(error))
        except ModuleNotFoundError as error:
            message = f"a worker cannot run it ({error}); install the same Stackroom on every machine"
            return Failure(kind="transient", message=message)
        except Exception as error:  # noqa: BLE001 - whatever a worker or the cluster raised: the job's outcome
            if type(error).__name__ == "KilledWorker":
                message = "workers of the cluster died while working on it; a frame may crash its decoder"
                return Failure(kind="crash", message=message)
            return Failure(kind="bug", message=f"{type(error).__name__}: {error}")

    def abandon(self, job_ids: Collection[int]) -> list[Finished]:
        """End jobs that nobody wants any more; those beside them are not disturbed."""
        gone = {future: ticket for future, (job_id, ticket) in self._running.items() if job_id in job_ids}
        self._call_off(gone)
        message = "it was cancelled"
        return [Finished(self._running.pop(future)[0], Failure(kind="disturbed", message=message)) for future in gone]

    def _call_off(self, gone: dict[Future[Json], str]) -> None:
        if not gone or self._client is None or self._client.status != "running":
            return
        for future in gone:
            future.cancel()
        with suppress(OSError, TimeoutError):
            self._client.run(give_up, sorted(gone.values()), wait=False, on_error="ignore")

    def stop(self) -> None:
        """Give every job back: what runs ends at its next step, what it was writing is whole or not there."""
        self._call_off({future: ticket for future, (_, ticket) in self._running.items()})
        self._running.clear()
        self._let_go()

    def _let_go(self) -> None:
        client, self._client, self._executor = self._client, None, None
        if client is not None:
            with suppress(OSError, TimeoutError):
                client.close(timeout=2)
