"""What a sensor could not hold comes back without a cast."""

from __future__ import annotations

import numpy as np

from develop import highlights
from develop.colour import Floats
from develop.operations.operation import Place

CEILINGS = np.array([2.0, 1.0, 1.6], np.float32)


def _seen(light: Floats) -> Floats:
    return np.minimum(light, CEILINGS)


def _rebuilt(light: Floats) -> Floats:
    seen = _seen(light)
    cast = highlights.cast_about(seen, CEILINGS)
    place = Place(top=0, height=seen.shape[0], width=seen.shape[1])
    return highlights.rebuild(seen.copy(), highlights.clipped(seen, CEILINGS), cast, place)


def _glow(colour: tuple[float, float, float], brightness: float) -> Floats:
    """A bright spot of one colour that fades away from its middle."""
    y, x = np.mgrid[-40:40, -40:40] / 20.0
    return np.asarray(brightness * np.exp(-(x**2 + y**2))[..., None] * np.array(colour), np.float32)


def test_a_clipped_green_is_told_by_the_others() -> None:
    for colour in ((1.0, 1.0, 1.0), (0.9, 1.0, 0.8), (1.1, 1.0, 1.2)):
        light = _glow(colour, 1.5)
        lost = (light[..., 1] > 1.0) & (light[..., 0] < 1.9) & (light[..., 2] < 1.5)
        error = np.abs(_rebuilt(light) - light)[lost][:, 1]
        assert lost.sum() > 200
        assert error.max() < 0.12, "cut at its ceiling it would be wrong by a half"


def test_a_grey_lamp_stays_grey_where_all_is_clipped() -> None:
    found = highlights.hold(_rebuilt(_glow((1.0, 1.0, 1.0), 6.0)))
    middle = found[35:45, 35:45]
    assert np.abs(middle - 1.0).max() < 1e-3, "white, not magenta"
    assert (found.max(axis=2) - found.min(axis=2)).max() < 0.06, "no coloured ring about it"


def test_what_is_not_clipped_is_left_alone() -> None:
    light = _glow((0.5, 0.9, 0.4), 1.0)
    assert highlights.clipped(light, CEILINGS) is None
    assert np.array_equal(_rebuilt(light), light)
    within = np.clip(light, 0, 1)
    assert np.array_equal(highlights.hold(within.copy()), within)


def test_light_above_white_pales_and_keeps_its_order_of_colours() -> None:
    bright = np.array([[[1.5, 0.8, 0.3], [3.0, 1.6, 0.6], [1.0, 0.5, 0.2]]], np.float32)
    held = highlights.hold(bright.copy())[0]
    assert held.max() <= 1.0 + 1e-6
    for pixel in held:
        assert pixel[0] >= pixel[1] > pixel[2]
    assert held[1].min() > held[0].min() > held[2].min(), "the brighter, the paler"


def test_each_clipped_place_takes_the_colour_about_itself() -> None:
    warm, cold = _glow((1.3, 1.0, 0.5), 1.6), _glow((0.6, 1.0, 1.3), 1.6)
    light = np.concatenate((warm, np.zeros_like(warm), np.zeros_like(warm), cold), axis=1)
    found = _rebuilt(light)
    lost = (light[..., 1] > 1.0) & (light[..., 0] < 1.9) & (light[..., 2] < 1.5)
    error = np.abs(found - light)[..., 1]
    assert min(lost[:, :80].sum(), lost[:, 240:].sum()) > 150
    assert error[lost].mean() < 0.12
    edge = lost & (light[..., 1] < 1.05)
    assert error[edge].max() < 0.2, "no step where a colour begins to clip"
