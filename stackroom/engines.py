"""Which engine carries a library's jobs out: worker processes of this machine, or a cluster."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from catalog.side_by_side import processors
from stacker.settings import StackSettings
from watcher.engine import Engine, Runs
from watcher.events import Listener

LOCAL = "local"
MOST_WORKERS = 4
"""More stacks at a time than this win little and take a gigabyte each; --workers may ask for more."""


def _work(job_id: int, order: dict[str, Any]) -> dict[str, Any]:
    """Run in a worker process: the pixels' libraries are loaded there, never in the daemon."""
    from stackroom import build  # noqa: PLC0415

    return build.run(job_id, order)


def _memory_mb() -> int | None:
    """Return the machine's memory; None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000
    except (AttributeError, ValueError, OSError):
        return None


def usual_workers(each_mb: int = StackSettings().memory_mb) -> int:
    """Return how many stacks are built at a time where nobody says: what processors and memory have room for.

    `each_mb` is what one stack may plan for; a quarter of the memory is left to others.
    """
    memory = _memory_mb()
    room = MOST_WORKERS if memory is None else max(1, memory * 3 // 4 // each_mb)
    return min(processors(), MOST_WORKERS, room)


def shared_out(settings: StackSettings, workers: int) -> StackSettings:
    """Give each of several workers its part of the processors, so that their threads do not fight."""
    return replace(settings, threads=settings.threads or max(1, processors() // workers))


def open_engine(engine: str, workers: int, niceness: int, listen: Listener) -> Runs:
    """Return the engine that `engine` names: `local`, or `dask://HOST:PORT`.

    Raises BadEngine, ClusterMissing, ClusterUnreachable.
    """
    if engine == LOCAL:
        return Engine(work=_work, slots=workers, niceness=niceness, listen=listen)
    from stackroom.cluster.engine import ClusterEngine  # noqa: PLC0415 - an extra
    from stackroom.cluster.scheduler import scheduler_address  # noqa: PLC0415

    cluster = ClusterEngine(address=scheduler_address(engine), listen=listen)
    cluster.connect()
    return cluster
