"""Work through export orders on processes of this machine, a few in flight, so that thousands take no more memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import Any

from catalog.side_by_side import processors
from catalog.worker_process import WORKERS
from watcher.engine import NOT_STARTED, end_workers, prepare_worker
from watcher.worker import ANYTHING, Json, StackOrder

AHEAD = 2
"""Orders in flight for each worker: the next one is there when one ends."""
Order = tuple[int, StackOrder]
Outcome = tuple[int, list[Json]]
DIED = "the worker process died while making it; the picture may crash its decoder"


def _start(threads: int, begun: Any) -> None:
    prepare_worker(0)
    from stackroom import export_work  # noqa: PLC0415 - pixels are loaded in workers only

    export_work.prepare(threads)
    begun.set()


def _deliver(order: Json) -> list[Json]:
    from stackroom import export_work  # noqa: PLC0415

    return export_work.deliver(order)


@dataclass(slots=True)
class ExportPool:
    """Some worker processes. One that dies takes nothing along: what was in flight is run again, one at a time."""

    workers: int
    begin: Callable[[int], None]
    """Told of each order before it starts."""
    _pool: ProcessPoolExecutor | None = None
    _begun: Any = None
    """Set by the first worker of the pool that is ready for work."""
    _flying: dict[Future[list[Json]], Order] = field(default_factory=dict)

    def run(self, orders: Iterable[Order]) -> Generator[Outcome]:
        """Yield what came of each order, as it ends."""
        waiting = deque(orders)
        try:
            while waiting or self._flying:
                while waiting and len(self._flying) < AHEAD * self.workers:
                    self._submit(waiting.popleft())
                done, _ = wait(self._flying, return_when=FIRST_COMPLETED)
                if any(isinstance(future.exception(), BrokenExecutor) for future in done):
                    yield from self._one_by_one()
                    continue
                yield from [self._take(future) for future in done]
        finally:
            self._end()

    def _submit(self, order: Order) -> None:
        if self._pool is None:
            threads = max(1, processors() // self.workers)
            self._begun = WORKERS.Event()
            words = (threads, self._begun)
            self._pool = ProcessPoolExecutor(self.workers, mp_context=WORKERS, initializer=_start, initargs=words)
        self.begin(order[0])
        try:
            future = self._pool.submit(_deliver, order[1].to_json())
        except BrokenExecutor as error:
            future = Future()
            future.set_exception(error)
        self._flying[future] = order

    def _take(self, future: Future[list[Json]]) -> Outcome:
        number, order = self._flying.pop(future)
        error = future.exception()
        if error is not None:
            return number, [{"error": f"{type(error).__name__}: {error}"}] * len(order.exports)
        return number, future.result()

    def _one_by_one(self) -> Iterator[Outcome]:
        suspects = list(self._flying.values())
        self._end()
        for number, order in suspects:
            # What a worker that died may have written of it is ours.
            suspect = number, replace(order, replaces=dict.fromkeys(order.paths, ANYTHING))
            self._submit(suspect)
            (future,) = self._flying
            if isinstance(future.exception(), BrokenExecutor):
                why = DIED if self._begun.is_set() else NOT_STARTED
                self._end()
                yield suspect[0], [{"error": why}] * len(suspect[1].exports)
            else:
                yield self._take(future)

    def _end(self) -> None:
        pool, self._pool = self._pool, None
        self._flying.clear()
        if pool is not None:
            end_workers(pool)
