"""Crop, straighten and perspective, as one projection from the result back to the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from develop.colour import Matrix
from develop.image import Pixels
from develop.settings import GROUPS, NEUTRAL, DevelopSettings


@dataclass(frozen=True, slots=True)
class View:
    """What of a picture is shown: the result's size, and the 3 x 3 projection from its pixels to the picture's."""

    width: int
    height: int
    projection: Matrix

    @property
    def is_shift(self) -> bool:
        """Whether the result is cut out without a pixel being worked out anew."""
        rest = self.projection - np.eye(3)
        rest[:2, 2] = 0.0
        return bool(np.abs(rest).max() < 1e-12)

    def rows(self, pixels: Pixels, top: int, bottom: int) -> Pixels:
        """Return rows top..bottom of the result; rows outside the picture repeat its edge."""
        if self.is_shift:
            left, above = round(self.projection[0, 2]), round(self.projection[1, 2])
            return pixels[above + top : above + bottom, left : left + self.width]
        shift = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, top], [0.0, 0.0, 1.0]])
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        turned = cv2.warpPerspective(
            pixels, self.projection @ shift, (self.width, bottom - top), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(turned)


def active(settings: DevelopSettings) -> bool:
    """Tell whether the result's outline is another than the picture's."""
    return any(getattr(settings, name) != getattr(NEUTRAL, name) for name in GROUPS["geometry"])


def view_of(settings: DevelopSettings, width: int, height: int) -> View:
    """Return the view of a picture of this size. Turned or leaning pictures are cropped until no corner is empty."""
    left, right = round(settings.crop_left * width), round(settings.crop_right * width)
    top, bottom = round(settings.crop_top * height), round(settings.crop_bottom * height)
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    left, top = min(left, width - 1), min(top, height - 1)
    projection = _turned(settings, width, height)
    box = np.array([left, top, min(right, width), min(bottom, height)], np.float64)
    if np.abs(projection - np.eye(3)).max() > 1e-12:
        box = _within(box, projection, width, height)
    shift = np.array([[1.0, 0.0, box[0]], [0.0, 1.0, box[1]], [0.0, 0.0, 1.0]])
    return View(max(1, int(box[2] - box[0])), max(1, int(box[3] - box[1])), projection @ shift)


def _turned(settings: DevelopSettings, width: int, height: int) -> Matrix:
    """Return the projection from the straightened picture's pixels to the picture's, about its centre."""
    plain = (
        settings.crop_angle == 0
        and settings.perspective_scale == 100
        and not any(
            getattr(settings, f"perspective_{n}") for n in ("vertical", "horizontal", "rotate", "aspect", "x", "y")
        )
    )
    if plain:
        return np.eye(3)
    half = max(width, height) / 2
    to_unit = np.array([[1 / half, 0, -(width - 1) / 2 / half], [0, 1 / half, -(height - 1) / 2 / half], [0, 0, 1]])
    turn = math.radians(-(settings.crop_angle + settings.perspective_rotate))
    rotate = np.array([[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0], [0, 0, 1]])
    scale, aspect = settings.perspective_scale / 100, 2.0 ** (settings.perspective_aspect / 200)
    place = np.array(
        [
            [1 / (scale * aspect), 0, -settings.perspective_x / 100 * width / half / 2],
            [0, aspect / scale, -settings.perspective_y / 100 * height / half / 2],
            [0, 0, 1],
        ]
    )
    # At 100 the far side is half as long as the near one.
    lean = np.eye(3)
    lean[2, 0], lean[2, 1] = settings.perspective_horizontal / 300, settings.perspective_vertical / 300
    return np.asarray(np.linalg.inv(to_unit) @ lean @ rotate @ place @ to_unit)


def _within(box: Matrix, projection: Matrix, width: int, height: int) -> Matrix:
    """Return the box shrunk about its centre until its outline lies in the picture."""
    centre = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2] * 2)
    low, high = 0.02, 1.0
    for size in [1.0] + [None] * 24:
        share = size if size is not None else (low + high) / 2
        if _inside(centre + (box - centre) * share, projection, width, height):
            low = share
            if share == 1.0:
                break
        else:
            high = share
    inner = centre + (box - centre) * low
    return np.concatenate((np.ceil(inner[:2]), np.floor(inner[2:])))


def _inside(box: Matrix, projection: Matrix, width: int, height: int) -> bool:
    along = np.linspace(0.0, 1.0, 9)
    x, y = box[0] + along * (box[2] - 1 - box[0]), box[1] + along * (box[3] - 1 - box[1])
    rim = np.concatenate(
        [np.stack([x, np.full(9, level)], 1) for level in (box[1], box[3] - 1)]
        + [np.stack([np.full(9, level), y], 1) for level in (box[0], box[2] - 1)]
    )
    seen = np.concatenate((rim, np.ones((36, 1))), axis=1) @ projection.T
    if (seen[:, 2] <= 0.05).any():
        return False
    seen = seen[:, :2] / seen[:, 2:]
    return bool((seen >= -0.01).all() and (seen <= np.array([width - 0.99, height - 0.99])).all())
