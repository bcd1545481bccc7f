"""Lens corrections: distortion, colour fringes and vignetting, by measured profile and by hand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from develop import colour
from develop.colour import Floats
from develop.image import SRGB, Image, Pixels
from develop.operations import lens_profile
from develop.operations.lens_profile import Profile, Shot
from develop.operations.operation import Place, spread
from develop.operations.shoulder import START, shoulder
from develop.settings import GROUPS, SETTINGS, DevelopSettings

__all__ = ["Shot", "correct"]

_GRID = 400
"""Points along the long edge of the grid on which corrections are kept; between them they are as good as straight."""
_BAND_PIXELS = 1_500_000
_BRIGHT = float(colour.decode_curve(np.array([START], np.float32), SRGB)[0])


@dataclass(frozen=True, slots=True)
class _Correction:
    """Offsets of each channel in parts of the width (three H x W x 2) and what light is multiplied by (H x W)."""

    offsets: tuple[Floats, Floats, Floats] | None
    gain: Floats | None


def correct(image: Image, settings: DevelopSettings, shot: Shot | None = None) -> Image:
    """Return the picture, same size and number type, corrected; the same object where there is nothing to do.

    A picture that would show empty corners is enlarged until it does not.
    """
    part = settings.only(name for name in settings.changed() if SETTINGS[name].group == "lens")
    if not any(getattr(part, name) != SETTINGS[name].default for name in GROUPS["lens"]):
        return image
    long = max(image.width, image.height)
    grid = (max(8, round(_GRID * image.width / long)), max(8, round(_GRID * image.height / long)))
    correction = _correction(part, shot, *grid)
    pixels = image.pixels
    if correction.gain is not None:
        pixels = _relit(image, correction.gain)
    if correction.offsets is not None:
        pixels = _moved(pixels, correction.offsets)
    return image if pixels is image.pixels else Image(pixels, image.space)


@lru_cache(maxsize=8)
def _correction(settings: DevelopSettings, shot: Shot | None, wide: int, high: int) -> _Correction:
    wants_profile = settings.lens_profile or settings.lens_colour_fringes
    profile = lens_profile.profile(shot, wide, high) if wants_profile and shot is not None else None
    offsets = _offsets(settings, profile, wide, high)
    gain = _gain(settings, profile, wide, high)
    return _Correction(None if offsets is None else _filled(offsets, wide, high), gain)


def _offsets(settings: DevelopSettings, profile: Profile | None, wide: int, high: int) -> list[Floats] | None:
    """Return where each channel is read, as offsets in grid pixels."""
    x, y = _centred(wide, high)
    radius = np.hypot(x, y)
    straight = np.zeros((high, wide, 2), np.float32)
    if settings.lens_distortion:
        # At 100 the corner is read a seventh closer: r (1 - k r^2) undoes a barrel.
        straight += (
            np.stack((x, y), -1) * (-settings.lens_distortion / 100 * 0.14 * radius**2)[..., None] * _half(wide, high)
        )
    if settings.lens_profile and profile is not None and profile.distortion is not None:
        straight += profile.distortion * np.float32(settings.lens_distortion_scale / 100)
    channels = [straight.copy() for _ in range(3)]
    for index, amount in ((0, settings.fringe_red_cyan), (2, settings.fringe_blue_yellow)):
        channels[index] += np.stack((x, y), -1) * np.float32(amount * 1e-4 * _half(wide, high))
    if settings.lens_colour_fringes and profile is not None and profile.fringes is not None:
        channels = [channel + profile.fringes[:, :, index] for index, channel in enumerate(channels)]
    return channels if any(np.abs(channel).max() > 1e-6 for channel in channels) else None


def _filled(channels: list[Floats], wide: int, high: int) -> tuple[Floats, Floats, Floats]:
    """Return the offsets in parts of the width, read from a little further in where corners would stay empty."""
    grid = np.stack(np.meshgrid(np.arange(wide), np.arange(high)), axis=-1).astype(np.float32)
    centre = np.array([(wide - 1) / 2, (high - 1) / 2], np.float32)
    limit = np.array([wide - 1, high - 1], np.float32)
    for zoom in np.arange(1.0, 0.7, -0.004, dtype=np.float32):
        at = centre + (grid - centre) * zoom
        read = [
            at + cv2.remap(c, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for c in channels
        ]
        # Fringes move the rim by less than a pixel; that much may be repeated.
        if all(((r >= -0.1) & (r <= limit + 0.1)).all() for r in read[1:2]):
            break
    red, green, blue = (np.asarray((r - grid) / wide, np.float32) for r in read)
    return red, green, blue


def _gain(settings: DevelopSettings, profile: Profile | None, wide: int, high: int) -> Floats | None:
    gain = np.ones((high, wide), np.float32)
    if settings.lens_profile and profile is not None and profile.vignetting is not None:
        gain *= profile.vignetting ** np.float32(settings.lens_vignetting_scale / 100)
    if settings.lens_vignetting:
        x, y = _centred(wide, high)
        power = 1.0 + 4.0 * settings.lens_vignetting_midpoint / 100
        gain *= 2.0 ** (2.0 * settings.lens_vignetting / 100 * np.hypot(x, y) ** power)
    return None if np.abs(gain - 1.0).max() < 1e-6 else gain


def _relit(image: Image, gain: Floats) -> Pixels:
    result = np.empty_like(image.pixels)

    def band(top: int) -> None:
        rows = slice(top, top + 128)
        linear = colour.to_linear(image.pixels[rows], image.space)
        place = Place(top=top, height=image.height, width=image.width)
        rise = spread(gain, linear.shape[0], place)
        light = _held(np.asarray(linear * rise[..., None], np.float32), rise)
        result[rows] = colour.from_linear(light, image.space, result.dtype.type)

    colour.each_band(image.height, band, 128)
    return result


def _held(light: Floats, gain: Floats) -> Floats:
    """Return lifted linear light with what would pass white rolled off, hue kept: what was white is white again.

    Frames are stored as integers, and a corner lifted by two stops would lose every highlight that it holds.
    """
    flat = light.reshape(-1, 3)
    peak = np.maximum(np.maximum(light[..., 0], light[..., 1]), light[..., 2])
    at = np.flatnonzero((peak > _BRIGHT) & (gain > 1.0))
    if len(at):
        high = peak.reshape(-1)[at]
        top = colour.encode_curve(gain.reshape(-1)[at], SRGB)
        bent = colour.decode_curve(shoulder(colour.encode_curve(high, SRGB), top), SRGB)
        flat[at] *= (bent / high)[:, None]
    return light


def _moved(pixels: Pixels, offsets: tuple[Floats, Floats, Floats]) -> Pixels:
    height, width = pixels.shape[:2]
    result = np.empty_like(pixels)
    rows = max(16, _BAND_PIXELS // width)
    together = all(np.abs(offsets[1] - other).max() * width < 0.02 for other in (offsets[0], offsets[2]))
    planes = [] if together else [np.ascontiguousarray(pixels[..., channel]) for channel in range(3)]

    def read(source: Pixels, offset: Floats, top: int, bottom: int) -> Pixels:
        place = Place(top=top, height=height, width=width)
        x, y = (spread(offset[..., axis] * np.float32(width), bottom - top, place) for axis in (0, 1))
        x += np.arange(width, dtype=np.float32)
        y += np.arange(top, bottom, dtype=np.float32)[:, None]
        return np.asarray(cv2.remap(source, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))

    def band(top: int) -> None:
        bottom = min(height, top + rows)
        if together:
            result[top:bottom] = read(pixels, offsets[1], top, bottom)
            return
        for channel in range(3):
            result[top:bottom, :, channel] = read(planes[channel], offsets[channel], top, bottom)

    colour.each_band(height, band, rows)
    return result


def _half(wide: int, high: int) -> float:
    return float(np.hypot(wide, high) / 2)


def _centred(wide: int, high: int) -> tuple[Floats, Floats]:
    """Return x and y of each grid point from the centre, 1 at the corners."""
    y, x = np.mgrid[:high, :wide].astype(np.float32)
    half = np.float32(_half(wide, high))
    return (x - (wide - 1) / 2) / half, (y - (high - 1) / 2) / half
