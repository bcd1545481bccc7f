"""Colour mixer: hue, saturation and brightness of eight colours, and the mix for black and white."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from develop.colour import Floats
from develop.operations import oklab
from develop.operations.oklab import Lab
from develop.operations.operation import Operation, Place, Survey, Table
from develop.settings import DevelopSettings

COLOURS = ("red", "orange", "yellow", "green", "aqua", "blue", "purple", "magenta")
_SRGB = {
    "red": (1.0, 0.0, 0.0), "orange": (1.0, 0.5, 0.0), "yellow": (1.0, 1.0, 0.0), "green": (0.0, 1.0, 0.0),
    "aqua": (0.0, 1.0, 1.0), "blue": (0.0, 0.0, 1.0), "purple": (0.5, 0.0, 1.0), "magenta": (1.0, 0.0, 1.0),
}  # fmt: skip
_TURN = 2.0 * np.pi
_GREYISH = 0.025
"""Oklab chroma below which a pixel has hardly a hue of its own."""


@lru_cache(maxsize=1)
def centres() -> Floats:
    """Return the hue angle of each colour, rising from red's, in radians."""
    angles = np.array([oklab.hue_of(*_SRGB[name]) for name in COLOURS])
    return np.asarray(angles[0] + (angles - angles[0]) % _TURN, np.float32)


def blend(values: Floats, hue: Floats) -> Floats:
    """Return values given at the eight centres at any hue (radians): smooth, and exact at each centre."""
    at = centres()
    start = at[0]
    edges = np.append(at, start + _TURN)
    ring = np.append(values, values[0])
    turned = start + (hue - start) % _TURN
    piece = np.clip(np.searchsorted(edges, turned, side="right") - 1, 0, 7)
    t = (turned - edges[piece]) / (edges[piece + 1] - edges[piece])
    t = t * t * (3.0 - 2.0 * t)
    return np.asarray(ring[piece] * (1.0 - t) + ring[piece + 1] * t, np.float32)


def _amounts(settings: DevelopSettings, kind: str) -> Floats:
    return np.array([getattr(settings, f"{kind}_{name}") / 100 for name in COLOURS], np.float32)


def _hue_moves(amounts: Floats) -> Floats:
    """Return the turn of each colour in radians: at 100 it goes most of the way to its neighbour."""
    at = centres()
    ahead = np.append(at[1:], at[0] + _TURN) - at
    behind = np.roll(ahead, 1)
    return np.asarray(np.where(amounts > 0, ahead, behind) * amounts * 0.6, np.float32)


def _table(values: Floats) -> Table | None:
    return Table.of(lambda hue: blend(values, hue), 0.0, float(_TURN)) if values.any() else None


def _measure(survey: Survey, settings: DevelopSettings) -> Any:
    del survey
    if settings.grayscale:
        return None, None, _table(_amounts(settings, "gray") * np.float32(0.8))
    return (
        _table(_hue_moves(_amounts(settings, "hue"))),
        _table(_amounts(settings, "saturation")),
        _table(_amounts(settings, "luminance") * np.float32(0.5)),
    )


def _apply(lab: Lab, settings: DevelopSettings, measured: Any, place: Place) -> Lab:
    del place
    turn, richness, brightness = measured
    chroma, hue = (np.asarray(plane, np.float32) for plane in cv2.cartToPolar(lab.a, lab.b))
    any_table = turn or richness or brightness
    if any_table is not None:
        steps = any_table.steps(hue)
        if brightness is not None:
            # By how colourful: a grey pixel belongs to no colour. Saturated ones move most.
            moved = cv2.multiply(brightness.at(steps), np.minimum(chroma * np.float32(1 / 0.16), 1.0))
            lab.scale(np.maximum(moved + np.float32(1.0), np.float32(0.2)))
            chroma = lab.chroma()
        if turn is not None:
            own = cv2.divide(chroma, chroma + np.float32(_GREYISH))
            cv2.add(hue, cv2.multiply(turn.at(steps), own, dst=own), dst=hue)
        if richness is not None:
            chroma *= np.maximum(richness.at(steps) + np.float32(1.0), np.float32(0.0))
    if settings.grayscale:
        lab.a.fill(0.0)
        lab.b.fill(0.0)
    elif turn is not None or richness is not None:
        cv2.polarToCart(chroma, hue, x=lab.a, y=lab.b)
    return lab


MIXER = Operation(
    name="mixer",
    triggers=("grayscale", *(f"{kind}_{name}" for kind in ("hue", "saturation", "luminance") for name in COLOURS)),
    measure=_measure,
    apply=_apply,
    looks=False,
)
