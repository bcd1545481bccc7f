"""Draw why a stack looks as it does: depth, which frame fed each pixel, each frame's share, and the focus gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from develop.image import Pixels
from stacker.quality import FrameQuality, QualityReport, gap_map
from stacker.sharpness import Sharpness
from stacker.transforms import Rectangle

PANEL = 720
"""Width of one of the four panels in pixels."""

_GROUND, _INK, _FAINT = (24, 24, 24), (235, 235, 235), (120, 120, 120)
_GAP, _LEFT_OUT = (255, 64, 48), (200, 60, 60)
_TITLE = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Maps:
    """What fusing knows of each pixel of its result.

    `depth` H x W float32 in frame numbers, `index_map` H x W integers (the frame that fed the pixel), `crop` where in
    the reference the result lies, `size` (width, height) of the reference.
    """

    depth: NDArray[Any]
    index_map: NDArray[Any]
    crop: Rectangle
    size: tuple[int, int]


def explain(maps: Maps, sharpness: Sharpness, report: QualityReport) -> Pixels:
    """Return the drawing as RGB uint8: four panels of `PANEL` px, two by two, under the report's summary."""
    count = max(2, len(report.frames))
    depth, index = _fitted(maps.depth), _fitted(maps.index_map)
    height = depth.shape[0]
    panels = [
        _titled("depth: near to far in frame numbers", _depth_picture(depth, count)),
        _titled("which frame fed each pixel", _index_picture(index, count)),
        _titled("share of the subject each frame shows sharpest", _bars(report.frames, height)),
        _titled("focus gaps: sharp in no frame (red); grey: too little detail to tell", _gaps(maps, sharpness, height)),
    ]
    top = np.hstack(panels[:2])
    head = _strip(report.summary, top.shape[1], _colour_of(report))
    return np.ascontiguousarray(np.vstack([head, top, np.hstack(panels[2:])]))


def _fitted(plane: NDArray[Any]) -> NDArray[Any]:
    height = max(1, round(plane.shape[0] * PANEL / plane.shape[1]))
    return cv2.resize(plane.astype(np.float32), (PANEL, height), interpolation=cv2.INTER_NEAREST)


def _depth_picture(depth: NDArray[Any], count: int) -> Pixels:
    codes = np.clip(depth / (count - 1) * 255, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(cv2.applyColorMap(codes, cv2.COLORMAP_TURBO)[..., ::-1])


def _index_picture(index: NDArray[Any], count: int) -> Pixels:
    return np.asarray(_colours(count)[np.clip(index, 0, count - 1).astype(np.intp)])


def _colours(count: int) -> Pixels:
    """Return a colour a frame: hue runs with the frame, brightness alternates so that neighbours differ."""
    numbers = np.arange(count)
    hsv = np.stack([numbers * 150 // count, np.full(count, 190), np.where(numbers % 2, 255, 170)], axis=-1)
    return np.ascontiguousarray(cv2.cvtColor(hsv.astype(np.uint8)[None], cv2.COLOR_HSV2RGB)[0])


def _bars(frames: Sequence[FrameQuality], height: int) -> Pixels:
    panel = np.full((height, PANEL, 3), _GROUND, np.uint8)
    colours = _colours(max(2, len(frames)))
    largest = max((frame.share for frame in frames), default=0.0) or 1.0
    for place, frame in enumerate(frames):
        left, right = (round(8 + (PANEL - 16) * (place + end) / len(frames)) for end in (0.1, 0.9))
        if not frame.used:
            cv2.line(panel, (left, height - 8), (right, height - 24), _LEFT_OUT, 2, cv2.LINE_AA)
            cv2.line(panel, (left, height - 24), (right, height - 8), _LEFT_OUT, 2, cv2.LINE_AA)
            continue
        top = round(height - 24 - (height - 60) * frame.share / largest)
        colour = tuple(int(part) for part in colours[place])
        cv2.rectangle(panel, (left, top), (max(left, right), height - 24), colour, cv2.FILLED)
        if len(frames) <= 24:
            _write(panel, f"{frame.share:.0%}", (left, top - 6), 0.4)
            _write(panel, str(frame.index), (left, height - 8), 0.4, _FAINT)
    return panel


def _gaps(maps: Maps, sharpness: Sharpness, height: int) -> Pixels:
    detail = np.sqrt(sharpness.energy.max(axis=0))
    grey = np.clip(40 + 180 * detail / (np.percentile(detail, 99) + 1e-9), 0, 220).astype(np.uint8)
    cells = np.stack([grey] * 3, axis=-1)
    cells[~sharpness.textured] = _FAINT
    gaps = gap_map(sharpness)
    cells[gaps] = cells[gaps] // 3 + np.array(_GAP, np.uint8) // 3 * 2
    rows, columns = cells.shape[:2]
    left, top, width, tall = maps.crop
    across, down = columns / maps.size[0], rows / maps.size[1]
    x0, y0 = int(left * across), int(top * down)
    x1, y1 = max(x0 + 1, round((left + width) * across)), max(y0 + 1, round((top + tall) * down))
    return cv2.resize(cells[y0:y1, x0:x1], (PANEL, height), interpolation=cv2.INTER_NEAREST)


def _titled(title: str, picture: Pixels) -> Pixels:
    return np.vstack([_strip(title, picture.shape[1], _INK), picture])


def _strip(text: str, width: int, colour: tuple[int, int, int]) -> Pixels:
    strip = np.full((_TITLE, width, 3), _GROUND, np.uint8)
    _write(strip, text, (8, 19), 0.5, colour)
    return strip


def _write(
    picture: Pixels, text: str, place: tuple[int, int], scale: float, colour: tuple[int, int, int] = _INK
) -> None:
    ascii_text = text.encode("ascii", "replace").decode()
    cv2.putText(picture, ascii_text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, 1, cv2.LINE_AA)


def _colour_of(report: QualityReport) -> tuple[int, int, int]:
    return {"green": (90, 200, 90), "amber": (240, 180, 60), "red": (240, 90, 80)}[report.verdict]
