"""Headers read a second, beside other readers: `python -m benchmarks.metadata [--exiftool PATH] [FILE...]`.

Each file is padded to 30 MB beside a copy, read once to warm the cache, and then read by every reader in the same run;
what counts is the ratio. Without files, made ones are used, whose headers are shorter than a camera's.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import exifread

from catalog.metadata.completeness import check_complete
from catalog.metadata.errors import MetadataError
from catalog.metadata.reader import read_metadata
from tests.catalog.metadata.test_reader import SEEDS

SIZE = 30_000_000
SUFFIXES = {"canon cr3": ".cr3", "nef": ".nef", "panasonic rw2": ".rw2", "fuji raf": ".raf"}


def padded(folder: Path, files: list[Path]) -> list[Path]:
    """Copy the files, or the made ones where there are none, and pad each to the size of a RAW."""
    sources = [(path.name, path.read_bytes()) for path in files]
    sources = sources or [(name.replace(" ", "_") + end, SEEDS[name]) for name, end in SUFFIXES.items()]
    copies = []
    for name, data in sources:
        path = folder / name
        path.write_bytes(data + b"\x5a" * max(0, SIZE - len(data)))
        copies.append(path)
    return copies


def by_us(path: Path) -> None:
    try:
        read_metadata(path)
    except MetadataError as error:
        raise SystemExit(str(error)) from error


def by_exifread(path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        return exifread.process_file(file, details=False, extract_thumbnail=False, builtin_types=True)


def rate(read: Callable[[Path], object], files: list[Path], seconds: float) -> float:
    """Give how many files a second one core reads, by its own time."""
    for path in files:
        read(path)
    begin, count = time.process_time(), 0
    while time.process_time() - begin < seconds:
        for path in files:
            read(path)
        count += len(files)
    return count / (time.process_time() - begin)


def rate_of_exiftool(program: str, files: list[Path]) -> float:
    """Give the files a second of one exiftool that is started once for all; by the clock, as it is another process."""
    command = [program, "-n", "-json", *map(str, files)]
    subprocess.run(command, check=True, capture_output=True)
    begin = time.monotonic()
    subprocess.run([*command, *map(str, files * 9)], check=True, capture_output=True)
    return len(files) * 10 / (time.monotonic() - begin)


def main() -> None:
    """Print files a second for each reader, and how many times slower than ours it is."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    asked.add_argument("--exiftool", default=shutil.which("exiftool"))
    asked.add_argument("--seconds", type=float, default=3.0)
    asked.add_argument("files", nargs="*", type=Path)
    wanted = asked.parse_args()
    logging.getLogger("exifread").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        files = padded(Path(folder), wanted.files)
        rates = {
            "read_metadata": rate(by_us, files, wanted.seconds),
            "check_complete": rate(check_complete, files, wanted.seconds),
            "exifread, of those that it opens": rate(by_exifread, [f for f in files if by_exifread(f)], wanted.seconds),
        }
        if wanted.exiftool:
            rates["exiftool"] = rate_of_exiftool(wanted.exiftool, files)
        for path in files:
            rates[f"read_metadata {path.name}"] = rate(by_us, [path], wanted.seconds / 10)
    for name, each in rates.items():
        print(f"{name:40} {each:8.0f} files/s   {rates['read_metadata'] / each:6.1f} times ours")


if __name__ == "__main__":
    main()
