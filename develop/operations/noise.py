"""Noise reduction: what measured noise would put into the cosines of small blocks is taken out of them.

What stands clear of the noise stays: edges keep their steepness, and flat ground gets calm.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from develop.colour import Floats
from develop.operations import blocks, noise_level
from develop.operations.noise_level import Noise
from develop.operations.oklab import Lab
from develop.operations.operation import Operation, Place, Survey
from develop.settings import DevelopSettings

_LIGHT_MOST: Final = 3.5
"""Standard deviations taken out at 100; 1.75, at 50, come nearest to the truth on photographs of little and of much
noise."""
_COLOUR_USUAL: Final = 2.0
"""The same at 25, which is what others do unasked; colour bears more, since the eye sees it coarsely."""
_COARSE_LIGHT, _COARSE_COLOUR = 1.4, 2.0
"""Noise of low frequencies against that of middle ones, at most: interpolating a mosaic makes it coarser."""
_REDUCED: Final = 0.5
"""Below this scale most of the noise is averaged away: what is left of colour's is in its finest structure."""
_WINDOW: Final = (5, 5)


@dataclass(frozen=True, slots=True)
class _Found:
    """The noise of lightness, of colour at half size, and the standard deviation of what is finer than that.

    A reduced picture's colour is looked at in its finest structure alone.
    """

    light: Noise | None = None
    a: Noise | None = None
    b: Noise | None = None
    fine: float = 0.0


def _measure(survey: Survey, settings: DevelopSettings) -> Any:
    pieces = survey.pieces
    lightness = [piece.lightness for piece in pieces]
    light = noise_level.measure(lightness, lightness, _COARSE_LIGHT) if settings.luminance_noise else None
    if not settings.colour_noise or min(lightness[0].shape) < 2 * blocks.EDGE:
        return _Found(light)
    if survey.place.scale < _REDUCED:
        return _Found(light, fine=_deviation([_finest(getattr(piece, name)) for piece in pieces for name in "ab"]))
    halves = [Lab(*(_halved(plane) for plane in (piece.lightness, piece.a, piece.b))) for piece in pieces]
    finer = [
        getattr(piece, name) - _doubled(getattr(half, name), piece.a.shape)
        for piece, half in zip(pieces, halves, strict=True)
        for name in "ab"
    ]
    levels = [half.lightness for half in halves]
    a, b = (noise_level.measure([getattr(half, name) for half in halves], levels, _COARSE_COLOUR) for name in "ab")
    return _Found(light, a, b, fine=_deviation(finer))


def _deviation(planes: Sequence[Floats]) -> float:
    """Return the standard deviation of what is mostly noise, whatever stands out of it."""
    return float(np.median(np.concatenate([np.abs(plane).reshape(-1) for plane in planes])) / 0.6745)


def _finest(plane: Floats) -> Floats:
    return np.asarray(cv2.subtract(plane, cv2.blur(plane, _WINDOW)), np.float32)


def _reach(settings: DevelopSettings, scale: float) -> int:
    if scale < _REDUCED and not settings.luminance_noise:
        return _WINDOW[0] // 2
    # Whole blocks, which so lie alike in every part of the picture; colour's are of half size.
    return (2 if settings.colour_noise else 1) * blocks.EDGE


def _apply(lab: Lab, settings: DevelopSettings, measured: Any, place: Place) -> Lab:
    found: _Found = measured
    level, a, b = lab.lightness, lab.a, lab.b
    if found.light is not None:
        strength = _LIGHT_MOST * settings.luminance_noise / 100 * _kept(settings.luminance_noise_detail)
        shares = 1.0 - settings.luminance_noise_contrast / 125 * _coarseness(place.scale)
        level = _calmed(lab.lightness, lab.lightness, found.light, strength * shares, place)
    if settings.colour_noise:
        strength = _COLOUR_USUAL * (settings.colour_noise / 25) ** 0.8 * _kept(settings.colour_noise_detail)
        a, b = _calmed_colours(lab, settings, found, strength, place)
    return Lab(level, a, b)


