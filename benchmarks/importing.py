"""Import many files in place: how many a second, and whether the last thousand are as fast as the first.

    python -m benchmarks.importing --files 10000 --folder /tmp/many

The files are made once from a picture of the sample card, each with its own time and number, and kept. The clock runs
from looking through the folder to the last row: each file is checked to be whole, its header, its quick signature and
its digest are read. Grouping by the headers is timed by itself. `--megabytes` makes each file as long as a RAW file,
without taking the room.
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import benchmarks  # noqa: F401 - by its path or its name, the same `develop` is found
from stackroom.library import Library
from watcher.events import Event, Importing
from watcher.folder import scan
from watcher.intake import Intake
from watcher.regrouping import regroup
from watcher.stability import Stability

_SAMPLE = Path(__file__).parent.parent / "samples" / "card"
_START = datetime(2026, 1, 1)
_IN_ONE = 10
_THOUSAND = 1000


def _dated(picture: bytes, before: datetime, now: datetime) -> bytes:
    return picture.replace(before.strftime("%Y:%m:%d %H:%M:%S").encode(), now.strftime("%Y:%m:%d %H:%M:%S").encode())


def _make(folder: Path, count: int, megabytes: float) -> None:
    """Write brackets of ten, a second a frame and a minute between them."""
    source = min(_SAMPLE.rglob("*.JPG"))
    picture = source.read_bytes()
    at = picture.index(b"20", picture.index(b"Exif"))
    before = datetime.strptime(picture[at : at + 19].decode(), "%Y:%m:%d %H:%M:%S")
    for number in range(count):
        taken = _START + timedelta(seconds=60 * (number // _IN_ONE) + number % _IN_ONE)
        place = folder / f"{100 + number // 9999}CANON" / f"IMG_{number % 9999 + 1:04}.JPG"
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as file:
            file.write(_dated(picture, before, taken))
            if megabytes:
                file.truncate(int(megabytes * 1e6))


@dataclass
class _Clock:
    """Notes when each thousand files had come in."""

    passed: list[float] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        if isinstance(event, Importing) and event.done % _THOUSAND == 0 and event.done == len(self.passed) * _THOUSAND:
            self.passed.append(time.perf_counter())


def _measured(library: Library, folder: Path) -> dict[str, Any]:
    clock = _Clock()
    with library.catalog() as catalog:
        intake = Intake(catalog=catalog, originals=None, listen=clock)
        wall, cpu = time.perf_counter(), time.process_time()
        judged = intake.sort(scan([folder]), Stability(quiet_s=0.0))
        taken = intake.take(judged.ready)
        spent, busy = time.perf_counter() - wall, time.process_time() - cpu
        before = time.perf_counter()
        regroup(catalog, taken.captures)
        grouping = time.perf_counter() - before
    count = len(taken.captures)
    return {
        "captures": count,
        "files_a_second": round(count / spent),
        "cpu_ms_a_file": round(1000 * busy / max(1, count), 2),
        "seconds_for_each_thousand": [round(b - a, 2) for a, b in itertools.pairwise(clock.passed)],
        "grouped_a_second": round(count / grouping),
    }


def main() -> None:
    """Make the files where they are not there yet, import them into a new library, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--megabytes", type=float, default=0.0)
    parser.add_argument("--folder", type=Path, required=True)
    chosen = parser.parse_args()
    if not chosen.folder.exists() or not any(chosen.folder.iterdir()):
        _make(chosen.folder, chosen.files, chosen.megabytes)
    with tempfile.TemporaryDirectory() as place:
        print(json.dumps(_measured(Library(Path(place) / "library"), chosen.folder), indent=2))


if __name__ == "__main__":
    main()
