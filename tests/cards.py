"""Small camera cards with known truth, made when a test asks for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

START = datetime(2026, 3, 7, 10, 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of frames as a camera would write them; `focus_m` gives one distance a frame."""

    first: int
    focus_m: Sequence[float]
    start_s: float
    step_s: float = 0.5
    seed: int = 1
    folder: str = "100CANON"
    model: str = "Canon EOS R6"
    orientation: int = 1


def scene(seed: int, size: tuple[int, int] = (240, 160)) -> NDArray[np.uint8]:
    """Return a picture (RGB uint8) with detail at every scale."""
    width, height = size
    noise = np.random.default_rng(seed)
    picture = np.full((height, width, 3), 110, np.float32)
    for grain, strength in ((40, 50), (12, 35), (4, 25), (2, 18)):
        coarse = noise.normal(0, strength, (height // grain + 3, width // grain + 3, 3)).astype(np.float32)
        picture += cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    return np.clip(picture, 0, 255).astype(np.uint8)


def focused(sharp: NDArray[np.uint8], index: int, count: int) -> NDArray[np.uint8]:
    """Return the scene with frame `index` of `count` sharp in its own band of columns, and the rest out of focus."""
    blurred = [sharp, *(cv2.GaussianBlur(sharp, (0, 0), sigma) for sigma in (1.0, 2.0, 4.0))]
    column = np.arange(sharp.shape[1]) / sharp.shape[1]
    level = np.clip(np.abs(column - (index + 0.5) / count) * count - 0.5, 0, 3).round().astype(int)
    frame = sharp.copy()
    for number, picture in enumerate(blurred):
        frame[:, level == number] = picture[:, level == number]
    return frame


def write_frame(path: Path, pixels: NDArray[np.uint8], taken: datetime, focus_m: float | None, run: Run) -> None:
    """Write a JPEG with the header of a camera."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = run.model.split()[0], run.model
    exif[0x0112] = run.orientation
    ifd = exif.get_ifd(0x8769)
    ifd[0x9003] = taken.strftime("%Y:%m:%d %H:%M:%S")
    ifd[0x9291] = f"{taken.microsecond // 10000:02}"
    ifd[0x829A], ifd[0x829D] = IFDRational(1, 60), IFDRational(56, 10)
    ifd[0x8827], ifd[0x920A] = 200, IFDRational(100, 1)
    ifd[0xA431], ifd[0xA434] = "0123456789", "Macro 100mm F2.8"
    if focus_m is not None:
        ifd[0x9206] = IFDRational(round(focus_m * 10000), 10000)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, "JPEG", quality=92, exif=exif)


def write_run(card: Path, run: Run) -> list[Path]:
    """Write a run of frames and return their paths in order."""
    sharp = scene(run.seed)
    paths = []
    for index, focus in enumerate(run.focus_m):
        path = card / "DCIM" / run.folder / f"IMG_{run.first + index:04}.JPG"
        taken = START + timedelta(seconds=run.start_s + index * run.step_s)
        write_frame(path, focused(sharp, index, len(run.focus_m)), taken, focus, run)
        paths.append(path)
    return paths


def write_card(card: Path, *, damaged: bool = True) -> dict[str, list[Path]]:
    """Write two stacks, a single and a duplicate, and if `damaged` a cut and an empty file; return the stacks.

    Damaged files cost time: the program gives them a while to become whole.
    """
    stacks = {
        "near": write_run(card, Run(first=1, focus_m=(0.30, 0.31, 0.32, 0.33), start_s=0, seed=1)),
        "far": write_run(card, Run(first=5, focus_m=(0.50, 0.53, 0.56, 0.60), start_s=60, seed=2, orientation=6)),
    }
    [single] = write_run(card, Run(first=20, focus_m=(5.0,), start_s=600, seed=3))
    (single.parent / "IMG_0002 (1).JPG").write_bytes(stacks["near"][1].read_bytes())
    if damaged:
        whole = stacks["near"][2].read_bytes()
        (single.parent / "IMG_0030.JPG").write_bytes(whole[: len(whole) // 2])
        (single.parent / "IMG_0031.JPG").write_bytes(b"")
    return stacks
