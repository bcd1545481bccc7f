"""White balance: the light that is to look white, as a matrix on XYZ."""

from __future__ import annotations

import numpy as np

from develop import colour
from develop.colour import Matrix
from develop.image import D65
from develop.settings import DevelopSettings
from develop.white_point import WhitePoint, white_point_of

DAYLIGHT = white_point_of(D65)
"""What a picture counts as balanced for when nothing says what its camera set."""


def wanted(settings: DevelopSettings, as_shot: WhitePoint) -> WhitePoint:
    """Return the light that the settings call white."""
    custom = settings.white_balance == "custom"
    white = WhitePoint(settings.temperature, settings.tint) if custom else as_shot
    if custom and abs(white.temperature - as_shot.temperature) <= 0.5 and abs(white.tint - as_shot.tint) <= 0.5:
        # The same numbers, rounded as settings are: nothing is asked for.
        white = as_shot
    if settings.temperature_shift or settings.tint_shift:
        white = white.shifted(settings.temperature_shift, settings.tint_shift)
    return white


def matrix(settings: DevelopSettings, as_shot: WhitePoint | None = None) -> Matrix | None:
    """Return the 3 x 3 matrix on XYZ (D65) from light as shot to light as wanted; None where they are one.

    Bradford adaptation: the light wanted white becomes as white as the light that the camera held white. The
    lightness of grey stays.
    """
    given = as_shot or DAYLIGHT
    white = wanted(settings, given)
    if white == given:
        return None
    # A surface that was grey under `white` shows as `white` relative to `given`: bring that to D65.
    seen = colour.adaptation(given.xy(), D65) @ colour.white_xyz(white.xy())
    x, y, z = seen
    turn = colour.adaptation((x / (x + y + z), y / (x + y + z)), D65)
    kept = (turn @ colour.white_xyz(D65))[1]
    return np.asarray(turn / kept)
