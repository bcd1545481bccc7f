"""A worker hears a Ctrl-C only once it has said what it does about one."""

from __future__ import annotations

import signal
from multiprocessing.connection import Connection

from catalog.worker_process import WORKERS, work_for_parent


def _tell(pipe: Connection) -> None:
    pipe.send(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))
    work_for_parent()
    pipe.send(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))


def test_ctrl_c_is_put_off_while_a_worker_is_loaded_and_only_there() -> None:
    ours, theirs = WORKERS.Pipe(duplex=False)
    process = WORKERS.Process(target=_tell, args=(theirs,))
    process.start()
    assert (ours.recv(), ours.recv()) == (True, False)
    process.join()
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    ours.close()
    theirs.close()
