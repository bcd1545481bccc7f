"""Do a piece of work in a process of its own: a decoder that crashes takes down that process and no command."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, TypeVar

from catalog.worker_process import WORKERS, work_for_parent
from develop.errors import DevelopError
from stacker.errors import StackError
from stackroom.errors import StackroomError, WorkerCrashed, WorkFailed

Asked = TypeVar("Asked")
Made = TypeVar("Made")
Progress = Callable[[str, int, int], None]
_PATIENCE_S = 10.0
"""How long work that was interrupted may take to put its files in order."""


def run_apart(work: Callable[[Asked, Progress], Made], asked: Asked, progress: Progress) -> Made:
    """Return what `work` makes of `asked`, both importable and picklable; its progress is handed on.

    Raises WorkFailed with the work's own clear line, WorkerCrashed where the process died.
    """
    ours, theirs = WORKERS.Pipe(duplex=False)
    process = WORKERS.Process(target=_work, args=(work, asked, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        return _listen(ours, process, progress)  # type: ignore[no-any-return]
    except KeyboardInterrupt:
        if process.pid is not None and process.is_alive():
            os.kill(process.pid, signal.SIGINT)
            process.join(_PATIENCE_S)
        raise
    finally:
        ours.close()
        if process.is_alive():
            process.terminate()
        process.join()


def _listen(pipe: Connection, process: SpawnProcess, progress: Progress) -> Any:
    while True:
        try:
            kind, content = pipe.recv()
        except EOFError:
            process.join()
            raise WorkerCrashed(process.exitcode or 0) from None
        match kind:
            case "progress":
                progress(*content)
            case "made":
                process.join()
                return content
            case "failed":
                raise WorkFailed(content)
            case _:
                raise RuntimeError(content)


def _work(work: Callable[[Any, Progress], Any], asked: Any, pipe: Connection) -> None:
    def tell(stage: str, done: int, total: int) -> None:
        pipe.send(("progress", (stage, done, total)))

    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        work_for_parent()
        try:
            pipe.send(("made", work(asked, tell)))
        except (StackroomError, DevelopError, StackError) as error:
            pipe.send(("failed", str(error)))
        except Exception:  # noqa: BLE001 - the edge of a process; the command reports it as its own defect
            pipe.send(("defect", traceback.format_exc()))
    sys.stdout.flush()
    sys.stderr.flush()
    # All that counts is on the disk and said; taking down the interpreter piece by piece takes a tenth of a second.
    os._exit(0)
