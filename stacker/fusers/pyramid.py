"""Each band from the frame that has most of it: keeps hairs that cross at different depths, at the price of grain.

Energy-weighted Laplacian pyramid after Burt and Kolczynski (doi:10.1109/ICCV.1993.378222), with soft weights.
"""

from __future__ import annotations

import cv2
import numpy as np

from stacker.fusers.law import BandLaw
from stacker.pyramid import Band
from stacker.warp import Plane

_POWER = 4.0
_WINDOWS = (7, 5, 3, 3, 3)
_LUMA = np.array([[0.299, 0.587, 0.114]], np.float32)
# Squared detail (of the encoded range) below which a band says nothing, which keeps the weights away from zero.
_NOTHING = 1e-6
_SCALE = 1e3


class Pyramid(BandLaw):
    """Weight of a band = its mean squared luma detail, to the fourth power; the rest follows the coarsest band."""

    levels = 5

    @staticmethod
    def band_weights(bands: list[Band]) -> list[Plane]:
        """Return the weight of each band."""
        weights = []
        for band, side in zip(bands, _WINDOWS, strict=False):
            luma = cv2.transform(band, _LUMA)
            detail = cv2.blur(cv2.multiply(luma, luma), (side, side))
            weights.append(cv2.pow((detail + np.float32(_NOTHING)) * np.float32(_SCALE), _POWER))
        rest = bands[-1]
        weights.append(cv2.resize(weights[-1], (rest.shape[1], rest.shape[0]), interpolation=cv2.INTER_AREA))
        return weights
