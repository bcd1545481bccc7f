"""`worker`: lend this machine to a cluster."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from typing import Annotated

import typer

from catalog.side_by_side import processors
from stackroom import engines
from stackroom.cluster import pathmap, working
from stackroom.cluster.pathmap import PathMap
from stackroom.cluster.scheduler import ClusterMissing, scheduler_address, wait_for

PATIENCE_S = 60.0
"""How long a worker that was started before its scheduler waits for it."""


def worker(
    address: Annotated[str, typer.Argument(metavar="dask://HOST:PORT", help="The cluster's scheduler.")],
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Stacks built here at the same time.")] = None,
    path_map: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="THERE=HERE", help="A folder as the daemon and as this machine names it."),
    ] = None,
) -> None:
    """Build stacks for a daemon on another machine; ends with its scheduler."""
    scheduler = scheduler_address(address)
    PathMap.parse(tuple(path_map or ()))
    if importlib.util.find_spec("distributed") is None:
        raise ClusterMissing
    wait_for(scheduler, PATIENCE_S)
    count = workers or engines.usual_workers()
    environment = {
        **os.environ,
        pathmap.ENVIRONMENT: os.pathsep.join(path_map or ()),
        working.THREADS: str(max(1, processors() // count)),
    }
    # One thread a process: a stack has threads of its own, and a decoder that crashes takes down one job.
    words = ["--nworkers", str(count), "--nthreads", "1", "--memory-limit", "0", "--no-dashboard"]
    with tempfile.TemporaryDirectory(prefix="stackroom-worker-") as scratch:
        command = [sys.executable, "-m", "distributed.cli.dask_worker", scheduler, *words, "--local-directory", scratch]
        code = subprocess.call(command, env=environment)
    raise typer.Exit(code)
