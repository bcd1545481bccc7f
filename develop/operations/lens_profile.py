"""What is known of camera and lens: their measured profile, read off on a coarse grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import lensfunpy
import numpy as np

from develop.colour import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """What a frame was taken with: names as its metadata give them, focal length in mm, distance in metres."""

    camera_maker: str
    camera_model: str
    lens_model: str
    focal_length: float
    aperture: float
    distance: float | None = None
    lens_maker: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """Corrections on a grid of H x W points: where each channel is to be read (H x W x 3 x 2, offsets in widths of the
    grid's pixels) and what light is multiplied by (H x W); None where the lens has not been measured for it.
    """

    distortion: Floats | None
    fringes: Floats | None
    vignetting: Floats | None


@lru_cache(maxsize=1)
def _database() -> Any:
    return lensfunpy.Database()


@lru_cache(maxsize=64)
def find(shot: Shot) -> tuple[Any, float] | None:
    """Return the measured lens and the camera's crop factor; None where one of them is not in the database."""
    cameras = _database().find_cameras(shot.camera_maker, shot.camera_model, loose_search=True)
    if not cameras:
        return None
    lenses = _database().find_lenses(cameras[0], shot.lens_maker, shot.lens_model, loose_search=True)
    return (lenses[0], float(cameras[0].crop_factor)) if lenses else None


@lru_cache(maxsize=16)
def profile(shot: Shot, width: int, height: int) -> Profile | None:
    """Return the corrections on a grid of this size and of the picture's own proportions; None for an unknown lens."""
    found = find(shot)
    if found is None or shot.focal_length <= 0 or shot.aperture <= 0:
        return None
    lens, crop = found
    flags = lensfunpy.ModifyFlags
    modifier = lensfunpy.Modifier(lens, crop, width, height)
    modifier.initialize(
        shot.focal_length,
        shot.aperture,
        shot.distance if shot.distance and np.isfinite(shot.distance) and shot.distance > 0 else 1000.0,
        scale=1.0,
        pixel_format=np.float32,
        flags=flags.DISTORTION | flags.TCA | flags.VIGNETTING,
    )
    identity = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32)
    straight = modifier.apply_geometry_distortion()
    coloured = modifier.apply_subpixel_distortion()
    light = np.ones((height, width, 3), np.float32)
    lit = modifier.apply_color_modification(light)
    return Profile(
        None if straight is None else np.asarray(straight - identity, np.float32),
        None if coloured is None else np.asarray(coloured - identity[:, :, None], np.float32),
        np.ascontiguousarray(light[..., 1]) if lit else None,
    )
