"""Which frames' lenses have been measured: a profile corrects those, and leaves all others as they are."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.metadata.record import Metadata
from develop.operations import lens_profile
from develop.operations.lens_profile import Shot


def shot_of(seen: Metadata) -> Shot | None:
    """Return what the lens profile goes by; None where the header does not name lens and body."""
    if not (seen.make and seen.model and seen.lens and seen.focal_mm):
        return None
    return Shot(
        camera_maker=seen.make,
        camera_model=seen.model,
        lens_model=seen.lens,
        focal_length=seen.focal_mm,
        aperture=seen.f_number or 8.0,
        distance=seen.focus_near_m,
    )


def unknown(frames: Mapping[str, Metadata]) -> list[str]:
    """Return a line for each lens and body that no profile is known for, naming the first file and how many more."""
    files: dict[str, list[str]] = {}
    for path, seen in frames.items():
        shot = shot_of(seen)
        if shot is None:
            files.setdefault("its header does not name lens and camera", []).append(path)
        elif lens_profile.find(shot) is None:
            files.setdefault(f"{shot.lens_model} on {shot.camera_model} has not been measured", []).append(path)
    return [
        f"{paths[0]}{f' and {len(paths) - 1} more' if len(paths) > 1 else ''}: {why};"
        " its profile changes nothing, use lens_distortion and lens_vignetting"
        for why, paths in files.items()
    ]
