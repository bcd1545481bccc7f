"""Bring light that a space cannot show into it: without a turn of hue, and with as much of its colour as fits."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]

_SLACK = 1e-3


def fit(linear: Floats, luminance: Floats) -> Floats:
    """Return linear RGB (H x W x 3) within 0..1, in place; `luminance` is what each channel adds to it.

    What is below zero loses saturation at equal luminance; what is above one is held. What lies inside is not touched.
    """
    inside = cv2.inRange(linear, (-_SLACK,) * 3, (1.0 + _SLACK,) * 3)
    if cv2.countNonZero(inside) == inside.size:
        return linear
    flat = linear.reshape(-1, 3)
    places = np.flatnonzero(inside.reshape(-1) == 0)
    found = np.take(flat, places, axis=0)
    grey = np.maximum(found @ luminance, 0.0)[:, None]
    share = np.minimum(grey / np.maximum(grey - _least(found), 1e-6), 1.0)
    found = grey + (found - grey) * share
    above = _most(found)[:, 0] > 1.0
    found[above] = hold(found[above], luminance)
    flat[places] = found
    return linear


def hold(bright: Floats, luminance: Floats) -> Floats:
    """Return light (N x 3) of which a channel is above white brought to it, mostly by compressing, partly by paling.

    The brightest channel comes to one, the least stays, and the one between keeps its place between them, and so its
    hue: channels cut one by one would turn a lamp yellow. Held like that alone it grows too dark; paled alone, at the
    same luminance, all that is bright turns white at once.
    """
    low, high = _least(bright), _most(bright)
    kept = np.minimum(low, 1.0)
    pressed = kept + (bright - low) * ((1.0 - kept) / np.maximum(high - low, 1e-6))
    grey = np.clip(bright @ luminance, 0.0, 1.0)[:, None]
    above = bright - grey
    paled = grey + above * np.clip((1.0 - grey) / np.maximum(_most(above), 1e-6), 0.0, 1.0)
    return np.asarray((paled + 2.0 * pressed) / 3.0, np.float32)


def _least(light: Floats) -> Floats:
    """Return the least of each row, N x 1: by columns, many times as fast as along rows so short."""
    return np.asarray(np.minimum(np.minimum(light[:, 0], light[:, 1]), light[:, 2])[:, None], np.float32)


def _most(light: Floats) -> Floats:
    return np.asarray(np.maximum(np.maximum(light[:, 0], light[:, 1]), light[:, 2])[:, None], np.float32)