def _kept(detail: float) -> float:
    """Return by what detail (0 to 100) changes the strength; nothing at 50."""
    return 1.4 - 0.8 * detail / 100


def _coarseness(scale: float) -> Floats:
    """Return 1 at the coarsest of the blocks' frequencies, falling to 0 at the middle ones."""
    return np.asarray(np.maximum(1.0 - blocks.FREQUENCIES * (scale / 5.0), 0.0), np.float32)


def _calmed(
    plane: Floats,
    lightness: Floats,
    noise: Noise,
    strengths: Floats,
    place: Place,
    shifts: blocks.Shifts = blocks.FOURFOLD,
) -> Floats:
    """Return a plane less the noise, `strengths` standard deviations of it at each frequency.

    Power is subtracted: what stands well above the noise is hardly touched, and nothing is cut off abruptly.
    """
    if min(plane.shape) < blocks.EDGE:
        return plane
    # What is coarser than the full size's blocks stays in a reduced picture too.
    limits = noise.spectrum * strengths * np.minimum(1.0, blocks.FREQUENCIES * place.scale)
    squares = (limits.astype(np.float32) ** 2)[None]

    def shrink(found: Floats, level: Floats) -> None:
        kept = cv2.multiply(found, found)
        sigmas = noise.at(level)[:, None]
        cv2.subtract(kept, np.multiply(sigmas * sigmas, squares), dst=kept)
        cv2.threshold(kept, 0.0, 0.0, cv2.THRESH_TOZERO, dst=kept)
        cv2.sqrt(kept, dst=kept)
        np.copysign(kept, found, out=found)

    return blocks.changed(plane, lightness, shrink, place.top, shifts)


def _calmed_colours(
    lab: Lab, settings: DevelopSettings, found: _Found, strength: float, place: Place
) -> tuple[Floats, Floats]:
    """Return both planes of colour worked on at half size, and less of what is finer than that."""
    limit = 1.5 * strength * found.fine
    if found.a is None or found.b is None:
        return _less(lab.a, _finest(lab.a), limit), _less(lab.b, _finest(lab.b), limit)
    strengths = strength * (1.0 + (settings.colour_noise_smoothness / 50 - 1.0) * _coarseness(place.scale))
    half = Place(top=place.top // 2, height=place.height // 2, width=place.width // 2, scale=place.scale)
    coarse = _halved(lab.lightness)

    def calmed(plane: Floats, noise: Noise) -> Floats:
        small = _halved(plane)
        finer = _doubled(small, plane.shape)
        cv2.subtract(plane, finer, dst=finer)
        made = _doubled(_calmed(small, coarse, noise, strengths, half, blocks.TWICE), plane.shape)
        cv2.add(made, finer, dst=made)
        return _less(made, finer, limit)

    return calmed(lab.a, found.a), calmed(lab.b, found.b)


def _less(plane: Floats, band: Floats, limit: float) -> Floats:
    """Return a plane with a band of it, which is used up, brought down by a limit."""
    return np.asarray(cv2.subtract(plane, np.clip(band, -limit, limit, out=band), dst=band), np.float32)


def _halved(plane: Floats) -> Floats:
    high, wide = plane.shape
    if high % 2 or wide % 2:
        # Made even, so that every two rows and columns meet as they do in the whole picture.
        plane = np.asarray(cv2.copyMakeBorder(plane, 0, high % 2, 0, wide % 2, cv2.BORDER_REPLICATE), np.float32)
    size = (math.ceil(wide / 2), math.ceil(high / 2))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _doubled(plane: Floats, shape: tuple[int, ...]) -> Floats:
    high, wide = plane.shape
    large = cv2.resize(plane, (2 * wide, 2 * high), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large[: shape[0], : shape[1]], np.float32)


NOISE = Operation(
    name="noise", triggers=("luminance_noise", "colour_noise"), measure=_measure, reach=_reach, apply=_apply
)
