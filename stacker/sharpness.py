"""Where is each frame sharp? A small map a frame, in reference geometry, from the sketches that alignment kept."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from stacker.align import Alignment
from stacker.bands import Plane
from stacker.equalise import Equalisation
from stacker.proxies import sketch_size
from stacker.transforms import rescaled

_ABOVE_NOISE = 4.0
_FLOOR = 1e-9
_FALL = 1.5
_LEAST_DETAIL = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharpness:
    """How sharp each used frame is where, on a grid of about 128 cells along the longer side of the reference.

    `frames` are the used frames in order; `energy` n x h x w is detail above the noise (0 outside a frame);
    `textured` h x w marks cells with detail enough to judge; `peak` h x w is where between the frames the cell would
    be sharpest, in frame numbers; `kept` h x w, 0..1, is the part of that detail which the best frame really has.
    """

    frames: tuple[int, ...]
    energy: Plane
    textured: NDArray[np.bool_]
    peak: Plane
    kept: Plane

    @property
    def best(self) -> NDArray[np.intp]:
        """Return which frame (its number in the stack) is the sharpest in each cell."""
        numbers: NDArray[np.intp] = np.asarray(self.frames, np.intp)
        return np.asarray(numbers[np.argmax(self.energy, axis=0)])


def survey(alignment: Alignment, equalisation: Equalisation | None = None) -> Sharpness:
    """Return where each aligned frame is sharp; frames that `equalisation` leaves out do not count."""
    dropped = set() if equalisation is None else set(equalisation.left_out)
    used = tuple(i for i in alignment.used if i not in dropped)
    raw = np.stack([_brought(alignment, i) for i in used])
    # What the least sharp frame shows where there is least to show is noise.
    noise = float(np.percentile(raw.min(axis=0), 5))
    energy = np.maximum(raw - noise, 0)
    textured = raw.max(axis=0) > _ABOVE_NOISE * noise + _FLOOR
    peak, kept = _peaks(np.asarray(used, np.float64), energy)
    return Sharpness(frames=used, energy=energy, textured=textured, peak=peak, kept=np.where(textured, kept, 1))


def _brought(alignment: Alignment, index: int) -> Plane:
    transform = alignment.transforms[index]
    assert transform is not None
    size = sketch_size(alignment.size)
    small = rescaled(transform, (size[0] / alignment.size[0], size[1] / alignment.size[1]))
    focus = cv2.GaussianBlur(alignment.sketches[index].focus, (0, 0), 1.0)
    return cv2.warpPerspective(focus, small, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def _peaks(position: NDArray[np.float64], energy: Plane) -> tuple[Plane, Plane]:
    """Fit the fall of detail with defocus to the best frame and its two neighbours; return peak and part kept.

    The detail of a disc-blurred texture falls about as (1 + (z / w)^2)^-q, so that its power -1/q is a parabola of
    the focus position. Cells that are sharpest in the first or last frame keep that frame: beyond, nothing is known.
    """
    count = len(position)
    best = energy.argmax(axis=0)
    peak, kept = position[best].astype(np.float32), np.ones(best.shape, np.float32)
    if count < 3:
        return peak, kept
    middle = np.clip(best, 1, count - 2)
    fall = (energy / (energy.max(axis=0) + 1e-12) + _LEAST_DETAIL) ** (-1 / _FALL)
    before, here, after = (np.take_along_axis(fall, (middle + d)[None], 0)[0] for d in (-1, 0, 1))
    left, right = position[middle] - position[middle - 1], position[middle + 1] - position[middle]
    slope_left, slope_right = (here - before) / left, (after - here) / right
    bend = (slope_right - slope_left) / (left + right)
    tilt = (slope_left * right + slope_right * left) / (left + right)
    inner = (best == middle) & (bend > 1e-6)
    offset = np.where(inner, np.clip(-tilt / np.where(inner, 2 * bend, 1), -left / 2, right / 2), 0)
    peak += offset.astype(np.float32)
    lowest = np.maximum(here + tilt * offset + bend * offset**2, 0)
    kept = np.where(inner, np.clip(lowest / here, 0, 1) ** _FALL, 1).astype(np.float32)
    return peak, kept
