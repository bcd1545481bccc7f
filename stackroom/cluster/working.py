"""One order on a cluster's worker: the paths of this machine, its share of the processors, progress, giving up."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from stacker.settings import ENGINE_VERSION
from stackroom.cluster.pathmap import ENVIRONMENT, PathMap
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
    return f"Stackroom {version('stackroom')} (engine {ENGINE_VERSION})"


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


def work(job_id: int, order: Json, ticket: str, wanted: str) -> Json:
    """Carry out an order in a worker process; every failure comes back as a value. `wanted`: the daemon's edition."""
    if edition() != wanted:
        message = f"a worker has {edition()}, the daemon {wanted}; install the same on every machine"
        return {"failure": asdict(Failure(kind="transient", message=message))}
    from stackroom import build  # noqa: PLC0415 - the pixels' libraries are loaded in workers only

    paths = PathMap.parse(tuple(pair for pair in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if pair))
    stack: dict[str, Any] = {**order["stack"], "threads": int(os.environ.get(THREADS, "0"))}
    with _turn:  # one stack a process: a worker that was given more threads would hold several in memory at once
        engine.send_progress_to(_Sink(ticket))
        try:
            return paths.outcome_back(build.run(job_id, paths.order_there({**order, "stack": stack})))
        finally:
            engine.send_progress_to(None)
            _given_up.discard(ticket)
