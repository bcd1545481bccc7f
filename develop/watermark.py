"""Lay a text or a PNG over a corner of a finished picture."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from develop import colour
from develop.errors import SettingsError
from develop.image import SRGB, Image
from develop.watermark_settings import Watermark

_STROKE_SHARE = 1 / 24
_NO_LETTER = "\uffff"
_SHADE, _INK = (0, 0, 0, 160), (255, 255, 255, 255)


@lru_cache(maxsize=8)
def _font(name: str, height: int) -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype(name, height)
    except OSError as error:
        raise SettingsError(f"{name}: this font cannot be used for the watermark; name another, or none") from error


def _require_letters(mark: Watermark, font: ImageFont.FreeTypeFont) -> None:
    """Raise SettingsError where the font has no picture of a letter but the one for what it does not know."""
    unknown = bytes(font.getmask(_NO_LETTER))
    for letter in mark.text:
        if not letter.isspace() and bytes(font.getmask(letter)) == unknown:
            raise SettingsError(f"{mark.font}: this font has no {letter!r}, which the watermark needs; name another")


def _in_own_font(mark: Watermark, height: int, rim: int) -> NDArray[np.uint8]:
    font = _font(mark.font, height)
    _require_letters(mark, font)
    left, top, right, bottom = (
        round(edge)
        for edge in ImageDraw.Draw(Pillow.new("L", (1, 1))).textbbox((0, 0), mark.text, font, stroke_width=rim)
    )
    sheet = Pillow.new("RGBA", (max(1, right - left), max(1, bottom - top)))
    place = (-left, -top)
    ImageDraw.Draw(sheet).text(place, mark.text, _INK, font, stroke_width=rim, stroke_fill=_SHADE)
    return np.asarray(sheet)


def _in_built_in_font(text: str, height: int, rim: int) -> NDArray[np.uint8]:
    """Draw with the font that OpenCV brings along: it knows the letters of most languages, Pillow's only ASCII."""
    font = cv2.FontFace("sans")
    _, _, wide, high = cv2.getTextSize((1, 1), text, (0, 0), font, height)
    letters = np.zeros((high + 4 * height, wide + 4 * height), np.uint8)
    cv2.putText(letters, text, (2 * height, high + height), (255,), font, height)
    shade = cv2.dilate(letters, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim + 1, 2 * rim + 1)))
    left, top, across, down = cv2.boundingRect(shade)
    part = slice(top, top + max(1, down)), slice(left, left + max(1, across))
    ink, below = letters[part].astype(np.float32) / 255, shade[part].astype(np.float32) / 255 * (_SHADE[3] / 255)
    cover = ink + below * (1 - ink)
    grey = np.where(cover > 0, ink / np.maximum(cover, 1e-6), 0)
    drawn: NDArray[np.uint8] = np.rint(np.dstack([grey, grey, grey, cover]) * 255).astype(np.uint8)
    return drawn


def _text(mark: Watermark, height: int) -> NDArray[np.uint8]:
    """Return white text in a dark rim, which can be read on light and dark: H x W x 4 sRGB, `height` to the letter."""
    height, rim = max(6, height), max(1, round(height * _STROKE_SHARE))
    return _in_own_font(mark, height, rim) if mark.font else _in_built_in_font(mark.text, height, rim)


@lru_cache(maxsize=4)
def _picture(path: str) -> Pillow.Image:
    try:
        with Pillow.open(Path(path).expanduser()) as file:
            return file.convert("RGBA")
    except (OSError, Pillow.DecompressionBombError) as error:
        raise SettingsError(f"{path}: this picture cannot be used as a watermark; name a PNG that is there") from error


def _sheet(mark: Watermark, short_edge: int) -> NDArray[np.uint8]:
    length = max(1, round(short_edge * mark.size / 100))
    if mark.text:
        return _text(mark, length)
    picture = _picture(mark.image)
    size = (length, max(1, round(picture.height * length / picture.width)))
    return np.asarray(picture.resize(size, Pillow.Resampling.LANCZOS, reducing_gap=3.0))


def check(mark: Watermark) -> None:
    """Raise SettingsError where its font or its picture cannot be used."""
    _sheet(mark, 1000)


def _at(mark: Watermark, room: tuple[int, int], margin: int) -> tuple[int, int]:
    """Return (left, top), with `room` (across, down) left beside the mark."""
    across, down = room
    if mark.corner == "centre":
        return across // 2, down // 2
    left = min(margin, across) if mark.corner.endswith("left") else max(0, across - margin)
    top = min(margin, down) if mark.corner.startswith("top") else max(0, down - margin)
    return left, top


def marked(image: Image, mark: Watermark) -> Image:
    """Return uint8 or uint16 RGB pixels with the mark on them; what of it does not fit is cut off.

    Raises SettingsError where its font or its picture cannot be used.
    """
    short = min(image.width, image.height)
    sheet = _sheet(mark, short)[: image.height, : image.width]
    high, wide = sheet.shape[:2]
    left, top = _at(mark, (image.width - wide, image.height - high), round(short * mark.margin / 100))
    full = np.iinfo(image.pixels.dtype).max
    ink = colour.convert(Image(np.ascontiguousarray(sheet[..., :3]).astype(np.uint16) * 257, SRGB), image.space).pixels
    cover = sheet[..., 3:].astype(np.float32) * np.float32(mark.opacity / 100 / 255)
    pixels = image.pixels.copy()
    below = pixels[top : top + high, left : left + wide].astype(np.float32)
    mixed = below + cover * (ink.astype(np.float32) * np.float32(full / 65535) - below)
    pixels[top : top + high, left : left + wide] = np.rint(mixed).astype(pixels.dtype)
    return Image(pixels, image.space)
