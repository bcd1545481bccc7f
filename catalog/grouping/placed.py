"""A shot with the numbers that grouping compares, worked out once."""

from __future__ import annotations

import math
from datetime import datetime
from functools import lru_cache

import msgspec

from catalog.grouping.shots import Shot

_EPOCH = datetime(1970, 1, 1)


class Placed(msgspec.Struct, frozen=True, gc=False):
    """One shot on its body's time line. Times in seconds, focus in dioptres or lens positions, light in EV."""

    shot: Shot
    time: float | None
    resolution: float
    exposure: float
    dioptres: float | None
    brightness: float | None
    setup: tuple[object, ...]
    """Lens, picture size, focal length and aperture: where two are equal, nothing was changed on the camera."""

    @property
    def id(self) -> int:
        """The capture's id."""
        return self.shot.id


def _dioptres(near: float | None, far: float | None) -> float | None:
    """Give the middle of the focus range in 1/m; 0 at infinity. The harmonic mean of the distances."""
    nearest = 1.0 / near if near is not None and near > 0 else None
    farthest = 1.0 / far if far is not None and far > 0 else None
    if nearest is None or farthest is None:
        return farthest if nearest is None else nearest
    return (nearest + farthest) / 2


@lru_cache(1024)
def _brightness(exposure: float | None, f_number: float | None, iso: float | None) -> float | None:
    """Give how much light the settings gather, in EV on an open scale."""
    if not exposure or exposure <= 0:
        return None
    aperture = f_number if f_number and f_number > 0 else 1.0
    sensitivity = iso if iso and iso > 0 else 100.0
    return math.log2(exposure * sensitivity / 100.0 / aperture**2)


def _seconds(taken: datetime) -> float:
    wall = taken if taken.tzinfo is None else taken.replace(tzinfo=None)
    return (wall - _EPOCH).total_seconds()


def place(shot: Shot) -> Placed:
    """Work out a shot's numbers."""
    known = shot.metadata
    taken = known.taken_at
    return Placed(
        shot,
        _seconds(taken) if taken is not None else None,
        known.time_resolution_s,
        known.exposure_s if known.exposure_s and known.exposure_s > 0 else 0.0,
        _dioptres(known.focus_near_m, known.focus_far_m),
        _brightness(known.exposure_s, known.f_number, known.iso),
        (known.lens, known.lens_serial, known.width, known.height, known.focal_mm, known.f_number),
    )
