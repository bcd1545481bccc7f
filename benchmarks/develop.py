"""Time a 24-megapixel rendering with ten operations and a 2048-pixel preview; compare with other programs on the PATH.

python -m benchmarks.develop [--json] [RAW]: with a RAW, darktable-cli and rawtherapee-cli, where installed, export the
same file in the same run, whole processes.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from develop import pipeline
from develop.image import Image
from develop.settings import DevelopSettings

TEN = DevelopSettings(
    temperature_shift=10.0, exposure=0.4, contrast=15.0, highlights=-40.0, shadows=30.0, clarity=15.0, vibrance=20.0,
    hue_green=10.0, sharpen_amount=40.0, colour_noise=25.0, vignette_amount=-15.0,
)  # fmt: skip


def picture(width: int, height: int) -> Image:
    rng = np.random.default_rng(0)
    coarse = cv2.resize(rng.random((30, 45, 3), np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    fine = cv2.GaussianBlur(rng.random((height, width, 1), np.float32), (0, 0), 1.5)[..., None]
    return Image((np.clip(0.7 * coarse + fine - 0.3, 0, 1) * 65535).astype(np.uint16))


def best(work: Callable[[], Any], rounds: int = 3) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def peers(raw: Path) -> dict[str, float]:
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "out.jpg"
        commands = {
            "stackroom": ["stackroom", "--library", folder, "fuse", str(raw), "-o", str(target)],
            "darktable-cli": ["darktable-cli", str(raw), str(target), "--core", "--configdir", folder],
            "rawtherapee-cli": ["rawtherapee-cli", "-o", str(target), "-Y", "-c", str(raw)],
        }
        for name, command in commands.items():
            if shutil.which(command[0]):
                found[name] = best(lambda c=command: subprocess.run(c, check=True, capture_output=True), 2)
                target.unlink(missing_ok=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("raw", nargs="?", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    full, small = picture(6000, 4000), picture(2048, 1365)
    result: dict[str, Any] = {
        "render_24mp_s": round(best(lambda: pipeline.render(full, TEN)), 3),
        "preview_2048_ms": round(1000 * best(lambda: pipeline.render(small, TEN, scale=2048 / 6000), 5), 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    if given.raw:
        times = peers(given.raw)
        result["processes_s"] = times
        others = [value for name, value in times.items() if name != "stackroom"]
        if others and "stackroom" in times:
            result["ratio_to_fastest_peer"] = round(times["stackroom"] / min(others), 3)
    print(json.dumps(result) if given.json else "\n".join(f"{k}: {v}" for k, v in result.items()))


if __name__ == "__main__":
    main()
