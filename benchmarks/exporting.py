"""Export a thousand files: how busy the processors are, and whether memory grows.

    python benchmarks/exporting.py [CAPTURES]

Makes a library of CAPTURES pictures (250) of 1.5 megapixels and exports each by four recipes. Prints the share of the
processors that the export used, the share that it wanted (used, or waited for while others were at work: on a machine
of its own the two are one), the share that everybody left idle, and the memory of all its processes in the first and
the last third of the run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

import numpy as np

from tests import cards

RECIPES = "web,jpeg,webp,tiff16"


def _stat() -> tuple[float, float]:
    """Return (idle, all) seconds of all processors since the start of the machine, times the clock's rate."""
    values = [float(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return values[3] + values[4], sum(values)


def _tree_mb(root: int) -> float:
    """Return the memory of a process and its children that only they hold (proportional set size)."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if int(folder.name) == root or parent == root:
                line = next(x for x in (folder / "smaps_rollup").read_text().splitlines() if x.startswith("Pss:"))
                total += int(line.split()[1])
        except (OSError, StopIteration, ValueError):
            continue
    return total / 1024


def _wanted(root: int, seen: dict[str, tuple[float, float]]) -> None:
    """Note for each thread below a process how many seconds it has run, and waited for a processor."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if int(folder.name) == root or parent == root:
                for thread in (folder / "task").iterdir():
                    ran, waited, _ = (thread / "schedstat").read_text().split()
                    seen[str(thread)] = int(ran) / 1e9, int(waited) / 1e9
        except (OSError, ValueError):
            continue


def _card(root: Path, count: int) -> None:
    run = cards.Run(first=1, focus_m=(), start_s=0)
    sharp = cards.scene(1, (1500, 1000))
    for number in range(count):
        path = root / "card/DCIM/100CANON" / f"IMG_{number:04}.JPG"
        cards.write_frame(path, np.roll(sharp, 5 * number, axis=1), cards.START + timedelta(minutes=number), None, run)


def _watch(process: subprocess.Popen[bytes], samples: list[float], seen: dict[str, tuple[float, float]]) -> None:
    while process.poll() is None:
        samples.append(_tree_mb(process.pid))
        _wanted(process.pid, seen)
        time.sleep(0.5)


def main() -> None:
    """Make the library, export, print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 250
    with tempfile.TemporaryDirectory(prefix="stackroom-bench-") as folder:
        root = Path(folder)
        _card(root, count)
        program = [sys.executable, "-m", "stackroom", "--library", str(root / "lib")]
        subprocess.run([*program, "import", str(root / "card")], check=True, capture_output=True)
        export = [*program, "export", "--what", "frames", "--recipe", RECIPES, "--to", str(root / "out"), "--json"]
        samples: list[float] = []
        seen: dict[str, tuple[float, float]] = {}
        began, (idle, every) = time.monotonic(), _stat()
        process = subprocess.Popen(export, stdout=subprocess.DEVNULL)
        watching = threading.Thread(target=_watch, args=(process, samples, seen))
        watching.start()
        watching.join()
        elapsed, (idle_now, every_now) = time.monotonic() - began, _stat()
        files = len(list((root / "out").iterdir()))
    both = elapsed * (os.cpu_count() or 1)
    # Threads that end between two looks are counted up to the last look at them.
    ran, waited = (sum(each[part] for each in seen.values()) for part in (0, 1))
    third = max(1, len(samples) // 3)
    print(f"{files} files in {elapsed:.0f} s, exit code {process.returncode}")
    print(f"processors: {ran:.0f} s, {ran / both:.0%} used by the export, ", end="")
    print(f"{min(1.0, (ran + waited) / both):.0%} wanted, ", end="")
    print(f"{(idle_now - idle) / (every_now - every):.0%} idle")
    print(
        f"memory: {max(samples[:third]):.0f} MB at most in the first third, {max(samples[-third:]):.0f} MB in the last"
    )


if __name__ == "__main__":
    main()
