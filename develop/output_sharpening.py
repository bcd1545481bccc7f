"""Sharpen for where a picture is looked at: a screen, or paper that lets the ink spread.

Radii follow the print's resolution: ink blurs over a length of paper, not over a number of pixels. On matte paper it
spreads further than on glossy (Fraser and Schewe, Real World Image Sharpening, 2009, chapter 6).
"""

from __future__ import annotations

import cv2

from develop.image import Image

_SCREEN_RADIUS = 0.6
_PLAIN_RADIUS = 0.7
_INK = {"glossy": 0.09, "matte": 0.13}
"""How far ink spreads, as sigma in millimetres."""
_STRENGTH = {"": 1.0, "screen": 0.8, "glossy": 1.4, "matte": 1.8}
_MM_AN_INCH = 25.4


def radius_for(medium: str, dpi: int) -> float:
    """Return sigma in pixels of the blur that the medium adds."""
    if medium in _INK:
        return max(0.5, _INK[medium] * dpi / _MM_AN_INCH)
    return _SCREEN_RADIUS if medium == "screen" else _PLAIN_RADIUS


def sharpened(image: Image, amount: float, medium: str, dpi: int) -> Image:
    """Return uint8 or uint16 pixels sharpened by `amount` 0..100 for `medium` ('', screen, matte or glossy)."""
    if amount <= 0:
        return image
    blurred = cv2.GaussianBlur(image.pixels, (0, 0), radius_for(medium, dpi))
    # addWeighted saturates at the type's own limits.
    strength = _STRENGTH[medium] * amount / 100
    return Image(cv2.addWeighted(image.pixels, 1 + strength, blurred, -strength, 0), image.space)
