"""Draw why a stack looks as it does: depth, which frame fed each pixel, each frame's share, and the focus gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from develop.image import Pixels
from stacker.quality import FrameQuality, Level, QualityReport, gap_map
from stacker.sharpness import Sharpness
from stacker.transforms import Rectangle

PANEL = 720
"""Width of one of the four panels in pixels."""
MARGIN = 16
"""Pixels between and around the panels."""

Colour = tuple[int, int, int]
_GROUND, _WELL, _INK, _FAINT = (22, 22, 24), (34, 34, 37), (235, 235, 235), (150, 150, 150)
_GAP, _LEFT_OUT = (255, 72, 48), (200, 60, 60)
_LEVELS: dict[Level, Colour] = {"green": (96, 200, 96), "amber": (240, 180, 60), "red": (240, 90, 80)}
_LINE, _LEGEND = 26, 40
_TEXT, _SMALL = 0.5, 0.42
# More lines push the panels out of sight; the report has them all.
_MOST_FINDINGS = 6
_MOST_NUMBERS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Maps:
    """What fusing knows of its result, all of it upright.

    `pixels` H x W x 3 integers, `depth` H x W float32 in frame numbers, `index_map` H x W integers (the frame that fed
    the pixel); `gaps` and `plain` are coarse maps of the same view (h x w bool): sharp in no frame, and too little
    detail to tell.
    """

    pixels: Pixels
    depth: NDArray[Any]
    index_map: NDArray[Any]
    gaps: NDArray[np.bool_]
    plain: NDArray[np.bool_]


def gaps_and_plain(
    sharpness: Sharpness, crop: Rectangle, size: tuple[int, int]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return `gaps` and `plain` of a result that lies at `crop` in the reference, whose (width, height) is `size`."""
    rows, columns = sharpness.textured.shape
    across, down = columns / size[0], rows / size[1]
    left, top = int(crop.left * across), int(crop.top * down)
    right = max(left + 1, round((crop.left + crop.width) * across))
    bottom = max(top + 1, round((crop.top + crop.height) * down))
    view = slice(top, bottom), slice(left, right)
    return gap_map(sharpness)[view], ~sharpness.textured[view]


def explain(maps: Maps, report: QualityReport) -> Pixels:
    """Return the drawing as RGB uint8: the report's words, and four panels of `PANEL` px, two by two."""
    count = max(2, len(report.frames))
    depth, index = _depth_picture(_fitted(maps.depth), count), _index_picture(_fitted(maps.index_map), count)
    height = len(depth)
    rows = [
        (
            _panel("Depth: where in the sequence each place is sharpest", depth, _depth_legend(count)),
            _panel("Winner: which frame fed each pixel (colours as below)", index, _blank(_LEGEND)),
        ),
        (
            _panel(
                "Share of the subject that each frame shows sharpest", _bars(report.frames, height), _blank(_LEGEND)
            ),
            _panel("Focus gaps", _gaps(maps), _gap_legend()),
        ),
    ]
    gutter = [_blank(len(row[0]), MARGIN) for row in rows]
    body = [np.hstack([g, row[0], g, row[1], g]) for g, row in zip(gutter, rows, strict=True)]
    return np.ascontiguousarray(np.vstack([_head(report, body[0].shape[1]), *body]))


def _blank(height: int, width: int = PANEL, colour: Colour = _GROUND) -> Pixels:
    return np.full((height, width, 3), colour, np.uint8)


def _fitted(plane: NDArray[Any], method: int = cv2.INTER_NEAREST, height: int = 0) -> NDArray[Any]:
    """Return `plane` as float32, as wide as a panel and `height` tall, by default in proportion."""
    height = height or max(1, round(plane.shape[0] * PANEL / plane.shape[1]))
    return cv2.resize(plane.astype(np.float32), (PANEL, height), interpolation=method)


def _turbo(codes: NDArray[np.uint8]) -> Pixels:
    return np.ascontiguousarray(cv2.applyColorMap(codes, cv2.COLORMAP_TURBO)[..., ::-1])


def _depth_picture(depth: NDArray[Any], count: int) -> Pixels:
    return _turbo(np.clip(depth / (count - 1) * 255, 0, 255).astype(np.uint8))


def _depth_legend(count: int) -> Pixels:
    legend = _blank(_LEGEND)
    ramp = np.tile(np.linspace(0, 255, PANEL).astype(np.uint8), (12, 1))
    legend[4:16] = _turbo(ramp)
    steps = min(count - 1, 6)
    for number in sorted({round(step * (count - 1) / steps) for step in range(steps + 1)}):
        _write(legend, str(number), (_across(number / (count - 1), str(number)), 32), _SMALL, _FAINT)
    return legend


