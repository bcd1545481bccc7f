"""Picture the engine's stages for docs/algorithms.md: alignment, equalisation, bounds, borders, dust.

Called by `python -m benchmarks.pictures`. The frames of the sample's beetle are handled more roughly first: moved,
turned, unevenly lit, and taken with a dirty sensor, so that each stage has something to do.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.dust import Grain, kept_light, soiled
from develop.image import Pixels
from stacker.blend import Blend
from stacker.canvas import Span, Tile
from stacker.pyramid import bands, gaussian
from stacker.settings import StackSettings
from stacker.stack import Fused, stack
from stacker.warp import brought, covered
from tests.synthetic import ArrayFrames


@dataclass(frozen=True)
class Rough:
    """The frames as a shaky hand, an unsteady lamp and a dirty sensor would have given them."""

    frames: list[Pixels]

    def moved(self) -> list[Pixels]:
        """Return them shifted by up to 14 px and turned by up to half a degree."""
        random = np.random.default_rng(4)
        out = []
        for number, frame in enumerate(self.frames):
            height, width = frame.shape[:2]
            if number == len(self.frames) // 2:
                out.append(frame)
                continue
            turn = cv2.getRotationMatrix2D((width / 2, height / 2), random.uniform(-0.5, 0.5), 1 + 0.004 * number)
            turn[:, 2] += random.uniform(-14, 14, 2)
            out.append(
                cv2.warpAffine(frame, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
            )
        return out

    def flickering(self) -> list[Pixels]:
        """Return them with up to a sixth of a stop more or less light."""
        random = np.random.default_rng(9)
        gains = np.exp2(random.uniform(-0.16, 0.16, len(self.frames)))
        gains[len(gains) // 2] = 1
        return [
            np.asarray(np.clip(255 * ((frame / 255) ** 2.2 * gain) ** (1 / 2.2) + 0.5, 0, 255), np.uint8)
            for frame, gain in zip(self.frames, gains, strict=True)
        ]

    def dirty(self) -> list[Pixels]:
        """Return them under five specks."""
        height, width = self.frames[0].shape[:2]
        places = (
            (0.68, 0.16, 9, 0.3),
            (0.75, 0.3, 6, 0.35),
            (0.8, 0.14, 12, 0.25),
            (0.84, 0.31, 7, 0.35),
            (0.6, 0.5, 7, 0.3),
        )
        grains = [Grain(x * width, y * height, radius, depth, 0.35) for x, y, radius, depth in places]
        return soiled(self.frames, kept_light((width, height), grains))


def _stacked(frames: list[Pixels], **settings: object) -> Fused:
    return stack(ArrayFrames(frames), StackSettings.from_json({"reference": "middle", **settings}))


def piece(picture: Pixels, at: tuple[float, float], side: int) -> Pixels:
    """Return a square of `side` px about a place (parts of width and height)."""
    height, width = picture.shape[:2]
    top, left = int(at[1] * height) - side // 2, int(at[0] * width) - side // 2
    return picture[max(0, top) : top + side, max(0, left) : left + side]


def titled(views: list[tuple[str, Pixels]], scale: float = 2.0) -> Pixels:
    """Return pictures of one size side by side, enlarged, each with its name."""
    out = []
    for name, view in views:
        codes = (view // 257).astype(np.uint8) if view.dtype == np.uint16 else view
        large = cv2.resize(np.ascontiguousarray(codes), None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
        cv2.rectangle(large, (0, 0), (12 + 10 * len(name), 30), (20, 20, 20), cv2.FILLED)
        cv2.putText(large, name, (8, 21), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (255, 255, 255), 1, cv2.LINE_AA)
        out.append(large)
    return np.hstack(out)


def alignment(frames: list[Pixels]) -> Pixels:
    """Return the first frame (red) over the reference (green, blue), as taken and as laid."""
    moved = Rough(frames).moved()
    fused = _stacked(moved, dust=False, border="reflect")
    height, width = moved[0].shape[:2]
    transform = fused.transforms[1]
    assert transform is not None
    gray = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (moved[1], moved[len(moved) // 2])]
    laid = brought(gray[0], transform, (width, height))
    views = [("as taken", gray[0]), ("as laid on the reference", laid)]
    return titled([(name, piece(cv2.merge((view, gray[1], gray[1])), (0.5, 0.5), 240)) for name, view in views], 2.0)


def equalisation(frames: list[Pixels]) -> Pixels:
    """Return a slice of every frame side by side, before and after their light was made even."""
    uneven = Rough(frames).flickering()
    fused = _stacked(uneven, dust=False, align="none")
    width = 480 // len(uneven)
    rows = slice(uneven[0].shape[0] // 3, uneven[0].shape[0] // 3 + 200)
    column = slice(uneven[0].shape[1] // 8, uneven[0].shape[1] // 8 + width)
    table = [fused.equalisation.lut(i, np.dtype(np.uint8), np.uint8) for i in range(len(uneven))]
    even = [np.dstack([table[i][c][frame[..., c]] for c in range(3)]) for i, frame in enumerate(uneven)]
    pair = [("a slice of each frame", uneven), ("the same, equalised", even)]
    return titled([(name, np.hstack([frame[rows, column] for frame in series])) for name, series in pair], 1.0)


def _edge(sigma: float) -> NDArray[np.float32]:
    picture = np.full((90, 120, 3), 0.1, np.float32)
    picture[:, 60:] = 0.9
    picture += (0.02 * np.random.default_rng(1).standard_normal((90, 120, 1))).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma) if sigma else picture, np.float32)


def bounds() -> Pixels:
    """Chart the light across an edge that one frame has sharp and another not, and of the two mixed there."""
    sharp, soft = _edge(0), _edge(8)
    left = cv2.GaussianBlur((np.indices((90, 120))[1] < 60).astype(np.float32), (0, 0), 0.5)
    blend, tile = Blend((120, 90), 2), Tile(Span(0, 90, 0, 90), Span(0, 120, 0, 120))
    for frame, share in ((sharp, left), (soft, 1 - left)):
        blend.add(tile, bands(frame.copy(), 2), gaussian(share, 2))
    plain = np.zeros((90, 120, 3), np.float32)
    with ThreadPoolExecutor(1) as pool:
        blend.finish(lambda rows, out, which, _: plain.__setitem__(which, rows(which)), slice(0, 90), pool)
    held = np.clip(plain, np.minimum(sharp, soft), np.maximum(sharp, soft))
    chart = np.full((300, 900, 3), 250, np.uint8)
    lines = (
        ("sharp frame", sharp, (170, 170, 170)),
        ("soft frame", soft, (110, 110, 110)),
        ("bands alone", plain, (220, 40, 40)),
        ("held to the frames", held, (20, 130, 60)),
    )
    for number, (name, view, colour) in enumerate(lines):
        level = view[:, 36:84].mean(axis=(0, 2))
        points = np.stack([np.linspace(20, 660, len(level)), 280 - 260 * level], axis=1)
        cv2.polylines(chart, [np.rint(points * 16).astype(np.int32)], False, colour, 2, cv2.LINE_AA, shift=4)
        place = (690, 60 + 50 * number)
        cv2.putText(chart, name, place, cv2.FONT_HERSHEY_SIMPLEX, 0.6, colour, 1, cv2.LINE_AA)
    return chart


def borders(frames: list[Pixels]) -> Pixels:
    """Return the corner of a stack of moved frames: filled up by reflection with the cut drawn, and cut."""
    moved = Rough(frames).moved()
    made = {border: _stacked(moved, dust=False, border=border) for border in ("reflect", "crop")}
    whole, cut = made["reflect"], made["crop"].crop
    height, width = whole.pixels.shape[:2]
    reach = np.zeros((height, width), np.uint8)
    for transform in whole.transforms:
        if transform is not None:
            reach += covered((width, height), transform, (width, height))
    picture = (whole.pixels // 257).astype(np.uint8)
    picture[reach < len(moved)] = picture[reach < len(moved)] // 2 + np.array([90, 30, 0], np.uint8)
    cv2.rectangle(picture, cut[:2], (cut.left + cut.width - 1, cut.top + cut.height - 1), (255, 255, 0), 1)
    scale = 480 / width
    return np.asarray(cv2.resize(picture, None, fx=2 * scale, fy=2 * scale, interpolation=cv2.INTER_AREA), np.uint8)


def dust(frames: list[Pixels]) -> Pixels:
    """Return a piece of the stack of a dirty sensor's frames: with its trails, and healed."""
    dirty = Rough(Rough(frames).moved()).dirty()
    views = [(name, _stacked(dirty, dust=wanted).pixels) for name, wanted in (("--no-dust", False), ("healed", True))]
    return titled([(name, piece(view, (0.76, 0.24), 260)) for name, view in views], 1.9)
