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
# Cells that a frame must win to tell how far its neighbours are.
_FEWEST = 20
# Texture varies over a subject, and so does what a step costs: a step that is not this much longer is taken as usual.
_LONG, _MOST = 1.6, 8.0


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
    place = _places(energy, textured)
    peak, kept = _peaks(place, energy)
    return Sharpness(
        frames=used,
        energy=energy,
        textured=textured,
        peak=np.interp(peak, place, used).astype(np.float32),
        kept=np.where(textured, kept, 1),
    )


def _brought(alignment: Alignment, index: int) -> Plane:
    transform = alignment.transforms[index]
    assert transform is not None
    size = sketch_size(alignment.size)
    small = rescaled(transform, (size[0] / alignment.size[0], size[1] / alignment.size[1]))
    focus = cv2.GaussianBlur(alignment.sketches[index].focus, (0, 0), 1.0)
    return cv2.warpPerspective(focus, small, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def _fall(energy: Plane) -> Plane:
    """Return 1 / (detail left) of each cell in each frame, 1 in its best one.

    The detail of a disc-blurred texture falls about as (1 + (z / w)^2)^-q, so that its power -1/q is a parabola of
    the focus position z.
    """
    return np.asarray((energy / (energy.max(axis=0) + 1e-12) + _LEAST_DETAIL) ** (-1 / _FALL))


def _places(energy: Plane, textured: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return where the frames are focused, in usual steps from the first: where frames are missing a step is longer."""
    if len(energy) < 3:
        return np.arange(len(energy), dtype=np.float64)
    best, fall = energy.argmax(axis=0), _fall(energy)

    def way(frame: int, neighbour: int) -> float:
        """Return how far the neighbour lies from the middle one of the cells that are sharpest in the frame."""
        cells = textured & (best == frame)
        if cells.sum() < _FEWEST:
            return np.nan
        return float(np.sqrt(max(np.median((fall[neighbour] / fall[frame])[cells]) - 1, 0)))

    ways = np.array([(way(k, k + 1), way(k + 1, k)) for k in range(len(energy) - 1)])
    # What lies beyond the first and the last frame is sharpest in them, and so tells nothing.
    ways[0, 0] = ways[-1, 1] = np.nan
    if np.isnan(ways).all():
        return np.arange(len(energy), dtype=np.float64)
    # Things that happen to lie near one of two frames make it seem far to the other; a long step does so to both.
    longer = ways.min(axis=1) / (np.nanmedian(ways) + 1e-9)
    # Beside a long step the middle of a frame's cells lies a quarter of the excess off the frame.
    steps = np.where(longer > _LONG, np.clip((longer - 0.25) / 0.75, 1, _MOST), 1)
    return np.concatenate([[0.0], np.cumsum(steps)])


def _peaks(position: NDArray[np.float64], energy: Plane) -> tuple[Plane, Plane]:
    """Fit the fall of detail with defocus to the best frame and its two neighbours; return peak and part kept.

    Cells that are sharpest in the first or last frame keep that frame: beyond, nothing is known.
    """
    count = len(position)
    best = energy.argmax(axis=0)
    peak, kept = position[best].astype(np.float32), np.ones(best.shape, np.float32)
    if count < 3:
        return peak, kept
    middle = np.clip(best, 1, count - 2)
    fall = _fall(energy)
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
