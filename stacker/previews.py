"""Measure what a small preview shows, for telling focus stacks from bursts, brackets and panoramas."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

_WIDTH = 512
_COLUMNS, _ROWS = 24, 16


@dataclass(frozen=True, slots=True)
class Signature:
    """Tile maps of a preview, row by row, 24 × 16 numbers each."""

    light: tuple[int, ...]
    """Mean encoded brightness, 0..255."""
    detail: tuple[int, ...]
    """20 · log2(1 + mean squared Laplacian)."""


def _tiles(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.asarray(cv2.resize(values, (_COLUMNS, _ROWS), interpolation=cv2.INTER_AREA), np.float32)


def measure(preview: npt.NDArray[np.uint8]) -> Signature:
    """Measure a preview.

    `preview` is H × W × 3 RGB uint8 in sensor orientation, of any size: it is brought to a long side of 512 pixels
    first, so that signatures of one body's previews compare. Raises ValueError for another shape or type.
    """
    if preview.ndim != 3 or preview.shape[2] != 3 or preview.dtype != np.uint8 or min(preview.shape[:2]) < _COLUMNS:
        raise ValueError(f"a preview must be RGB uint8 of {_COLUMNS} pixels a side at least, not {preview.shape}")
    scale = _WIDTH / max(preview.shape[:2])
    size = (max(_COLUMNS, round(preview.shape[1] * scale)), max(_ROWS, round(preview.shape[0] * scale)))
    small = cv2.resize(preview, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    # A slight blur keeps the noise and the blocks of a JPEG preview from passing for detail.
    edges = cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 1.0), cv2.CV_32F, ksize=3)
    light = np.clip(np.rint(_tiles(grey)), 0, 255)
    detail = np.rint(20.0 * np.log2(1.0 + _tiles(np.square(edges))))
    return Signature(tuple(light.astype(int).ravel().tolist()), tuple(detail.astype(int).ravel().tolist()))
