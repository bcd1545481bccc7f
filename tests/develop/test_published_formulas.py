"""Colour temperature, hue, sharpness and noise against formulas that others published and we do not use."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from develop import pipeline
from develop.image import SRGB, Image
from develop.settings import NEUTRAL, DevelopSettings
from develop.white_point import WhitePoint, white_point_of

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def mccamy(x: float, y: float) -> float:
    """Return the correlated colour temperature in kelvin; McCamy, Color Res. Appl. 17 (1992) 142."""
    n = (x - 0.3320) / (0.1858 - y)
    return 449 * n**3 + 3525 * n**2 + 6823.3 * n + 5520.33


def _lobe(wavelength: Floats, middle: float, below: float, above: float) -> Floats:
    width = np.where(wavelength < middle, below, above)
    return np.asarray(np.exp(-0.5 * ((wavelength - middle) * width) ** 2))


def black_body(kelvin: float) -> tuple[float, float]:
    """Return the chromaticity (CIE 1931 xy) of Planck's law seen by the observer of Wyman et al., JCGT 2 (2013) 1."""
    nm = np.arange(360.0, 831.0)
    power = nm**-5 / np.expm1(1.438777e7 / (nm * kelvin))
    x = 1.056 * _lobe(nm, 599.8, 0.0264, 0.0323)
    x = x + 0.362 * _lobe(nm, 442.0, 0.0624, 0.0374) - 0.065 * _lobe(nm, 501.1, 0.0490, 0.0382)
    y = 0.821 * _lobe(nm, 568.8, 0.0213, 0.0247) + 0.286 * _lobe(nm, 530.9, 0.0613, 0.0322)
    z = 1.217 * _lobe(nm, 437.0, 0.0845, 0.0278) + 0.681 * _lobe(nm, 459.0, 0.0385, 0.0725)
    sums = [float((power * curve).sum()) for curve in (x, y, z)]
    return sums[0] / sum(sums), sums[1] / sum(sums)


@given(st.floats(2900, 8000))
def test_temperature_is_that_of_mccamys_formula(kelvin: float) -> None:
    assert mccamy(*WhitePoint(kelvin).xy()) == pytest.approx(kelvin, rel=0.012)


@given(st.floats(4000, 12000))
def test_a_black_body_has_its_temperature_and_no_tint(kelvin: float) -> None:
    # Below 4000 K the fitted observer's red end, not the temperature, decides: 9 mired at 2000 K.
    found = white_point_of(black_body(kelvin))
    assert 1e6 / found.temperature == pytest.approx(1e6 / kelvin, abs=2)
    assert abs(found.tint) < 2


def _noisy() -> Image:
    random = np.random.default_rng(5)
    card = 30000 + random.normal(0, 1500, (96, 96, 3))
    card[:, 48:] += 12000
    return Image(np.clip(card, 0, 65535).astype(np.uint16), SRGB)


def _spread(image: Image) -> float:
    return float(image.pixels[8:-8, 8:40].astype(float).std(axis=(0, 1)).mean())


def _steepest(image: Image) -> float:
    across = image.pixels.astype(float).mean(axis=(0, 2))
    return float(np.abs(np.diff(across)).max())


def test_more_noise_reduction_leaves_less_noise() -> None:
    made = [
        pipeline.render(_noisy(), replace(NEUTRAL, luminance_noise=amount, colour_noise=amount))
        for amount in (0, 25, 50, 100)
    ]
    spreads = [_spread(image) for image in made]
    assert spreads == sorted(spreads, reverse=True)
    assert spreads[-1] < 0.5 * spreads[0]


def test_more_sharpening_gives_a_steeper_edge_and_keeps_flat_ground() -> None:
    ramp = np.interp(np.arange(96), [46, 50], [20000, 40000])
    soft = Image(np.tile(ramp[None, :, None], (64, 1, 3)).astype(np.uint16), SRGB)
    made = [pipeline.render(soft, replace(NEUTRAL, sharpen_amount=amount)) for amount in (0, 40, 80, 150)]
    steepness = [_steepest(image) for image in made]
    assert all(less < more for less, more in pairwise(steepness))
    for image in made:
        assert np.abs(image.pixels[:, :16].astype(int) - 20000).max() <= 40


@pytest.mark.parametrize("amount", [-100, -40, 40, 100])
@pytest.mark.parametrize("name", ["contrast", "highlights", "shadows", "whites", "blacks"])
def test_no_tone_setting_turns_brightness_round(name: str, amount: int) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)
    image = Image(np.tile(ramp[None, :, None], (64, 1, 3)), SRGB)
    row = pipeline.render(image, DevelopSettings.from_json({**NEUTRAL.to_json(), name: amount})).pixels[32]
    assert int(np.diff(row.astype(int), axis=0).min()) >= -70
