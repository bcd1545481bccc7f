"""Speed of the daemon: copying with verification, from the last frame to its stack, looking at known files, idling.

    python -m benchmarks.watching [--files 40] [--known 100000] [copy latency scan idle]

Each is a ratio within one run or a time with what it is made of; a busy machine shows in all of them alike.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import insert

import benchmarks  # noqa: F401 - by its path or its name, the same `develop` is found
from catalog.database import Catalog
from catalog.models import Sequence, Sighting
from develop import presets
from develop.recipe import recipe_named
from stacker.settings import StackSettings
from stackroom import workflow
from stackroom.library import Library
from stackroom.tasks import WatchRequest
from tests import cards
from watcher import events, folder
from watcher.folder import Found
from watcher.intake import Intake
from watcher.stability import Stability

MEGABYTES = 25


def _picture(path: Path, template: bytes, number: int) -> None:
    """Write a picture of 25 MB that no other has the content of; what follows its end is as random as raw data."""
    path.write_bytes(template + number.to_bytes(8, "big") + os.urandom((MEGABYTES << 20) - len(template) - 8))


def _copied(pictures: tuple[Found, ...], where: Path, *, flush: bool) -> float:
    """Copy files by `cp`, compare them by `cmp`, and take the copies away; return the seconds of the first two."""
    began = time.perf_counter()
    for picture in pictures:
        copy = where / picture.path.name
        subprocess.run(["cp", picture.path, copy], check=True)
        if flush:
            handle = os.open(copy, os.O_RDWR)
            os.fsync(handle)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)
        subprocess.run(["cmp", picture.path, copy], check=True)
    elapsed = time.perf_counter() - began
    for picture in pictures:
        (where / picture.path.name).unlink()
    return elapsed


def copying(root: Path, files: int) -> str:
    """Take files in with verification, and in turns with it copy them by `cp` and compare them by `cmp`.

    `cp` leaves the copy in memory, where `cmp` finds it; on a card larger than memory both must wait for the disk, as
    verification always does. So they are timed a second time with the copy flushed and read back from the disk.
    """
    [first] = cards.write_run(root / "one", cards.Run(first=1, focus_m=(5.0,), start_s=0))
    template = first.read_bytes()
    card, plain = root / "card", root / "plain"
    card.mkdir()
    plain.mkdir()
    for number in range(files):
        _picture(card / f"IMG_{number:04}.JPG", template, number)
    catalog = Catalog.open(root / "catalog.sqlite")
    intake = Intake(catalog=catalog, originals=root / "originals")
    found = folder.scan([card]).pictures
    ours, plainly, flushed = 0.0, 0.0, 0.0
    for start in range(0, files, 8):
        part = found[start : start + 8]
        began = time.perf_counter()
        assert intake.take(part).trouble is None
        ours += time.perf_counter() - began
        plainly += _copied(part, plain, flush=False)
        flushed += _copied(part, plain, flush=True)
    catalog.close()
    size = files * MEGABYTES
    return (
        f"{size / ours:.0f} MB/s with verification: {plainly / ours:.0%} of cp and cmp in memory, "
        f"{flushed / ours:.0%} of cp and cmp from the disk"
    )


def request_for(watched: Path, root: Path, *, once: bool = False) -> WatchRequest:
    """Return what `watch` would be asked for."""
    return WatchRequest(
        folders=(watched,), export=root / "out", recipes=(recipe_named("jpeg"),), preset=presets.load("neutral"),
        stack=StackSettings(), copy=True, once=once, report=False,
    )  # fmt: skip


def latency(root: Path) -> str:
    """Time from the last byte of a run's last frame to the start of its stack, less the pause that ends a run."""
    watched, library, stop = root / "incoming", Library(root / "lib"), threading.Event()
    watched.mkdir()
    started: list[float] = []

    def listen(event: events.Event) -> None:
        if isinstance(event, events.JobStarted):
            started.append(time.monotonic())

    daemon = threading.Thread(target=workflow.watch, args=(library, request_for(watched, root), listen, stop))
    daemon.start()
    waits = []
    for number in range(3):
        time.sleep(3)
        focus = tuple(0.3 + 0.01 * step for step in range(6))
        run = cards.Run(first=1 + 10 * number, focus_m=focus, start_s=900 * number, seed=number)
        for frame in cards.write_run(root / "source", run):
            shutil.copy(frame, watched / frame.name)
        written = time.monotonic()
        while len(started) <= number:
            time.sleep(0.01)
        with library.catalog() as catalog, catalog.reader() as session:
            pause = max(row.idle_s for row in session.query(Sequence))
        waits.append(started[-1] - written - pause)
    stop.set()
    daemon.join()
    return (
        f"stack started {', '.join(f'{wait:.1f}' for wait in waits)} s after the last frame, beyond the {pause:.0f} s"
    )


def _known(root: Path, count: int) -> Path:
    """Lay out files that the library's catalog has seen: a scan finds nothing new in them."""
    watched, library = root / "watched", Library(root / "lib")
    with library.catalog() as catalog, catalog.writer() as session:
        rows = []
        for number in range(count):
            path = watched / f"{number // 1000:03}" / f"IMG_{number:06}.JPG"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            seen = {"source_path": str(path), "size": 0, "mtime_ns": path.stat().st_mtime_ns}
            rows.append({**seen, "outcome": "skipped", "reason": "empty"})
        session.execute(insert(Sighting), rows)
    return watched


def scanning(root: Path, count: int) -> str:
    """Look at files that are all known."""
    watched = _known(root, count)
    with Library(root / "lib").catalog() as catalog:
        intake, times = Intake(catalog=catalog, originals=None), []
        for _ in range(3):
            began, used = time.perf_counter(), time.process_time()
            judged = intake.sort(folder.scan([watched]), Stability())
            times.append((time.perf_counter() - began, time.process_time() - used))
            assert not judged.ready
            assert not judged.waiting
    elapsed, used = min(times)
    return f"{count} known files in {elapsed:.2f} s, {used:.2f} s of it work"


def idling(root: Path, count: int, seconds: float = 120) -> str:
    """Let the daemon watch files in which nothing happens; measure the processor's time that it takes."""
    watched, stop, looked = _known(root, count), threading.Event(), threading.Event()

    def listen(event: events.Event) -> None:
        if isinstance(event, events.Scanned):
            looked.set()

    daemon = threading.Thread(
        target=workflow.watch, args=(Library(root / "lib"), request_for(watched, root), listen, stop)
    )
    daemon.start()
    looked.wait(120)
    time.sleep(20)
    began, used = time.monotonic(), time.process_time()
    time.sleep(seconds)
    share = (time.process_time() - used) / (time.monotonic() - began)
    stop.set()
    daemon.join()
    return f"{share:.2%} of a processor with {count} files watched, over {seconds:.0f} s"


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="benchmarks.watching")
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--known", type=int, default=100_000)
    parser.add_argument("names", nargs="*", help="copy, latency, scan, idle; all unless named")
    words = parser.parse_args()
    every: dict[str, Callable[[Path], str]] = {
        "copy": lambda root: copying(root, words.files),
        "latency": latency,
        "scan": lambda root: scanning(root, words.known),
        "idle": lambda root: idling(root, words.known),
    }
    for name in words.names or every:
        with tempfile.TemporaryDirectory(prefix=f"watching-{name}-") as root:
            print(f"{name:<8} {every[name](Path(root))}", flush=True)


if __name__ == "__main__":
    main()
