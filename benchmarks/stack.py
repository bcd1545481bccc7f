"""Time whole stacks as whole processes: ours, the bare decode, and peers that are installed.

    python benchmarks/stack.py FOLDER [--rounds 3] [--peers focusweave,enfuse] [--curve] [--sizes]

FOLDER holds one large stack (JPEG); everything runs in turn within one run, so that the ratios hold on a shared
machine. The frames are read once before anything is timed. `--curve` stacks 5, 10, 20, 50 and 100 frames (the folder's
frames are repeated), `--sizes` pictures of 6, 12, 24 and 48 megapixels.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import cv2

# {frames} stands for all the frames' names.
PEERS = {
    "focusweave": ["focusweave", "{folder}", "--output", "{out}"],
    "openfocus": ["openfocus", "-i", "{frames}", "-o", "{out}", "-m", "openfocus_c", "-a", "ecc", "--cpu"],
    "enfuse": [
        "sh",
        "-c",
        "cd {work} && align_image_stack -m -a a_ {folder}/* && enfuse --exposure-weight=0 --saturation-weight=0 "
        "--contrast-weight=1 --hard-mask -o {out} a_*.tif",
    ],
}
DECODE = (
    "import cv2, glob, sys\n"
    "from concurrent.futures import ThreadPoolExecutor\n"
    "cv2.setNumThreads(1)\n"
    "with ThreadPoolExecutor() as pool:\n"
    "    list(pool.map(lambda f: cv2.imread(f).shape, sorted(glob.glob(sys.argv[1] + '/*'))))\n"
)
MEGAPIXELS = (6, 12, 24, 48)
COUNTS = (5, 10, 20, 50, 100)


@dataclass(frozen=True)
class Run:
    wall: float
    cpu: float
    peak_mb: float


def timed(command: list[str]) -> Run:
    """Run a process to its end. Raises CalledProcessError where it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def commands(folder: Path, work: Path, peers: list[str]) -> dict[str, list[str]]:
    """Return what to run by name; a peer that is not installed is named and passed over."""
    found = {
        "decode only": [sys.executable, "-c", DECODE, str(folder)],
        "stackroom": [sys.executable, "-m", "stackroom", "fuse", str(folder), "-o", str(work / "ours.tif")],
    }
    for peer in peers:
        words = PEERS[peer]
        program = "enfuse" if peer == "enfuse" else words[0]
        if shutil.which(program) is None:
            print(f"{peer}: not installed, passed over")
            continue
        place = {"folder": str(folder), "out": str(work / f"{peer}.tif"), "work": str(work)}
        names = [str(frame) for frame in sorted(folder.iterdir())]
        found[peer] = [part for word in words for part in (names if word == "{frames}" else [word.format(**place)])]
    return found


def median(runs: list[Run]) -> Run:
    return Run(*(statistics.median(getattr(run, name) for run in runs) for name in ("wall", "cpu", "peak_mb")))


def compare(folder: Path, rounds: int, peers: list[str]) -> None:
    """Print each program's time and memory, and how they stand to the bare decode and to ours."""
    with tempfile.TemporaryDirectory() as scratch:
        todo = commands(folder, Path(scratch), peers)
        timed(todo["decode only"])
        runs: dict[str, list[Run]] = {name: [] for name in todo}
        for _ in range(rounds):
            for name, command in todo.items():
                runs[name].append(timed(command))
    middle = {name: median(each) for name, each in runs.items()}
    decode, ours = middle["decode only"], middle["stackroom"]
    print(f"{'':14}{'wall s':>8}{'cpu s':>8}{'peak MB':>9}{'x decode':>10}{'x ours':>8}")
    for name, run in middle.items():
        ratios = f"{run.wall / decode.wall:10.1f}{run.wall / ours.wall:8.2f}"
        print(f"{name:14}{run.wall:8.1f}{run.cpu:8.1f}{run.peak_mb:9.0f}{ratios}")


def curve(folder: Path) -> None:
    """Print ours and the bare decode over the number of frames."""
    frames = sorted(folder.iterdir())
    for count in COUNTS:
        with tempfile.TemporaryDirectory() as scratch:
            inside = Path(scratch, "frames")
            inside.mkdir()
            # There and back again, so that neighbours in the sequence stay neighbours in focus.
            order = [*frames, *frames[::-1]] * (count // len(frames) + 1)
            for number, frame in enumerate(order[:count]):
                (inside / f"{number:04d}{frame.suffix}").symlink_to(frame.resolve())
            report(f"{count} frames", inside, Path(scratch))


def sizes(folder: Path) -> None:
    """Print ours and the bare decode over the size of the frames."""
    for megapixels in MEGAPIXELS:
        with tempfile.TemporaryDirectory() as scratch:
            inside = Path(scratch, "frames")
            inside.mkdir()
            for frame in sorted(folder.iterdir()):
                picture = cv2.imread(str(frame))
                factor = (megapixels * 1e6 / (picture.shape[0] * picture.shape[1])) ** 0.5
                scaled = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
                cv2.imwrite(str(inside / frame.name), scaled, [cv2.IMWRITE_JPEG_QUALITY, 92])
            report(f"{megapixels} megapixels", inside, Path(scratch))


def report(name: str, folder: Path, work: Path) -> None:
    todo = commands(folder, work, [])
    decode, ours = timed(todo["decode only"]), timed(todo["stackroom"])
    times = f"{ours.wall:7.1f} s, {ours.cpu:6.1f} cpu s, {ours.peak_mb:5.0f} MB"
    print(f"{name:>16}: {times}, {ours.wall / decode.wall:.1f} x decode", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--curve", action="store_true")
    parser.add_argument("--sizes", action="store_true")
    wanted = parser.parse_args()
    compare(wanted.folder.absolute(), wanted.rounds, [peer for peer in wanted.peers.split(",") if peer in PEERS])
    if wanted.curve:
        curve(wanted.folder)
    if wanted.sizes:
        sizes(wanted.folder)


if __name__ == "__main__":
    main()
