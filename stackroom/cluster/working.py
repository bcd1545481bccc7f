"""One order on a cluster's worker: the paths of this machine, its share of the processors, progress, giving up."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stacker.settings import ENGINE_VERSION
from stackroom.cluster.pathmap import ENVIRONMENT, PathMap
from stackroom.release import SOFTWARE
from watcher import engine
from watcher.worker import Failure, Json

TOPIC = "stackroom-progress"
THREADS = "STACKROOM_WORKER_THREADS"
"""Holds how many processors a worker may use where it runs."""
EVERY_S = 0.5

_given_up: set[str] = set()


class GivenUp(BaseException):
    """Nobody wants the job any more; it is no Exception, so that no handler on the way takes it for a failure."""


def edition() -> str:
    """Return what must be the same on every machine: only then does a job mean the same there."""
    return f"{SOFTWARE} (engine {ENGINE_VERSION})"


def give_up(tickets: Sequence[str]) -> None:
    """Let these jobs end at their next step; run on every worker."""
    _given_up.update(tickets)


class _Sink:
    """Where a job's progress goes: to the scheduler's topic, at most every half second and at each new stage."""

    def __init__(self, ticket: str) -> None:
        self.ticket = ticket
        self._stage = ""
        self._next = 0.0

    def put(self, message: tuple[int, str, int, int]) -> None:
        from distributed import get_worker  # noqa: PLC0415 - only where a cluster is used

        if self.ticket in _given_up:
            raise GivenUp
        now = time.monotonic()
        if message[1] == self._stage and now < self._next:
            return
        self._stage, self._next = message[1], now + EVERY_S
        get_worker().log_event(TOPIC, [self.ticket, *message])


_turn = threading.Lock()
"""One job a process: a worker that was given more threads would hold several in memory at once."""


def _disagreement(wanted: str) -> str | None:
    """Say why a daemon of that edition must not be served here."""
    if edition() == wanted:
        return None
    return f"a worker has {edition()}, the daemon {wanted}; install the same on every machine"


def _paths() -> PathMap:
    return PathMap.parse(tuple(pair for pair in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if pair))


def _threads() -> int:
    return int(os.environ.get(THREADS, "0"))


def _not_shared(order: Mapping[str, Any], paths: PathMap) -> str | None:
    """Say which folder for results is not here: made anew, it would hold what no other machine sees."""
    files = [*filter(None, [order["master"]]), *(export["path"] for export in order["exports"])]
    for folder in {Path(file).parent for file in files}:
        if not folder.is_dir():
            named = paths.back(str(folder))
            return f"{named}: not found on a worker (as {folder}); share the folder, or name it with `worker --map`"
    return None


def work(job_id: int, order: Json, ticket: str, wanted: str) -> Json:
    """Carry out an order in a worker process; every failure comes back as a value. `wanted`: the daemon's edition."""
    paths = _paths()
    here = paths.order_there({**order, "stack": {**order["stack"], "threads": _threads()}})
    trouble = _disagreement(wanted) or _not_shared(here, paths)
    if trouble is not None:
        return {"failure": asdict(Failure(kind="transient", message=trouble))}
    from stackroom import build  # noqa: PLC0415 - the pixels' libraries are loaded in workers only

    with _turn:
        engine.send_progress_to(_Sink(ticket))
        try:
            return paths.outcome_back(build.run(job_id, here))
        finally:
            engine.send_progress_to(None)
            _given_up.discard(ticket)


def deliver(order: Json, wanted: str) -> list[Json]:
    """Make an export order's files in a worker process; return for each what was written, or why not."""
    paths = _paths()
    here = paths.order_there(order)
    trouble = _disagreement(wanted) or _not_shared(here, paths)
    if trouble is not None:
        return [{"error": trouble}] * len(order["exports"])
    from stackroom import export_work  # noqa: PLC0415 - the pixels' libraries are loaded in workers only

    with _turn:
        if _threads():
            export_work.prepare(_threads())
        return [paths.delivered_back(result) for result in export_work.deliver(here)]
