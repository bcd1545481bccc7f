"""Make the pictures of docs/algorithms.md from the sample card: `python -m benchmarks.pictures [FOLDER]`.

Each is drawn by the program itself from the sample's beetle, and small enough to lie in the repository.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

from benchmarks import stage_pictures
from develop import decode
from develop.image import Pixels
from develop.settings import NEUTRAL
from stacker.explain import Maps, explain, gaps_and_plain
from stacker.settings import StackSettings
from stacker.stack import Fused, stack
from stackroom.frames import open_frames

ROOT = Path(__file__).parents[1]
CARD = ROOT / "samples" / "card" / "DCIM"
FIRST, LAST = CARD / "100CANON" / "IMG_9994.JPG", CARD / "101CANON" / "IMG_0006.JPG"
_QUALITY = 82
_WIDTH = 1000


def beetle() -> tuple[Path, ...]:
    """Return the frames of the sample's longest sequence."""
    return tuple(
        path for path in sorted(CARD.glob("10[01]CANON/IMG_[0-9][0-9][0-9][0-9].JPG")) if FIRST <= path <= LAST
    )


def _fused(method: str) -> Fused:
    paths = beetle()
    middle = len(paths) // 2
    frames = open_frames(paths, names=[path.name for path in paths], reference=middle, settings=NEUTRAL)
    settings = StackSettings.from_json({"method": method, "reference": "middle"})
    return stack(frames, settings)


def _drawing(fused: Fused) -> Pixels:
    gaps, plain = gaps_and_plain(fused.sharpness, fused.crop, fused.frame_size)
    maps = Maps(pixels=fused.pixels, depth=fused.depth, index_map=fused.index_map, gaps=gaps, plain=plain)
    return explain(maps, fused.report)


def _methods(stacks: dict[str, Fused]) -> Pixels:
    """Return the same piece of the picture by every method, side by side, enlarged."""
    pieces = [(name, stage_pictures.piece(fused.pixels, (0.5, 0.5), 160)) for name, fused in stacks.items()]
    return stage_pictures.titled(pieces, 2.5)


def _certainty(fused: Fused) -> Pixels:
    """Return how far each place's depth was measured, and its smooth depth beside it."""
    sure = np.repeat((fused.confidence * 255).astype(np.uint8)[..., None], 3, axis=-1)
    codes = np.clip(fused.depth / (len(fused.transforms) - 1) * 255, 0, 255).astype(np.uint8)
    return np.hstack([sure, cv2.applyColorMap(codes, cv2.COLORMAP_TURBO)[..., ::-1]])


def _write(path: Path, picture: Pixels) -> None:
    scale = min(1.0, _WIDTH / picture.shape[1])
    small = cv2.resize(np.ascontiguousarray(picture), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(path), cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    """Make all pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    stacks = {method: _fused(method) for method in ("auto", "weighted", "depth", "pyramid")}
    _write(folder / "explain.jpg", _drawing(stacks["auto"]))
    _write(folder / "methods.jpg", _methods(stacks))
    _write(folder / "depth.jpg", _certainty(stacks["auto"]))
    frames = [decode.read_image(path).pixels for path in beetle()]
    _write(folder / "alignment.jpg", stage_pictures.alignment(frames))
    _write(folder / "equalisation.jpg", stage_pictures.equalisation(frames))
    _write(folder / "bounds.jpg", stage_pictures.bounds())
    _write(folder / "borders.jpg", stage_pictures.borders(frames))
    _write(folder / "dust.jpg", stage_pictures.dust(frames))


if __name__ == "__main__":
    main()
