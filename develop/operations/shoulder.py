"""A roll-off: light above white is bent into what can be shown, so that highlights keep their detail."""

from __future__ import annotations

import numpy as np

from develop.colour import Floats

START = 0.72
"""Encoded brightness up to which nothing is bent."""


def shoulder(value: Floats, top: float | Floats) -> Floats:
    """Return encoded values 0..top bent into 0..1: straight below the shoulder, then rolling off; top may go by value.

    Reinhard 2002's extended operator (doi:10.1145/566654.566575) on what lies above the shoulder. Nothing is bent where
    top is 1 or less.
    """
    most = np.maximum((np.asarray(top, np.float32) - START) / (1.0 - START), 1.0)
    above = np.maximum(value - START, 0.0) / (1.0 - START)
    bent = above * (1.0 + above / (most * most)) / (1.0 + above)
    bends = (value > START) & (most > 1.0)
    return np.where(bends, START + (1.0 - START) * bent, value).astype(np.float32)
