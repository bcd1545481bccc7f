"""Turn sensor pixels upright: the eight EXIF orientations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def upright(pixels: NDArray[np.generic], orientation: int) -> NDArray[np.generic]:
    """Return pixels (H x W or H x W x C) turned as EXIF `orientation` 1..8 says; any other value leaves them."""
    turned = pixels
    if orientation in (5, 6, 7, 8):
        turned = np.swapaxes(turned, 0, 1)
    flips = {2: (1,), 3: (0, 1), 4: (0,), 6: (1,), 7: (0, 1), 8: (0,)}.get(orientation, ())
    if flips:
        turned = np.flip(turned, flips)
    return np.ascontiguousarray(turned)
