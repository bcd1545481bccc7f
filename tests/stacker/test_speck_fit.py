"""Specks measured by all frames at once: how wide they are, and whether two are one."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from stacker.speck_fit import fitted, merged
from stacker.specks import PROFILE_STEPS, Speck

SIDE = 160
MOVES = tuple(np.array([[1, 0, 9.0 * i], [0, 1, 4.0 * i], [0, 0, 1]]) for i in range(-3, 4))
Plane = NDArray[Any]


def speck(x: float, y: float, radius: float, depth: float = 0.3) -> Speck:
    """A speck that is darkest in its centre and ends softly."""
    profile = tuple(float(each) for each in np.log(1 - depth) * (1 - PROFILE_STEPS**2))
    return Speck(x=x, y=y, radius=radius, depth=depth, confidence=1, profile=profile)


def lights(*specks: Speck) -> list[Plane]:
    """Return a soft scene as each of MOVES shows it, with the specks (natural logarithm of light)."""
    random = np.random.default_rng(3)
    scene = cv2.GaussianBlur(random.normal(0, 1.5, (SIDE, SIDE)).astype(np.float32), (0, 0), 4)
    y, x = np.mgrid[:SIDE, :SIDE]
    dent = np.zeros((SIDE, SIDE), np.float32)
    for each in specks:
        dent += np.interp(np.hypot(x - each.x, y - each.y) / each.radius, PROFILE_STEPS, each.profile, right=0)
    # Read by its transform a frame is the reference shifted: the scene wraps, the specks stay.
    return [np.roll(scene, (int(m[1, 2]), int(m[0, 2])), axis=(0, 1)) + dent for m in MOVES]


@pytest.mark.parametrize("met", [0.5, 1.0])
def test_a_speck_is_as_wide_as_it_is_though_its_core_alone_was_met(met: float) -> None:
    """Its centre within half a pixel, what it takes of the light in all within 10 %."""
    truth = speck(80, 78, 12)
    found = fitted(speck(81, 77, met * 12), lights(truth), MOVES)
    assert np.hypot(found.x - truth.x, found.y - truth.y) < 0.5
    away = np.arange(0, 30, 0.25)
    taken, true = (
        (np.interp(away / each.radius, PROFILE_STEPS, each.profile, right=0) * away).sum() for each in (found, truth)
    )
    assert taken == pytest.approx(true, rel=0.1)


def test_one_speck_met_at_two_places_is_one_and_two_are_two() -> None:
    truth = speck(80, 78, 12)
    one = merged(speck(76, 78, 6), speck(84, 78, 6), lights(truth), MOVES)
    assert one is not None and np.hypot(one.x - truth.x, one.y - truth.y) < 0.5
    left, right = speck(72, 78, 7), speck(87, 78, 7)
    assert merged(left, right, lights(left, right), MOVES) is None
