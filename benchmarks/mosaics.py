"""Measure how near interpolated mosaics come to photographs: laid through a Bayer pattern with a little noise.

python -m benchmarks.mosaics [--noise 2e-4] [--json] PHOTO...

PSNR (dB) of the encoded picture, ours beside three of LibRaw's. Only the middle of a photograph is taken.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import cv2
import numpy as np
import rawpy
from numpy.typing import NDArray

from benchmarks.made_raw import write_mosaic
from develop import colour, decode, raw
from develop.colour import Floats
from develop.image import SRGB

_OTHERS = ("PPG", "AHD", "DHT")
_SIZE = (900, 1200)
_EXPOSED = 0.45


def middle(path: Path) -> Floats:
    """Return the middle of a photograph as linear light of its own primaries."""
    image = decode.read_image(path)
    high, wide = (min(size, most) // 2 * 2 for size, most in zip(image.pixels.shape, _SIZE, strict=False))
    top, left = (image.height - high) // 2, (image.width - wide) // 2
    part = np.ascontiguousarray(image.pixels[top : top + high, left : left + wide])
    return colour.to_linear(part, SRGB) * np.float32(_EXPOSED)


def mosaic_of(light: Floats, noise: float) -> Floats:
    """Return what a sensor with red first would see, with noise that grows with light."""
    seen = light[..., 1].copy()
    seen[::2, ::2], seen[1::2, 1::2] = light[::2, ::2, 0], light[1::2, 1::2, 2]
    grain = np.random.default_rng(0).standard_normal(seen.shape, np.float32)
    return np.asarray(seen + grain * np.sqrt(seen * noise + (1e-6 if noise else 0.0)), np.float32)


def decibel(one: NDArray[np.generic], other: NDArray[np.generic]) -> float:
    """Return the PSNR of two encoded pictures, their rims left out."""
    apart = one.astype(np.float64)[8:-8, 8:-8] - other[8:-8, 8:-8]
    return float(-10 * np.log10(np.mean(apart**2)))


def measure(path: Path, noise: float) -> dict[str, float]:
    """Return dB of each way to interpolate."""
    light = middle(path)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "made.dng")
        write_mosaic(made, mosaic_of(light, noise))
        ours = raw.read_raw(made).pixels / np.float32(65535)
        theirs = {name: _by_libraw(made, name) for name in _OTHERS}
        with rawpy.imread(str(made)) as opened:
            turn = colour.matrix(SRGB, colour.WORKING) @ opened.color_matrix[:, :3]
    truth = _shown(np.asarray(cv2.transform(light, turn.astype(np.float32)), np.float32))
    found = {"ours": ours, **theirs}
    return {name: round(decibel(picture, truth), 2) for name, picture in found.items()}


def _by_libraw(path: Path, name: str) -> Floats:
    with rawpy.imread(str(path)) as opened:
        linear = opened.postprocess(
            use_camera_wb=True, no_auto_bright=True, gamma=(1, 1), output_bps=16, output_color=rawpy.ColorSpace(8),
            user_flip=0, adjust_maximum_thr=0.0, demosaic_algorithm=rawpy.DemosaicAlgorithm[name],
        )  # fmt: skip
    return _shown(np.asarray(linear / 65535, np.float32))


def _shown(linear: Floats) -> Floats:
    return colour.encode_curve(np.clip(linear, 0.0, 1.0), colour.REC2020)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--noise", type=float, default=2e-4)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    every = {path.name: measure(path, given.noise) for path in given.photos}
    every["mean"] = {
        name: round(float(np.mean([one[name] for one in every.values()])), 2) for name in ("ours", *_OTHERS)
    }
    print(json.dumps(every) if given.json else "\n".join(f"{name}: {values}" for name, values in every.items()))


if __name__ == "__main__":
    main()
