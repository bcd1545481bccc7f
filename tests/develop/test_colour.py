from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from develop import auto, colour, gamut, pipeline
from develop.image import D50, D65, SRGB, ColorSpace, Image
from develop.operations import oklab
from develop.settings import NEUTRAL, DevelopSettings
from develop.white_point import WhitePoint, white_point_of, white_point_of_camera

SPACES = [*colour.SPACES.values(), colour.WORKING]


@pytest.mark.parametrize("space", SPACES, ids=lambda s: s.name)
def test_sixteen_bits_survive_linear_light_and_back(space: ColorSpace) -> None:
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1).repeat(3, axis=2)
    back = colour.from_linear(colour.to_linear(ramp, space), space, np.uint16)
    assert np.abs(back.astype(int) - ramp).max() <= 1


@pytest.mark.parametrize("space", SPACES, ids=lambda s: s.name)
def test_eight_bits_survive_exactly(space: ColorSpace) -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    assert np.array_equal(colour.from_linear(colour.to_linear(ramp, space), space, np.uint8), ramp)


@given(st.floats(-2, 4))
def test_curves_are_each_others_inverse(value: float) -> None:
    one = np.array([value], np.float32)
    for space in SPACES:
        np.testing.assert_allclose(colour.decode_curve(colour.encode_curve(one, space), space), one, atol=2e-5)


def test_srgb_matrix_is_the_published_one() -> None:
    # IEC 61966-2-1
    wanted = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    np.testing.assert_allclose(colour.to_xyz(SRGB), wanted, atol=2e-4)


def test_bradford_is_the_published_one() -> None:
    # D65 to D50, lindbloom.com
    wanted = [[1.0479, 0.0229, -0.0502], [0.0296, 0.9904, -0.0171], [-0.0092, 0.0151, 0.7519]]
    np.testing.assert_allclose(colour.adaptation(D65, D50), wanted, atol=6e-4)


@pytest.mark.parametrize("space", SPACES, ids=lambda s: s.name)
def test_white_stays_white(space: ColorSpace) -> None:
    np.testing.assert_allclose(colour.matrix(space, SRGB) @ np.ones(3), 1.0, atol=1e-9)


def test_convert_to_the_same_space_keeps_the_pixels() -> None:
    image = Image(np.zeros((2, 2, 3), np.uint8))
    assert colour.convert(image, SRGB).pixels is image.pixels


def test_a_colour_goes_to_another_space_and_back() -> None:
    pixels = np.random.default_rng(4).integers(0, 65536, (40, 40, 3)).astype(np.uint16)
    for space in SPACES[:-1]:
        if space is colour.ADOBE_RGB or space is colour.PROPHOTO:
            continue
        back = colour.convert(colour.convert(Image(pixels), space), SRGB)
        assert np.abs(back.pixels.astype(int) - pixels).max() <= 24


def test_adobe_rgb_green_is_outside_srgb_and_is_clipped() -> None:
    green = Image(np.array([[[0, 65535, 0]]], np.uint16), colour.ADOBE_RGB)
    assert colour.convert(green, SRGB).pixels[0, 0].tolist() == [0, 65535, 0]


@pytest.mark.parametrize("space", SPACES, ids=lambda s: s.name)
def test_grey_has_no_colour_in_oklab_and_planes_come_back(space: ColorSpace) -> None:
    grey = np.full((4, 4, 3), 0.3, np.float32)
    lab = oklab.from_linear(grey, space)
    assert np.abs(lab.a).max() < 2e-6
    np.testing.assert_allclose(lab.lightness, np.cbrt(0.3), atol=1e-5)
    some = np.random.default_rng(1).random((8, 8, 3), dtype=np.float32)
    np.testing.assert_allclose(oklab.to_linear(oklab.from_linear(some, space), space), some, atol=2e-5)


def test_oklab_of_red_is_the_published_one() -> None:
    lab = oklab.from_linear(np.array([[[1.0, 0.0, 0.0]]], np.float32), SRGB)
    np.testing.assert_allclose([lab.lightness[0, 0], lab.a[0, 0], lab.b[0, 0]], [0.62796, 0.22486, 0.12585], atol=5e-4)


WEIGHTS = colour.to_xyz(SRGB)[1].astype(np.float32)


def test_colours_outside_come_inside_without_a_turn() -> None:
    linear = np.array([[[1.4, 0.5, 0.1], [0.5, -0.1, 0.2], [0.2, 0.3, 0.4], [2.0, 2.0, 2.0]]], np.float32)
    fitted = gamut.fit(linear.copy(), WEIGHTS)
    assert fitted.min() >= -1e-5
    assert fitted.max() <= 1.0 + 1e-5
    assert np.array_equal(fitted[0, 2], linear[0, 2])
    assert float(fitted[0, 1] @ WEIGHTS) == pytest.approx(float(linear[0, 1] @ WEIGHTS), abs=1e-5)
    np.testing.assert_allclose(fitted[0, 3], 1.0, atol=1e-5)
    for index in (0, 1):
        # Where the middle channel lies between the others is the hue.
        low, middle, high = np.sort(linear[0, index])
        least, between, most = np.sort(fitted[0, index])
        assert (between - least) / (most - least) == pytest.approx((middle - low) / (high - low), abs=1e-4)


