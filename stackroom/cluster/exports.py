"""Work through export orders on a cluster, a few in flight for each worker."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stackroom.cluster import scheduler
from stackroom.cluster.scheduler import ClusterEmpty
from stackroom.cluster.working import deliver, edition
from stackroom.export_pool import AHEAD, DIED, Order, Outcome
from watcher.worker import Json

LOOK_S = 2.0
ALONE_S = 30.0
"""How long a cluster that has lost its last worker is waited for."""


@dataclass(slots=True)
class ClusterExports:
    """The workers of the scheduler at `address`, on storage that all share.

    An order whose worker dies is run again by the scheduler, which gives up on one that took several with it.
    """

    address: str
    begin: Callable[[int], None]
    """Told of each order before it starts."""
    _flying: dict[Future[list[Json]], Order] = field(default_factory=dict)
    _seats: int = 0
    _manned: float = 0.0

    def run(self, orders: Iterable[Order]) -> Generator[Outcome]:
        """Yield what came of each order, as it ends. Raises ClusterUnreachable, ClusterMissing, ClusterEmpty."""
        client = scheduler.reach(self.address)
        try:
            executor, waiting = client.get_executor(pure=False), deque(orders)
            while waiting or self._flying:
                self._count(client)
                while waiting and len(self._flying) < AHEAD * self._seats:
                    self._submit(executor, waiting.popleft())
                done, _ = wait(self._flying, timeout=LOOK_S, return_when=FIRST_COMPLETED)
                yield from [self._take(future) for future in done]
        finally:
            for future in self._flying:
                future.cancel()
            self._flying.clear()
            with suppress(OSError, TimeoutError):
                client.close(timeout=2)

    def _count(self, client: Any) -> None:
        """Count the workers. Raises ClusterEmpty where there is none, or none for a while."""
        with suppress(OSError, TimeoutError, ValueError):
            self._seats = sum(client.nthreads().values())
        now = time.monotonic()
        if self._seats:
            self._manned = now
        elif now - self._manned > ALONE_S or not self._flying:
            raise ClusterEmpty(self.address)

    def _submit(self, executor: Any, order: Order) -> None:
        self.begin(order[0])
        for export in order[1].exports:
            Path(export.path).parent.mkdir(parents=True, exist_ok=True)
        self._flying[executor.submit(deliver, order[1].to_json(), edition())] = order

    def _take(self, future: Future[list[Json]]) -> Outcome:
        number, order = self._flying.pop(future)
        try:
            return number, [_seen(result) for result in future.result()]
        except CancelledError:
            why = f"{self.address}: the cluster's scheduler was lost; start it, and export again"
        except ModuleNotFoundError as error:
            why = f"a worker cannot make it ({error}); install the same Stackroom on every machine"
        except Exception as error:  # noqa: BLE001 - whatever a worker or the cluster raised: what came of the order
            why = DIED if type(error).__name__ == "KilledWorker" else f"{type(error).__name__}: {error}"
        return number, [{"error": why}] * len(order.exports)


def _seen(result: Json) -> Json:
    """Return what came of a file; what this machine does not see lies in a folder that only looks shared."""
    if "error" in result or Path(result["path"]).exists():
        return result
    return {
        "error": f"{result['path']}: a worker wrote it where this machine does not see it; export to a shared folder"
    }
