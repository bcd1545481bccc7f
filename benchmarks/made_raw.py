"""A raw file made from numbers: a Bayer DNG with colours, edges, fine structure and noise, as cameras write it."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

_BLACK, _WHITE = 512, 15360
_NEUTRAL = (0.5, 1.0, 0.625)
"""What the sensor answers to grey light, beside green."""
_XYZ_TO_CAMERA = (0.6722, -0.0635, -0.0963, -0.4287, 1.2460, 0.2028, -0.0908, 0.2162, 0.5668)


def _light(width: int, height: int) -> NDArray[np.float32]:
    """Return linear camera light: soft colours, hard edges, fine structure, a bright corner that clips."""
    rng = np.random.default_rng(0)
    size = (width, height)
    soft = cv2.resize(rng.random((20, 30, 3), np.float32), size, interpolation=cv2.INTER_CUBIC)
    hard = cv2.resize(rng.random((60, 90, 1), np.float32), size, interpolation=cv2.INTER_NEAREST)[..., None]
    fine = cv2.GaussianBlur(rng.standard_normal((height, width), np.float32), (0, 0), 1.2)[..., None]
    light = 0.18 * (0.4 + np.clip(soft, 0, 1)) * (0.5 + hard) * (1 + 1.5 * fine)
    light[: height // 8, : width // 8] *= 8
    return np.asarray(np.maximum(light, 0), np.float32)


def write_raw(path: Path, width: int = 6000, height: int = 4000) -> None:
    """Write a Bayer DNG (RGGB, 14 bits in 16, uncompressed)."""
    rng = np.random.default_rng(1)
    light = _light(width, height) * np.asarray(_NEUTRAL, np.float32)
    mosaic = np.empty((height, width), np.float32)
    for row, column, channel in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        mosaic[row::2, column::2] = light[row::2, column::2, channel]
    mosaic += rng.standard_normal(mosaic.shape, np.float32) * np.sqrt(mosaic * 2e-4 + 1e-6)
    write_mosaic(path, mosaic, _NEUTRAL)


def write_mosaic(path: Path, mosaic: NDArray[np.float32], neutral: tuple[float, ...] = (1.0, 1.0, 1.0)) -> None:
    """Write a mosaic of light (red first, 1 where it clips) as a DNG; `neutral` is what grey light gives."""
    values = np.clip(np.rint(mosaic * (_WHITE - _BLACK) + _BLACK), 0, _WHITE).astype(np.uint16)
    matrix = [part for value in _XYZ_TO_CAMERA for part in (round(value * 10000), 10000)]
    white = [part for value in neutral for part in (round(value * 10000), 10000)]
    tifffile.imwrite(
        path,
        values,
        photometric=32803,
        metadata=None,
        extratags=[
            (271, "s", 0, "Kamera", True),
            (272, "s", 0, "Kamera K1", True),
            (274, "H", 1, 1, True),
            (33421, "H", 2, (2, 2), True),
            (33422, "B", 4, bytes((0, 1, 1, 2)), True),
            (50706, "B", 4, bytes((1, 4, 0, 0)), True),
            (50708, "s", 0, "Kamera K1", True),
            (50714, "H", 1, _BLACK, True),
            (50717, "H", 1, _WHITE, True),
            (50721, "2i", 9, matrix, True),
            (50728, "2I", 3, white, True),
            (50778, "H", 1, 21, True),
        ],
    )


if __name__ == "__main__":
    write_raw(Path(sys.argv[1]))
