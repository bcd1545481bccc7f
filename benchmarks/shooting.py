"""How long after a tethered frame its preview is there: frames come one by one into a watched folder.

    python -m benchmarks.shooting [--frames 50] [--size 6000x4000] [--every 2.5]

A frame counts from its last byte to the event of the preview that shows it. The pictures are made first.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np

from benchmarks.watching import request_for
from stackroom import workflow
from stackroom.library import Library
from tests import cards
from watcher import events

NEVER_S = 20.0


def tethered(folder: Path, size: tuple[int, int], frames: int, every_s: float) -> list[Path]:
    """Make a run of frames, each sharp in a band of its own, shot at that pace."""
    width = size[0]
    sharp = cards.scene(7, size)
    levels = [sharp, *(cv2.GaussianBlur(sharp, (0, 0), sigma * width / 1000) for sigma in (1.0, 2.0, 4.0))]
    column = np.arange(width) / width
    run = cards.Run(first=1, focus_m=[0.3 + 0.003 * index for index in range(frames)], start_s=0)
    paths = []
    for index, focus in enumerate(run.focus_m):
        level = np.clip(np.abs(column - (index + 0.5) / frames) * frames / 4 - 0.5, 0, 3).round().astype(int)
        frame = sharp.copy()
        for number, picture in enumerate(levels):
            frame[:, level == number] = picture[:, level == number]
        paths.append(folder / f"IMG_{index + 1:04}.JPG")
        cards.write_frame(paths[-1], frame, cards.START + timedelta(seconds=index * every_s), focus, run)
    return paths


class Heard:
    """The previews that the daemon told of, each with its time."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._shown: list[tuple[float, int]] = []

    def __call__(self, event: events.Event) -> None:
        """Note a preview."""
        if isinstance(event, events.Previewed):
            with self._news:
                self._shown.append((time.monotonic(), event.frames))
                self._news.notify_all()

    def wait(self, since: float, frames: int) -> float:
        """Return when a preview of so many frames came, or one of a new sequence that the frame began."""

        def came() -> float | None:
            return next((at for at, count in self._shown if at > since and count in (frames, 1)), None)

        with self._news:
            found = self._news.wait_for(came, NEVER_S)
        return found if found is not None else since + NEVER_S


def shooting(root: Path, paths: list[Path], every_s: float) -> list[float]:
    """Let the frames come one by one; return after how many seconds each one's preview was there."""
    watched, stop, heard = root / "incoming", threading.Event(), Heard()
    watched.mkdir()
    request = request_for(watched, root)
    daemon = threading.Thread(target=workflow.watch, args=(Library(root / "lib"), request, heard, stop))
    daemon.start()
    time.sleep(5)
    took = []
    for number, path in enumerate(paths, 1):
        began = time.monotonic()
        shutil.copyfile(path, watched / path.name)
        written = time.monotonic()
        took.append(heard.wait(written, number) - written)
        time.sleep(max(0.0, began + every_s - time.monotonic()))
    stop.set()
    daemon.join()
    return took


def main() -> None:
    """Measure, and print one line."""
    parser = argparse.ArgumentParser(prog="benchmarks.shooting")
    parser.add_argument("--frames", type=int, default=50)
    parser.add_argument("--size", default="6000x4000")
    parser.add_argument("--every", type=float, default=2.5)
    words = parser.parse_args()
    width, height = map(int, words.size.split("x"))
    with tempfile.TemporaryDirectory(prefix="shooting-") as root:
        paths = tethered(Path(root) / "camera", (width, height), words.frames, words.every)
        took = shooting(Path(root), paths, words.every)
    late = sum(seconds > 2 for seconds in took)
    print(
        f"{words.frames} frames of {width * height / 1e6:.0f} MP: previews after {statistics.median(took):.2f} s "
        f"(median), {max(took):.2f} s at most, the first {took[0]:.2f}, the last {took[-1]:.2f}; "
        f"{late} later than 2 s; "
        f"load of the machine at the end {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    )


if __name__ == "__main__":
    main()