def _across(share: float, text: str) -> int:
    """Return where `text` begins so that it lies about `share` of the panel, and within it."""
    width = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, _SMALL, 1)[0][0]
    return int(np.clip(share * PANEL - width / 2, 0, PANEL - width - 2))


def _index_picture(index: NDArray[Any], count: int) -> Pixels:
    return np.asarray(_colours(count)[np.clip(index, 0, count - 1).astype(np.intp)])


def _colours(count: int) -> Pixels:
    """Return a colour a frame: hue runs with the frame, brightness alternates so that neighbours differ."""
    numbers = np.arange(count)
    hsv = np.stack([numbers * 150 // count, np.full(count, 170), np.where(numbers % 2, 245, 165)], axis=-1)
    return np.ascontiguousarray(cv2.cvtColor(hsv.astype(np.uint8)[None], cv2.COLOR_HSV2RGB)[0])


def _bars(frames: Sequence[FrameQuality], height: int) -> Pixels:
    panel = _blank(height, colour=_WELL)
    colours = _colours(max(2, len(frames)))
    largest = max((frame.share for frame in frames), default=0.0) or 1.0
    base = height - 24
    every = -(-len(frames) // _MOST_NUMBERS)
    for place, frame in enumerate(frames):
        left, right = (round(8 + (PANEL - 16) * (place + end) / len(frames)) for end in (0.1, 0.9))
        if place % every == 0:
            _write(panel, str(frame.index), (left, height - 8), _SMALL, _FAINT)
        if not frame.used:
            cv2.line(panel, (left, base), (right, base - 16), _LEFT_OUT, 2, cv2.LINE_AA)
            cv2.line(panel, (left, base - 16), (right, base), _LEFT_OUT, 2, cv2.LINE_AA)
            continue
        top = round(base - (height - 60) * frame.share / largest)
        colour = tuple(int(part) for part in colours[place])
        cv2.rectangle(panel, (left, top), (max(left, right - 1), base), colour, cv2.FILLED)
        if every == 1:
            _write(panel, f"{frame.share:.0%}", (left, top - 6), _SMALL)
    return panel


def _gaps(maps: Maps) -> Pixels:
    """Return the picture in grey: red where no frame is sharp, dark where too little detail tells."""
    grey = _fitted(cv2.cvtColor(maps.pixels, cv2.COLOR_RGB2GRAY), cv2.INTER_AREA)
    grey = 40 + grey * np.float32(190 / np.iinfo(maps.pixels.dtype).max)
    grey[_fitted(maps.plain, height=len(grey)) > 0] *= 0.4
    colours = np.repeat(grey[..., None], 3, axis=-1)
    gaps = _fitted(maps.gaps, height=len(grey)) > 0
    colours[gaps] = colours[gaps] * 0.35 + np.array(_GAP, np.float32) * 0.65
    return colours.astype(np.uint8)


def _gap_legend() -> Pixels:
    legend = _blank(_LEGEND)
    for left, colour, words in ((0, _GAP, "sharp in no frame"), (180, (60, 60, 60), "too little detail to tell")):
        cv2.rectangle(legend, (left, 8), (left + 14, 22), colour, cv2.FILLED)
        _write(legend, words, (left + 22, 20), _SMALL, _FAINT)
    return legend


def _panel(title: str, picture: Pixels, foot: Pixels) -> Pixels:
    head = _blank(_LINE)
    _write(head, title, (0, 18), _TEXT)
    return np.vstack([head, picture, foot])


def _head(report: QualityReport, width: int) -> Pixels:
    """Return the verdict and what was found, in words."""
    findings = sorted(report.findings, key=lambda finding: -list(_LEVELS).index(finding.level))
    lines = [(finding.words, _LEVELS[finding.level]) for finding in findings[:_MOST_FINDINGS]]
    if len(findings) > _MOST_FINDINGS:
        lines.append((f"and {len(findings) - _MOST_FINDINGS} more in the report", _FAINT))
    head = _blank(2 * MARGIN + _LINE * (1 + len(lines)), width)
    cv2.rectangle(head, (MARGIN, MARGIN + 2), (MARGIN + 14, MARGIN + 16), _LEVELS[report.verdict], cv2.FILLED)
    _write(head, report.summary, (MARGIN + 24, MARGIN + 15), 0.6, _INK)
    for number, (words, colour) in enumerate(lines, start=1):
        _write(head, words, (MARGIN + 24, MARGIN + 15 + number * _LINE), _TEXT, colour)
    return head


def _write(picture: Pixels, text: str, place: tuple[int, int], scale: float, colour: Colour = _INK) -> None:
    ascii_text = text.encode("ascii", "replace").decode()
    cv2.putText(picture, ascii_text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, 1, cv2.LINE_AA)