@given(
    st.tuples(st.floats(0.02, 1), st.floats(0.02, 1), st.floats(0.02, 1)), st.floats(1.0, 12.0), st.floats(1.01, 2.0)
)
def test_more_light_of_a_colour_is_shown_brighter_and_no_more_colourful(
    hue: tuple[float, float, float], light: float, more: float
) -> None:
    one = np.array(hue, np.float32) / max(hue) * np.float32(light)
    held = gamut.hold(np.stack([one, one * np.float32(more)]), WEIGHTS)
    assert float(held.max()) <= 1.0 + 1e-5
    assert float(held[1] @ WEIGHTS) >= float(held[0] @ WEIGHTS) - 1e-5
    assert np.ptp(held[1]) <= np.ptp(held[0]) + 1e-5


@given(st.floats(2000, 50000), st.floats(-150, 150))
def test_temperature_and_tint_survive_chromaticity(temperature: float, tint: float) -> None:
    back = white_point_of(WhitePoint(temperature, tint).xy())
    assert back.temperature == pytest.approx(temperature, rel=2e-3)
    assert back.tint == pytest.approx(tint, abs=0.3)


@pytest.mark.parametrize(("xy", "kelvin"), [((0.44757, 0.40745), 2856), (D65, 6504), ((0.34567, 0.35850), 5003)])
def test_known_lights_have_their_temperature(xy: tuple[float, float], kelvin: float) -> None:
    assert white_point_of(xy).temperature == pytest.approx(kelvin, rel=5e-3)


def test_auto_white_balance_takes_a_cast_away() -> None:
    rng = np.random.default_rng(2)
    grey = np.repeat(rng.uniform(0.1, 0.7, (60, 60, 1)), 3, axis=2).astype(np.float32)
    grey += rng.normal(0, 0.01, grey.shape).astype(np.float32)
    linear = colour.decode_curve(np.clip(grey, 0, 1), SRGB) * np.array([1.18, 1.0, 0.85], np.float32)
    image = Image(colour.from_linear(linear, SRGB, np.uint16))
    settings = DevelopSettings(**auto.white_balance_shift(image))
    mean = colour.to_linear(pipeline.render(image, settings).pixels, SRGB).mean(axis=(0, 1))
    before = linear.mean(axis=(0, 1))
    assert np.ptp(mean) / mean.mean() < 0.45 * np.ptp(before) / before.mean()


def test_auto_tone_opens_a_dark_picture_and_is_settings() -> None:
    rng = np.random.default_rng(6)
    dark = Image((rng.uniform(0.02, 0.35, (80, 90, 3)) * 65535).astype(np.uint16))
    found = auto.auto_settings(dark, DevelopSettings(clarity=5.0))
    assert found.exposure > 0.3
    assert found.shadows > 0
    assert found.clarity == 5.0


@pytest.mark.parametrize("value", [0, 65535])
def test_auto_bears_a_picture_without_content(value: int) -> None:
    auto.auto_settings(Image(np.full((8, 8, 3), value, np.uint16)), NEUTRAL)


def test_a_cameras_multipliers_become_temperature_and_tint() -> None:
    # A camera that sees like this, balanced for known light.
    to_camera = np.array([[0.70, -0.09, -0.10], [-0.38, 1.20, 0.21], [-0.04, 0.14, 0.66]])
    light = WhitePoint(3900.0, -12.0)
    response = to_camera @ colour.white_xyz(light.xy())
    found = white_point_of_camera((1 / response).tolist(), to_camera.tolist())
    assert found is not None
    assert found.temperature == pytest.approx(3900.0, rel=1e-3)
    assert found.tint == pytest.approx(-12.0, abs=0.1)


@pytest.mark.parametrize(("multipliers", "matrix"), [((0.0, 1.0, 1.0), np.eye(3)), ((2.0, 1.0, 1.5), np.zeros((3, 3)))])
def test_multipliers_that_say_nothing_give_none(multipliers: tuple[float, ...], matrix: colour.Matrix) -> None:
    assert white_point_of_camera(multipliers, matrix.tolist()) is None


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_light_below_zero_is_black_and_above_one_white(dtype: type[np.generic]) -> None:
    light = np.array([-1.0, -1e-6, 0.0, 1.0, 1.0001, 40.0], np.float32)
    linear = np.repeat(np.repeat(light[None, :, None], 7, axis=0), 3, axis=2)
    top = np.iinfo(np.dtype(dtype)).max
    found = colour.from_linear(linear, SRGB, dtype)
    assert np.array_equal(found, np.broadcast_to(np.array([0, 0, 0, top, top, top])[None, :, None], found.shape))
