"""How time and memory grow with the number of frames and with their size."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.engines import BARE, OURS
from benchmarks.rounds import Turns, in_turn, say

COUNTS = (5, 10, 20, 50, 100)
MEGAPIXELS = (6, 12, 24, 48)
Laying = Callable[[list[Path], int, Path], list[Path]]


def spread(frames: Sequence[Path], count: int) -> list[Path]:
    """Return `count` frames in order of focus: evenly chosen, or there and back again where there are too few.

    Neighbours in the sequence stay neighbours in focus either way.
    """
    if count <= len(frames):
        return [frames[round(i * (len(frames) - 1) / max(1, count - 1))] for i in range(count)]
    there_and_back = [*frames, *frames[::-1]]
    return [there_and_back[i % len(there_and_back)] for i in range(count)]


def laid_out(frames: list[Path], count: int, folder: Path) -> list[Path]:
    """Return `count` of the frames under new names, in their order, in a folder of their own."""
    links = []
    for number, frame in enumerate(spread(frames, count)):
        links.append(folder / f"{number:04d}{frame.suffix}")
        links[-1].symlink_to(frame)
    return links


def scaled(frames: list[Path], megapixels: int, folder: Path) -> list[Path]:
    """Return `frames` written anew at another size, as JPEG of quality 92."""
    written = []
    for frame in frames:
        picture = cv2.imread(str(frame))
        if picture is None:
            raise SystemExit(f"{frame}: cannot be read")
        factor = (megapixels * 1e6 / (picture.shape[0] * picture.shape[1])) ** 0.5
        way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        written.append(folder / f"{frame.stem}.jpg")
        smaller = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=way)
        cv2.imwrite(str(written[-1]), smaller, [cv2.IMWRITE_JPEG_QUALITY, 92])
    return written


def curve(frames: list[Path], steps: Iterable[int], laying: Laying, turns: Turns) -> dict[str, Any]:
    """Return ours and the bare decode at each step, and the line of CPU seconds over the steps."""
    points: list[dict[str, Any]] = []
    for step in steps:
        say(f"at {step}:")
        with tempfile.TemporaryDirectory() as folder:
            results = in_turn([BARE, OURS], laying(frames, step, Path(folder)), turns)
        ours, decode = results[OURS.name], results[BARE.name]
        if isinstance(ours, str) or isinstance(decode, str):
            points.append({"at": step, "failed": ours if isinstance(ours, str) else decode})
            continue
        points.append({"at": step, **asdict(ours), "times_decode": ours.wall_s / decode.wall_s})
    whole = [point for point in points if "failed" not in point]
    return {"points": points, **line([p["at"] for p in whole], [p["cpu_s"] for p in whole])}


def line(at: Sequence[float], seconds: Sequence[float]) -> dict[str, float]:
    """Return the straight line through `seconds`, by relative error, and how far the worst point lies off it."""
    if len(at) < 2:
        return {}
    steps, taken = np.array(at, float), np.array(seconds, float)
    each, fixed = np.polyfit(steps, taken, 1, w=1 / taken)
    off = np.abs((each * steps + fixed) / taken - 1).max()
    return {"cpu_each_s": float(each), "cpu_fixed_s": float(fixed), "worst_off_line": float(off)}


def show_curve(word: str, found: dict[str, Any]) -> None:
    """Print a curve as a table; `word` is what it goes over."""
    print(f"\n{word:>12}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}{'x decode':>10}")
    for point in found["points"]:
        if "failed" in point:
            print(f"{point['at']:12}  failed: {point['failed']}")
            continue
        figures = f"{point['wall_s']:8.1f}{point['cpu_s']:8.1f}{point['peak_mb']:9.0f}{point['times_decode']:10.1f}"
        print(f"{point['at']:12}{figures}")
    if "cpu_each_s" in found:
        parts = f"{found['cpu_fixed_s']:.2f} + {found['cpu_each_s']:.3f} x {word}"
        print(f"CPU s = {parts}; the worst point lies {found['worst_off_line']:.0%} off this line")
