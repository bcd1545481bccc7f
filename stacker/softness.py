"""Where even the sharpest frame has little fine detail, let the next octave have a say in which that is.

A microscope, a small aperture or an enlarged picture leaves nothing at the scale of a pixel: what energy is there is
noise, or dust that was sharp in another frame, and the structure that is seen lies an octave below. Where any frame
has fine detail, coarse energy would only blur the decision: a frame a little out of focus has nearly as much of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from stacker.canvas import Canvas, Span, Tile
from stacker.energies import GLANCE, Energy, Packed, energy_at, opened, packed
from stacker.transforms import Transform
from stacker.warp import Plane

# Fine energy over coarse, averaged over some 50 pixels of the picture around, in the frame that has most of it: white
# noise has 4, a sharp picture over 0.42, five frames of algae under a microscope 0.2 to 0.4.
_SOFT, _SHARP = 0.25, 0.42
_AROUND = 3.0
_COUNTS = 2.0
# Energy of rounding: where there is no more of either, nothing is soft.
_LEAST = np.float32(1e-7)


@dataclass(frozen=True, slots=True)
class Softness:
    """How often the coarse energy is added to the fine one at every `GLANCE`th place of the half-size grid."""

    share: Plane

    @staticmethod
    def of(ratios: Iterable[Plane]) -> Softness:
        """Return the softness of frames whose `ratios` are given."""
        most = None
        for ratio in ratios:
            most = ratio if most is None else cv2.max(most, ratio, dst=most)
        assert most is not None
        steps = np.log(_SHARP / most) / np.log(_SHARP / _SOFT)
        return Softness(np.asarray(_COUNTS * np.clip(steps, 0, 1), np.float32))

    def at(self, tile: Tile) -> Plane | None:
        """Return it at each place of the surroundings of a tile of the half-size grid; None where it is nothing."""
        rows, columns = tile.outer
        near = self.share[_steps(rows), _steps(columns)]
        if not near.any():
            return None
        onto = np.array([[1 / GLANCE, 0, columns.start / GLANCE], [0, 1 / GLANCE, rows.start / GLANCE]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(self.share, onto, tile.outer_size, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def ratio(canvas: Canvas, glance: Energy, transform: Transform) -> Plane:
    """Return a frame's fine energy over its coarse one around every `GLANCE`th place of the half-size grid."""
    width, height = canvas.half
    whole = Tile(Span(0, height, 0, height), Span(0, width, 0, width))
    onto = canvas.half_onto(transform, whole, glance.fine.shape[::-1]) @ np.diag([GLANCE, GLANCE, 1.0])
    size, flags = (-(-width // GLANCE), -(-height // GLANCE)), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    fine, coarse = (
        cv2.GaussianBlur(
            cv2.warpPerspective(opened(each), onto, size, flags=flags, borderMode=cv2.BORDER_REPLICATE),
            (0, 0),
            _AROUND,
        )
        for each in glance
    )
    return np.asarray((fine + _LEAST) / (coarse + _LEAST), np.float32)


def laid_at(
    canvas: Canvas, tile: Tile, energy: Energy, transform: Transform, gain: float, softness: Softness | None
) -> Packed:
    """Return what `energy_at` does of a frame's fine energy, with the coarse one added where the scene is soft."""
    fine = energy_at(canvas, tile, energy.fine, transform, gain)
    share = None if softness is None else softness.at(tile)
    if share is None:
        return fine
    coarse = opened(energy_at(canvas, tile, energy.coarse, transform, gain))
    both = packed(cv2.add(opened(fine), cv2.multiply(coarse, share, dst=coarse), dst=coarse))
    both[fine == 0] = 0
    return both


def _steps(span: slice) -> slice:
    return slice(span.start // GLANCE, -(-span.stop // GLANCE) + 1)
