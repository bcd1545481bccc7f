"""The count at which a sensor really clips: some fill up before the count that their files call white."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Pattern = tuple[tuple[int, int], tuple[int, int]]

_STEP: Final = 4
"""Every fourth row and column are looked at: a clipped area that shows is larger."""
_BINS: Final = 200
_LEAST: Final = 64
_STEEP: Final = 8
"""How many times as many sites as those just below a level holds where sites pile up."""
_RIM: Final = 0.05
_NEAR: Final = 0.75
"""Of white: no sensor fills up below that."""
_ALIKE: Final = 0.01


def clip_count(counts: NDArray[Any], pattern: Pattern, black: float, white: float) -> float:
    """Return the count from which a site of a Bayer mosaic (H x W) is full: `white`, or less where sites pile up.

    Green and another colour must pile up at the same count: that of an even bright surface differs between them.
    """
    piles = [
        (pattern[y][x] in (1, 3), _pile(counts[y::_STEP, x::_STEP].reshape(-1), black, white))
        for y in (0, 1)
        for x in (0, 1)
    ]
    greens = [level for green, level in piles if green and level is not None]
    others = [level for green, level in piles if not green and level is not None]
    alike = [min(one, two) for one in greens for two in others if abs(one - two) <= _ALIKE * (white - black)]
    return min([white, *alike])


def _pile(sites: NDArray[Any], black: float, white: float) -> float | None:
    """Return the count above which the brightest of the sites pile up, none lying far above; None where none do."""
    low = black + _NEAR * (white - black)
    bright = sites[sites > low]
    if bright.size < _LEAST:
        return None
    heights, edges = np.histogram(bright, _BINS, (low, max(white, float(bright.max()) + 1.0)))
    # A few sites above all others may be hot.
    top = _BINS - 1 - int(np.flatnonzero(np.cumsum(heights[::-1]) >= _LEAST // 8)[0])
    window = heights[max(0, top - 8) : top + 1]
    peak = first = top - int(np.argmax(window[::-1]))
    while first > 0 and heights[first - 1] > _RIM * heights[peak]:
        first -= 1
    below = float(heights[max(0, first - 16) : first].mean()) if first else np.inf
    piled = int(heights[first:].sum())
    return float(edges[first]) if piled >= max(_LEAST, _STEEP * below) else None
