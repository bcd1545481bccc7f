"""Time the export of a 24-megapixel raw file with eleven settings, a 2048-pixel preview, and other raw developers.

python -m benchmarks.develop [--json] [--rounds 2] [RAW]

darktable-cli and rawtherapee-cli, where installed, export the same file with comparable adjustments in the same run,
whole processes, in turn, so that the ratio holds on a shared machine. Without RAW a Bayer DNG is made.
`ratio_to_fastest_peer` says how many times faster than the faster of them ours is.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks import develop_peers
from develop import decode, export, pipeline, raw
from develop.image import Image
from develop.recipe import recipe_named
from develop.settings import DevelopSettings

TEN = DevelopSettings(
    temperature_shift=10.0, exposure=0.4, contrast=15.0, highlights=-40.0, shadows=30.0, clarity=15.0, vibrance=20.0,
    hue_green=10.0, sharpen_amount=40.0, colour_noise=25.0, vignette_amount=-15.0,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """One process: elapsed and processor seconds, and the most memory it held."""

    wall_s: float
    cpu_s: float
    peak_mb: int


def alone(source: Path, target: Path) -> None:
    """Develop one raw file: what a worker does with it."""
    image = decode.read_image(source)
    done = pipeline.render(pipeline.prestack(image, TEN), TEN, as_shot=raw.as_shot_white_point(source))
    export.export_image(done, recipe_named("jpeg"), target)


def run(command: list[str], target: Path) -> Run:
    """Run a process to its end. Raises RuntimeError where it wrote nothing."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status or not target.exists():
        raise RuntimeError(f"{command[0]} wrote nothing")
    target.unlink()
    return Run(round(wall, 2), round(used.ru_utime + used.ru_stime, 2), used.ru_maxrss // 1024)


def processes(source: Path, rounds: int) -> dict[str, Run]:
    """Return the best run of each program that is installed; they take turns."""
    with tempfile.TemporaryDirectory() as name:
        folder, target = Path(name), Path(name, "out.jpg")
        commands = {
            "stackroom": [sys.executable, "-m", "benchmarks.develop", "--alone", str(target), str(source)],
            "darktable-cli": develop_peers.darktable(source, target, folder),
            "rawtherapee-cli": develop_peers.rawtherapee(source, target, folder),
        }
        commands = {name: command for name, command in commands.items() if shutil.which(command[0])}
        runs = [{name: run(command, target) for name, command in commands.items()} for _ in range(rounds)]
    return {name: min((each[name] for each in runs), key=lambda one: one.wall_s) for name in commands}


def preview(rounds: int = 12) -> tuple[float, float]:
    """Return elapsed and processor milliseconds of a 2048-pixel preview from a picture of that size in memory."""
    rng = np.random.default_rng(0)
    coarse = cv2.resize(rng.random((30, 45, 3), np.float32), (2048, 1365), interpolation=cv2.INTER_CUBIC)
    fine = cv2.GaussianBlur(rng.random((1365, 2048, 1), np.float32), (0, 0), 1.5)[..., None]
    small = Image((np.clip(0.7 * coarse + fine - 0.3, 0, 1) * 65535).astype(np.uint16))

    def work() -> object:
        return pipeline.render(small, TEN, scale=2048 / 6000)

    return best(work, time.perf_counter, rounds), best(work, time.process_time, rounds)


def best(work: Callable[[], object], clock: Callable[[], float], rounds: int) -> float:
    """Return the least milliseconds that the work took."""
    times = []
    for _ in range(rounds):
        start = clock()
        work()
        times.append(clock() - start)
    return round(1000 * min(times), 1)


def report(source: Path, rounds: int) -> dict[str, Any]:
    """Return all figures."""
    times = processes(source, rounds)
    result: dict[str, Any] = {name: asdict(one) for name, one in times.items()}
    ours = times.pop("stackroom")
    if times:
        result["ratio_to_fastest_peer"] = round(min(one.wall_s for one in times.values()) / ours.wall_s, 2)
        result["ratio_of_processor_time"] = round(min(one.cpu_s for one in times.values()) / ours.cpu_s, 2)
    result["preview_2048_ms"], result["preview_2048_cpu_ms"] = preview()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--alone", type=Path, metavar="OUT", help="export RAW to OUT and time nothing")
    given = parser.parse_args()
    if given.alone:
        alone(given.raw, given.alone)
        return
    with tempfile.TemporaryDirectory() as folder:
        source = given.raw or Path(folder, "made.dng")
        if not given.raw:
            # In a process of its own: what this one once held would count as held by those it starts.
            subprocess.run([sys.executable, "-m", "benchmarks.made_raw", str(source)], check=True)
        result = report(source, given.rounds)
    print(json.dumps(result) if given.json else "\n".join(f"{name}: {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
