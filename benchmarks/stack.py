"""Time whole stacks as whole processes: ours, the bare decode, and the engines of others that are installed.

    python benchmarks/stack.py FOLDER [--rounds 3] [--peers focusweave,enfuse] [--curve] [--sizes] [--json]

FOLDER holds one large stack (JPEG). Everything runs in turn within one run, so that ratios hold on a shared machine;
the frames are read once before anything is timed, and each figure is the median of the rounds. `--curve` stacks 5, 10,
20, 50 and 100 frames (fewer are taken evenly from the folder, more go there and back through it), `--sizes` the same
frames at 6, 12, 24 and 48 megapixels. Memory is the largest resident size of one process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2

from benchmarks.curves import COUNTS, MEGAPIXELS, curve, laid_out, scaled, show_curve
from benchmarks.engines import BARE, ELSEWHERE, ENGINES, OURS
from benchmarks.process import Run
from benchmarks.rounds import Turns, in_turn, once, say

PEERS = ("focusweave", "openfocus-c", "enfuse")
PICTURES = {".jpg", ".jpeg", ".png", ".tif", ".tiff"}


def compared(results: dict[str, Run | str]) -> dict[str, Any]:
    """Return how the engines stand to the bare decode and to ours, and ours to the fastest other."""
    decode, ours = results[BARE.name], results[OURS.name]
    if isinstance(decode, str) or isinstance(ours, str):
        raise SystemExit(f"cannot compare: {decode if isinstance(decode, str) else ours}")
    rows: list[dict[str, Any]] = []
    for name, run in results.items():
        if isinstance(run, str):
            rows.append({"name": name, "failed": run})
            continue
        ratios = {"times_decode": run.wall_s / decode.wall_s, "times_ours": run.wall_s / ours.wall_s}
        rows.append({"name": name, **asdict(run), **ratios})
    others = [row for row in rows if "wall_s" in row and row["name"] not in (BARE.name, OURS.name)]
    fastest = min(others, key=lambda row: float(row["wall_s"]), default=None)
    return {
        "engines": rows,
        "fastest_other": fastest["name"] if fastest else None,
        "faster_than_it": fastest["times_ours"] if fastest else None,
        "faster_by_cpu": fastest["cpu_s"] / ours.cpu_s if fastest else None,
        "times_decode": ours.wall_s / decode.wall_s,
        "times_decode_by_cpu": ours.cpu_s / decode.cpu_s,
        "peak_mb": ours.peak_mb,
    }


def show(report: dict[str, Any]) -> None:
    """Print a report as tables."""
    frames = report["frames"]
    print(f"{frames['count']} frames of {frames['megapixels']:.1f} megapixels; {report['machine']}\n")
    print(f"{'':14}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}{'x decode':>10}{'x ours':>8}")
    for row in report["engines"]:
        if "failed" in row:
            print(f"{row['name']:14}  failed: {row['failed']}")
            continue
        figures = f"{row['wall_s']:8.1f}{row['cpu_s']:8.1f}{row['peak_mb']:9.0f}"
        print(f"{row['name']:14}{figures}{row['times_decode']:10.1f}{row['times_ours']:8.2f}")
    for name, why in report["not_run"].items():
        print(f"{name:14}  not installed: {why}")
    print("\nBy the clock (and by CPU seconds) Stackroom takes")
    print(f"{report['times_decode']:5.1f} ({report['times_decode_by_cpu']:.1f}) times the bare decode", end="")
    if report["fastest_other"]:
        name = report["fastest_other"]
        print(f";\n{name} takes {report['faster_than_it']:.1f} ({report['faster_by_cpu']:.1f}) times as long", end="")
    print(".")
    for word, found in (("frames", report.get("over_frames")), ("megapixels", report.get("over_megapixels"))):
        if found:
            show_curve(word, found)


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", default=",".join(PEERS), help="by name with commas; empty for none")
    parser.add_argument("--curve", action="store_true", help="over the number of frames")
    parser.add_argument("--sizes", action="store_true", help="over the size of the frames")
    parser.add_argument("--limit", type=float, default=1800, metavar="S", help="seconds after which a process is ended")
    parser.add_argument("--json", action="store_true", help="print JSON")
    wanted = parser.parse_args()
    names = {engine.name for engine in ENGINES}
    unknown = [peer for peer in wanted.peers.split(",") if peer and peer not in names]
    if unknown:
        parser.error(f"no engine is called {unknown[0]}; there are {', '.join(sorted(names))}")
    return wanted


def measured(wanted: argparse.Namespace) -> dict[str, Any]:
    """Return all that was asked for as one report."""
    frames = sorted(path for path in wanted.folder.absolute().iterdir() if path.suffix.lower() in PICTURES)
    first = cv2.imread(str(frames[0])) if len(frames) > 1 else None
    if first is None:
        raise SystemExit(f"{wanted.folder}: no stack of pictures there")
    peers = [engine for engine in ENGINES if engine.name in wanted.peers.split(",")]
    turns = Turns(wanted.rounds, wanted.limit)
    say("reading the frames once")
    once(BARE, frames, wanted.limit)
    engines = [BARE, OURS, *(peer for peer in peers if peer.installed)]
    cores = len(os.sched_getaffinity(0))
    report: dict[str, Any] = {
        "machine": f"{cores} cores, Python {platform.python_version()}, OpenCV {cv2.__version__}",
        "frames": {"count": len(frames), "megapixels": first.shape[0] * first.shape[1] / 1e6},
        "rounds": wanted.rounds,
        **compared(in_turn(engines, frames, turns)),
        "not_run": {**{peer.name: peer.install for peer in peers if not peer.installed}, **ELSEWHERE},
    }
    if wanted.curve:
        report["over_frames"] = curve(frames, COUNTS, laid_out, turns)
    if wanted.sizes:
        report["over_megapixels"] = curve(frames, MEGAPIXELS, scaled, turns)
    return report


def main() -> None:
    wanted = asked()
    report = measured(wanted)
    if wanted.json:
        print(json.dumps(report, indent=1))
    else:
        show(report)


if __name__ == "__main__":
    main()
