"""What front priority gives at occlusions: `python -m benchmarks.fronts [--scenes DIR]`.

Scenes with a truth (`frames/`, `truth_mid.png` and `depth_mid.png` in 0.01 mm beside). An occlusion is where depth
jumps by more than 6 mm between neighbours; what lies within 12 pixels of one is in front or behind.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.quality import SHARED, frames_of
from develop.settings import NEUTRAL
from stacker import stack as engine
from stacker.settings import StackSettings
from stackroom.frames import open_frames

_JUMP, _REACH = 600, 12
Mask = NDArray[np.bool_]


def sides(depth: NDArray[Any]) -> dict[str, Mask]:
    """Return where things lie in front of others, and where they lie behind."""
    span = cv2.morphologyEx(depth, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _REACH + 1, 2 * _REACH + 1))
    near = cv2.dilate((span > _JUMP).astype(np.uint8), disc) > 0
    square = np.ones((2 * _REACH + 1, 2 * _REACH + 1), np.uint8)
    middle = (cv2.dilate(depth, square).astype(int) + cv2.erode(depth, square)) / 2
    return {"in front": near & (depth < middle), "behind": near & (depth >= middle), "all": np.ones_like(near)}


def _scores(scene: Path, front: str) -> dict[str, float]:
    paths = frames_of(scene / "frames")
    frames = open_frames(paths, names=[path.name for path in paths], reference=len(paths) // 2, settings=NEUTRAL)
    fused = engine.stack(frames, StackSettings(dust=False, front=StackSettings.parse_front(front)))
    truth = cv2.imread(str(scene / "truth_mid.png"), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_ANYDEPTH)
    depth = cv2.imread(str(scene / "depth_mid.png"), cv2.IMREAD_UNCHANGED)
    rows = slice(fused.crop.top, fused.crop.top + fused.crop.height)
    columns = slice(fused.crop.left, fused.crop.left + fused.crop.width)
    wanted = truth[rows, columns] / np.iinfo(truth.dtype).max
    error = np.square(fused.pixels / 65535 - wanted).mean(axis=2)
    return {
        name: float(-10 * np.log10(error[mask[rows, columns]].mean()))
        for name, mask in sides(depth).items()
        if mask[rows, columns].any()
    }


def _cell(without: dict[str, float], having: dict[str, float], name: str) -> str:
    return f"{without[name]:11.2f} {having[name] - without[name]:+8.2f}" if name in without else f"{'-':>20}"


def main() -> None:
    """Print PSNR without front priority, and what it adds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=Path, default=SHARED / "data" / "synth")
    given = parser.parse_args()
    names = ("in front", "behind", "all")
    print(f"{'scene':24}" + "".join(f"{name:>20}" for name in names))
    for scene in sorted(given.scenes.iterdir()):
        if (scene / "depth_mid.png").exists():
            without, having = (_scores(scene, front) for front in ("off", "first"))
            print(f"{scene.name:24}" + "".join(_cell(without, having, name) for name in names))


if __name__ == "__main__":
    main()
