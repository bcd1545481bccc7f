"""Measure focus: how much fine detail a frame has at each place, and how much of that is only noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.warp import Plane

REACH = 8
"""Pixels of surroundings (half-size grid) that `energy` reads beyond its place."""

# The detail that tells focus is a little coarser than a pixel, which leaves noise behind; the window is small enough
# to tell a hair from its background.
_DETAIL = 0.5
_WINDOW = 1.0
_SURROUND = 5.0
_FLOOR_TOP = 4.0
_FLOOR_SHARE = 10.0
# Energy of rounding to 8 bits, averaged over 2 x 2 pixels: below it nothing is known.
_LEAST = 1e-7


def energy(luma: NDArray[Any]) -> Plane:
    """Return the focus energy (H x W float32) of encoded luma: mean squared Laplacian over a small window.

    `luma` is H x W, float32 in 0..1 or integers over their whole range.

    The sum of squared Laplacians is the measure that Pertuz et al. rank among the best over subjects and noise
    (doi:10.1016/j.patcog.2012.11.011).
    """
    kernel = cv2.getGaussianKernel(5, _DETAIL)
    scale = 1.0 if luma.dtype == np.float32 else 1 / np.iinfo(luma.dtype).max
    smooth = cv2.sepFilter2D(luma, cv2.CV_32F, kernel * scale, kernel)
    detail = cv2.Laplacian(smooth, cv2.CV_32F, ksize=3)
    return cv2.GaussianBlur(cv2.multiply(detail, detail), (7, 7), _WINDOW)


def noise_floor(least: Plane) -> Plane:
    """Return the energy that noise alone has, given the least energy of all frames at each place.

    Every place is out of focus in some frame and what is left there is noise; where it is not (few frames), the
    floor of the quieter places holds, as encoded values have much the same noise at every brightness.
    """
    quiet = _FLOOR_TOP * float(np.percentile(least[::4, ::4], _FLOOR_SHARE))
    floor = cv2.GaussianBlur(least, (0, 0), _SURROUND)
    np.minimum(floor, np.float32(quiet), out=floor)
    np.add(floor, np.float32(_LEAST), out=floor)
    return floor


@dataclass(frozen=True, slots=True)
class Contest:
    """What there is to win at each place of the half-size grid.

    `winner`: index of the frame with most energy; `best`: its energy above the `floor`; both floors and energies in
    squared units of the encoded range. `hidden` is the first frame that something in front hides; None: nothing is.
    """

    winner: NDArray[np.uint16]
    best: Plane
    floor: Plane
    hidden: NDArray[np.uint16] | None = None

    @property
    def certainty(self) -> Plane:
        """Return detail to noise at the winner: best / floor."""
        return np.asarray(self.best / self.floor, np.float32)
