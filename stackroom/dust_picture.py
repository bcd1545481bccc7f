"""Draw where the dust is on a sensor: circles over a picture that was taken with it, in sensor orientation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from catalog.dust import MappedSpeck
from develop import decode
from develop.codecs import png
from develop.image import Image, Pixels

_SIDE = 2000
_FOUND, _SAID = (255, 170, 0), (0, 220, 255)


def drawn(pixels: Pixels, specks: Sequence[MappedSpeck], size: tuple[int, int]) -> Pixels:
    """Return `pixels` (RGB uint8, any size) in faint grey with a circle round each speck, numbered as listed.

    The specks are in pixels of a sensor of `size` (width, height). Orange ones were found, blue ones a person's word.
    """
    grey = cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    canvas = np.asarray(grey // 2 + 64, np.uint8)
    factor = pixels.shape[1] / size[0]
    for number, speck in enumerate(specks, 1):
        centre = (round(speck.x * factor), round(speck.y * factor))
        radius = max(6, round(1.5 * speck.radius * factor))
        colour = _SAID if speck.mark is not None else _FOUND
        cv2.circle(canvas, centre, radius, colour, 2, cv2.LINE_AA)
        corner = (centre[0] + radius + 3, centre[1] - 3)
        cv2.putText(canvas, str(number), corner, cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)
    return canvas


def write(path: Path, picture: Path, specks: Sequence[MappedSpeck]) -> None:
    """Write the drawing over `picture` as a PNG. Raises DecodeError or WriteError."""
    pixels = decode.read_reduced(picture, _SIDE).pixels
    small = np.asarray(pixels >> 8, np.uint8) if pixels.dtype == np.uint16 else pixels
    png.write_png(path, Image(drawn(small, specks, decode.read_size(picture))))
