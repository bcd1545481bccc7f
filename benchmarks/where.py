"""Say in which functions the CPU seconds of a stack go: `python -m benchmarks.where FOLDER [--json]`.

Every few milliseconds each thread's own processor clock is read, and what it has gone on by is put down to the
innermost function of ours that the thread is in; libraries count for who called them. Waiting costs nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from types import FrameType

_STEP_S = 0.004
_OURS = ("develop.", "stacker.", "stackroom.", "catalog.")
OUTSIDE = "elsewhere"


class Sampler:
    """Puts CPU time down to functions while it is entered."""

    def __init__(self, step_s: float = _STEP_S) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._step_s = step_s
        self._clocks: dict[int, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Sampler:
        self._sample(count=False)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._sample()

    def _watch(self) -> None:
        while not self._over.wait(self._step_s):
            self._sample()

    def _sample(self, count: bool = True) -> None:
        watcher = self._thread.ident
        clocks = {}
        for thread, frame in sys._current_frames().items():
            if thread == watcher:
                continue
            # A thread among the current frames has not ended, so that its clock can be read.
            clocks[thread] = time.clock_gettime(time.pthread_getcpuclockid(thread))
            if count:
                # A new thread's number may be an old one's, whose clock had gone further.
                before = self._clocks.get(thread, 0.0)
                self.seconds[function(frame)] += clocks[thread] - (before if before <= clocks[thread] else 0.0)
        self._clocks = clocks


def function(frame: FrameType | None) -> str:
    """Return the innermost function of ours that a frame is in, as `module.name`."""
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith(_OURS):
            name = frame.f_code.co_qualname
            return "imports" if name == "<module>" else f"{module}.{name.replace('<locals>.', '')}"
        frame = frame.f_back
    return OUTSIDE


def measured(folder: Path) -> dict[str, float]:
    """Stack the frames of a folder and return CPU seconds by function, the most first."""
    with Sampler() as sampler, tempfile.TemporaryDirectory() as scratch:
        from stackroom import fuse_request, fusing  # noqa: PLC0415 - the imports are measured too

        request = fuse_request.FuseRequest(frames=fuse_request.expand([folder]), output=Path(scratch, "out.tif"))
        fusing.fuse(request, lambda stage, done, total: None)
    return dict(sorted(sampler.seconds.items(), key=lambda each: -each[1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--least", type=float, default=0.01, help="share below which functions are summed up")
    parser.add_argument("--json", action="store_true", help="print JSON")
    wanted = parser.parse_args()
    start = time.process_time()
    seconds = measured(wanted.folder)
    whole = time.process_time() - start
    if wanted.json:
        print(json.dumps({"cpu_s": whole, "functions": seconds}, indent=1))
        return
    shown = {name: took for name, took in seconds.items() if took >= wanted.least * whole}
    for name, took in {**shown, "everything else": whole - sum(shown.values())}.items():
        print(f"{took:7.2f} s {took / whole:6.1%}  {name}")
    print(f"{whole:7.2f} s in all")


if __name__ == "__main__":
    main()
