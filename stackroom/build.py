"""Carry out one order: decode, align, fuse, write the master, render and export. Runs in a worker, knows no catalog."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Callable

from develop.errors import DevelopError, WriteError
from stacker.errors import StackError
from watcher.engine import report_progress
from watcher.worker import Failure, Json, Outcome, StackOrder, outcome_to_json

Progress = Callable[[str, int, int], None]

PASSING = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.ESTALE, errno.EACCES)
"""What a volume may say today and not tomorrow: full, unplugged, read-only for a while, permission lost."""


def run(job_id: int, order: Json) -> Json:
    """Carry out an order given as JSON; every failure comes back as a value. The daemon's work function."""

    def progress(stage: str, done: int, total: int) -> None:
        report_progress(job_id, stage, done, total)

    return outcome_to_json(attempt(StackOrder.from_json(order), progress))


def attempt(order: StackOrder, progress: Progress) -> Outcome:
    """Carry out an order; return the report, or why it failed."""
    try:
        return build(order, progress)
    except WriteError as error:
        return Failure(kind="transient", message=str(error))
    except (DevelopError, StackError) as error:
        return Failure(kind="permanent", message=str(error))
    except OSError as error:
        kind = "transient" if error.errno in PASSING or error.errno == errno.ENOENT else "permanent"
        return Failure(kind=kind, message=f"{error.filename or order.master}: {error.strerror or error}")
    except MemoryError:
        message = f"{order.title}: not enough memory; close other programs or lower --workers"
        return Failure(kind="transient", message=message)
    except Exception as error:  # noqa: BLE001 - the worker's edge: a bug must not take the daemon's other jobs along
        message = f"{order.title}: {type(error).__name__}: {error}"
        return Failure(kind="bug", message=message, detail=traceback.format_exc())
