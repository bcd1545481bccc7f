"""What an operation is: one step of rendering that sees planes, settings and where it is in the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from develop.colour import Floats
from develop.operations.oklab import Lab
from develop.settings import NEUTRAL, DevelopSettings

_TOP = 65535
_WORKED_OUT = 8192
"""Places at which a table's function is worked out: between them it is straight to less than a 16-bit step."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rows at hand lie in the whole picture, and how many pixels of the full size one of its pixels is.

    `scale` is 1 for the picture at full size and below 1 for a reduced one: radii given in pixels shrink with it.
    """

    top: int
    height: int
    width: int
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Survey:
    """What an operation may measure once before it runs: the whole picture reduced, and pieces of it unreduced."""

    whole: Lab
    pieces: Sequence[Lab]
    place: Place


def _measures_nothing(survey: Survey, settings: DevelopSettings) -> Any:
    del survey, settings


def _needs_no_neighbours(settings: DevelopSettings, scale: float) -> int:
    del settings, scale
    return 0


@dataclass(frozen=True, slots=True)
class Operation:
    """One step. It runs only where one of its `triggers` is not neutral; `reach` says how many pixels around it needs.

    `looks` says whether it measures the picture at all, or only what the settings and its size say.

    One that looks around leaves the planes it is given as they are, since its neighbour needs them too, and hands back
    those that it does not change.
    """

    name: str
    triggers: tuple[str, ...]
    apply: Callable[[Lab, DevelopSettings, Any, Place], Lab]
    measure: Callable[[Survey, DevelopSettings], Any] = _measures_nothing
    reach: Callable[[DevelopSettings, float], int] = _needs_no_neighbours
    looks: bool = True

    def active(self, settings: DevelopSettings) -> bool:
        """Tell whether there is anything to do."""
        return any(getattr(settings, name) != getattr(NEUTRAL, name) for name in self.triggers)

    @property
    def measures(self) -> bool:
        """Whether it looks at the picture as a whole first."""
        return self.looks and self.measure is not _measures_nothing


def tall(small: Floats, height: int) -> Floats:
    """Return a map of the whole picture enlarged to its height: what is left to `spread` for each band is the width."""
    high, wide = small.shape
    if high >= height:
        return small
    return np.asarray(cv2.resize(small, (wide, height), interpolation=cv2.INTER_LINEAR), np.float32)


def spread(small: Floats, rows: int, place: Place) -> Floats:
    """Return the rows of a map of the whole picture, enlarged bilinearly to the picture's size."""
    high = small.shape[0]
    if high == place.height:
        part = small[place.top : place.top + rows]
        return np.asarray(cv2.resize(part, (place.width, rows), interpolation=cv2.INTER_LINEAR), np.float32)
    # Centres of pixels meet centres of pixels; rows are mixed first, since there are few columns yet.
    at = np.clip((np.arange(place.top, place.top + rows) + 0.5) * (high / place.height) - 0.5, 0, high - 1)
    above = np.minimum(at.astype(np.intp), max(high - 2, 0))
    share = (at - above).astype(np.float32)[:, None]
    below = np.minimum(above + 1, high - 1)
    mixed, other = small[above], small[below]
    other -= mixed
    other *= share
    mixed += other
    return np.asarray(cv2.resize(mixed, (place.width, rows), interpolation=cv2.INTER_LINEAR), np.float32)


@lru_cache(maxsize=8)
def _places(low: float, high: float) -> tuple[Floats, Floats]:
    ramp, coarse = (np.linspace(low, high, count, dtype=np.float32) for count in (_TOP + 1, _WORKED_OUT))
    return ramp, coarse


@dataclass(frozen=True, slots=True)
class Table:
    """A function of one plane, read off at 65536 places between `low` and `high`; clamped outside."""

    values: Floats
    low: float
    high: float

    @classmethod
    def of(cls, function: Callable[[Floats], Floats], low: float, high: float) -> Table:
        """Tabulate a function of a float32 vector that rises from low to high; straight between its places."""
        ramp, coarse = _places(low, high)
        values = np.interp(ramp, coarse, function(coarse))
        return cls(values.astype(np.float32).reshape(1, -1), low, high)

    def steps(self, plane: Floats) -> np.ndarray[Any, np.dtype[np.uint16]]:
        """Return the plane as indices; good for every table of the same range."""
        slope = _TOP / (self.high - self.low)
        steps = cv2.addWeighted(plane, slope, plane, 0.0, -self.low * slope, dtype=cv2.CV_16U)
        return np.asarray(steps, np.uint16)

    def at(self, steps: np.ndarray[Any, np.dtype[np.uint16]]) -> Floats:
        """Return the function at the indices."""
        return np.asarray(cv2.LUT(steps, self.values), np.float32)

    def __call__(self, plane: Floats) -> Floats:
        """Return the function of the plane."""
        return self.at(self.steps(plane))
