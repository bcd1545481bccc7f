"""Every operation against known truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from develop import bands, colour, pipeline
from develop.image import SRGB, Image, Pixels
from develop.operations import oklab
from develop.operations.curve import point_curve
from develop.operations.mixer import centres
from develop.operations.shoulder import shoulder
from develop.operations.tone import contrast, ends, global_curve, regions
from develop.settings import NEUTRAL, SETTINGS, DevelopSettings
from develop.white_point import WhitePoint

FULL = 65535


def solid(red: float, green: float, blue: float, *, height: int = 48, width: int = 64) -> Image:
    """Make a picture of one encoded sRGB colour."""
    return Image(np.full((height, width, 3), np.rint(np.array([red, green, blue]) * FULL), np.uint16))


def grey_ramp(height: int = 16, width: int = 512) -> Image:
    ramp = np.linspace(0, FULL, width).astype(np.uint16)
    return Image(np.repeat(np.repeat(ramp[None, :, None], height, 0), 3, 2))


def texture(height: int = 160, width: int = 200, seed: int = 1) -> Image:
    noise = np.random.default_rng(seed).normal(0, 1, (height, width, 3)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 2.0)
    return Image(np.clip((0.45 + soft * 1.2) * FULL, 0, FULL).astype(np.uint16))


def rendered(image: Image, settings: Mapping[str, Any], **more: Any) -> Pixels:
    return pipeline.render(image, DevelopSettings(**settings), **more).pixels


def hue_and_chroma(pixels: Pixels) -> tuple[float, float]:
    lab = oklab.from_linear(colour.to_linear(pixels, SRGB), SRGB)
    return float(np.arctan2(np.median(lab.b), np.median(lab.a))), float(np.median(lab.chroma()))


def test_neutral_is_the_very_same_picture() -> None:
    image = texture()
    assert pipeline.render(image, NEUTRAL) is image
    assert pipeline.prestack(image, NEUTRAL) is image


@pytest.mark.parametrize("operation", pipeline.OPERATIONS, ids=lambda o: o.name)
def test_an_operation_has_triggers_that_are_settings_and_rests_at_neutral(operation: Any) -> None:
    assert set(operation.triggers) <= set(SETTINGS)
    assert not operation.active(NEUTRAL)


def test_a_setting_close_to_neutral_hardly_moves_a_pixel() -> None:
    image = texture()
    moved = rendered(image, {"exposure": 1e-6})
    assert np.abs(moved.astype(int) - image.pixels).max() <= 12  # of 65535: tables of 16 bits there and back


@pytest.mark.parametrize("stops", [-2.0, -1.0, -0.5, 0.5])
def test_exposure_multiplies_light(stops: float) -> None:
    image = solid(0.4, 0.3, 0.2)
    before = colour.to_linear(image.pixels, SRGB)
    after = colour.to_linear(rendered(image, {"exposure": stops}), SRGB)
    np.testing.assert_allclose(after, before * 2**stops, rtol=3e-3)


def test_pushed_highlights_roll_off_without_clipping() -> None:
    out = rendered(grey_ramp(), {"exposure": 1.5})[0, :, 0].astype(int)
    assert np.all(np.diff(out) >= 0)
    assert out[-1] >= FULL - 40
    assert np.count_nonzero(out == FULL) <= 4


def test_exposure_turns_no_hue() -> None:
    image = solid(0.85, 0.45, 0.15)
    hue, _ = hue_and_chroma(image.pixels)
    brighter, _ = hue_and_chroma(rendered(image, {"exposure": 0.7}))
    assert abs(hue - brighter) < np.radians(4)


def test_custom_white_balance_makes_that_light_grey() -> None:
    tungsten = WhitePoint(3000.0, 10.0)
    xyz = colour.white_xyz(tungsten.xy()) * 0.2
    # What a camera balanced for daylight shows of grey under tungsten.
    daylight = WhitePoint(5500.0, 0.0)
    seen = np.linalg.solve(colour.to_xyz(SRGB), colour.adaptation(daylight.xy(), SRGB.white) @ xyz)
    assert seen.min() > 0
    pixel = colour.encode_curve(seen.astype(np.float32), SRGB)
    settings = {"white_balance": "custom", "temperature": 3000.0, "tint": 10.0}
    out = rendered(solid(*pixel), settings, as_shot=daylight)[0, 0].astype(float)
    assert np.ptp(out) / out.mean() < 0.002


def test_white_balance_at_the_numbers_as_shot_changes_nothing() -> None:
    image = texture()
    settings = DevelopSettings(white_balance="custom", temperature=5203.0, tint=3.0)
    assert pipeline.render(image, settings, as_shot=WhitePoint(5203.4, 3.2)) is image


def test_warmer_is_redder_and_keeps_luminance() -> None:
    image = solid(0.5, 0.5, 0.5)
    warm = colour.to_linear(rendered(image, {"temperature_shift": 40}), SRGB)[0, 0]
    assert warm[0] > warm[1] > warm[2]
    weights = colour.to_xyz(SRGB)[1]
    np.testing.assert_allclose(weights @ warm, colour.decode_curve(np.array([0.5], np.float32), SRGB)[0], rtol=0.01)


POINTS = ((0.0, 10.0), (70.0, 50.0), (160.0, 190.0), (255.0, 250.0))


def test_a_ramp_goes_through_a_point_curve() -> None:
    image = grey_ramp()
    out = rendered(image, {"curve": POINTS})[0].astype(float) / FULL
    wanted = point_curve(POINTS, image.as_float()[0, :, 0])
    np.testing.assert_allclose(out[4:, 0], wanted[4:], atol=1.5e-3)
    for x, y in POINTS[1:]:
        assert point_curve(POINTS, np.array([x / 255], np.float32))[0] == pytest.approx(y / 255, abs=1e-6)


def test_a_channel_curve_moves_its_channel_alone() -> None:
    space = colour.REC2020
    image = Image(grey_ramp().pixels, space)
    out = rendered(image, {"curve_red": POINTS}).astype(float)[0] / FULL
    np.testing.assert_allclose(out[:, 1:], image.as_float()[0, :, 1:], atol=5e-4)
    # Colours that come to lie outside are fitted, so only the middle is compared.
    middle = slice(150, 400)
    np.testing.assert_allclose(out[middle, 0], point_curve(POINTS, image.as_float()[0, middle, 0]), atol=2e-3)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize(
    "bend",
    [
        contrast,
        lambda v, s: ends(v, s, 0.0),
        lambda v, s: ends(v, 0.0, s),
        lambda v, s: regions(v, s, 0.0),
        lambda v, s: regions(v, 0.0, s),
        lambda v, s: global_curve(DevelopSettings(parametric_shadows=s * 100, parametric_darks=-s * 100), v),
        lambda v, s: global_curve(DevelopSettings(parametric_lights=s * 100, parametric_highlights=-s * 100), v),
        lambda v, s: shoulder(v * 1.6, 1.6),
    ],
)
def test_no_tone_setting_turns_bright_and_dark_round(bend: Any, sign: float) -> None:
    value = np.linspace(0, 1, 2001, dtype=np.float32)
    assert np.diff(bend(value, sign)).min() >= -1e-6


def test_shadows_lift_the_dark_side_and_leave_the_bright_one() -> None:
    pixels = np.full((120, 240, 3), 0.12 * FULL, np.uint16)
    pixels[:, 120:] = round(0.9 * FULL)
    out = rendered(Image(pixels), {"shadows": 80}).astype(float) / FULL
    assert out[60, 40, 0] > 0.16
    assert out[60, 200, 0] == pytest.approx(0.9, abs=0.01)


def test_highlights_leave_no_halo_at_a_hard_edge() -> None:
    pixels = np.full((160, 320, 3), 0.2 * FULL, np.uint16)
    pixels[:, 160:] = round(0.95 * FULL)
    out = rendered(Image(pixels), {"highlights": -100})[80, :, 0].astype(float) / FULL
    assert out[300] < 0.9
    dark, bright = out[20], out[300]
    assert np.abs(out[:158] - dark).max() < 0.02
    assert np.abs(out[162:] - bright).max() < 0.04


def test_saturation_scales_chroma_and_minus_hundred_is_grey() -> None:
    image = solid(0.5, 0.4, 0.35)
    hue, chroma = hue_and_chroma(image.pixels)
    more_hue, more = hue_and_chroma(rendered(image, {"saturation": 50}))
    assert more == pytest.approx(1.5 * chroma, rel=0.01)
    assert more_hue == pytest.approx(hue, abs=0.01)
    grey = rendered(image, {"saturation": -100})[0, 0].astype(int)
    assert np.ptp(grey) <= 12


def test_vibrance_moves_pale_colours_more_than_vivid_ones_and_spares_skin() -> None:
    def rise(*rgb: float) -> float:
        image = solid(rgb[0], rgb[1], rgb[2])
        return hue_and_chroma(rendered(image, {"vibrance": 60}))[1] / hue_and_chroma(image.pixels)[1]

    assert rise(0.45, 0.5, 0.58) > rise(0.1, 0.3, 0.9) + 0.15
    skin, blue_alike = (0.78, 0.60, 0.50), (0.55, 0.63, 0.80)
    assert rise(*skin) < rise(*blue_alike)


@pytest.mark.parametrize(("name", "index"), [("green", 3), ("blue", 5), ("red", 0)])
def test_a_hue_turns_towards_its_neighbour_by_what_is_asked(name: str, index: int) -> None:
    at = np.append(centres(), centres()[0] + 2 * np.pi)
    level, chroma = 0.6, 0.09
    angle = at[index]
    planes = (np.full((16, 16), v, np.float32) for v in (level, chroma * np.cos(angle), chroma * np.sin(angle)))
    linear = oklab.to_linear(oklab.Lab(*planes), SRGB)
    image = Image(colour.from_linear(linear, SRGB, np.uint16))
    hue, _ = hue_and_chroma(rendered(image, {f"hue_{name}": 50}))
    turned = (hue - angle + np.pi) % (2 * np.pi) - np.pi
    wanted = (at[index + 1] - at[index]) * 0.5 * 0.6 * chroma / (chroma + 0.025)
    assert turned == pytest.approx(wanted, abs=0.02)


def test_mixer_leaves_grey_and_other_colours_alone() -> None:
    settings = {"hue_red": 100, "saturation_red": -100, "luminance_red": 80}
    for rgb in ((0.5, 0.5, 0.5), (0.1, 0.6, 0.2), (0.2, 0.3, 0.8)):
        image = solid(*rgb)
        assert np.abs(rendered(image, settings).astype(int) - image.pixels).max() < 0.004 * FULL


def test_grayscale_has_no_colour_and_its_mixer_lifts_a_colour() -> None:
    image = solid(0.2, 0.5, 0.2)
    plain = rendered(image, {"grayscale": True})[0, 0].astype(int)
    lifted = rendered(image, {"grayscale": True, "gray_green": 60})[0, 0].astype(int)
    assert np.ptp(plain) <= 12
    assert lifted[0] > plain[0] * 1.05


def test_grading_tints_shadows_and_leaves_highlights() -> None:
    out = rendered(grey_ramp(), {"grade_shadow_hue": 220, "grade_shadow_saturation": 60})[0].astype(float)
    dark, bright = out[100], out[480]
    assert dark[2] > dark[0] * 1.1
    assert np.ptp(bright) < 0.01 * FULL


def test_sharpening_overshoots_no_more_than_detail_lets_it() -> None:
    edge = np.full((40, 80), 0.3, np.float32)
    edge[:, 40:] = 0.6
    pixels = np.repeat((cv2.GaussianBlur(edge, (0, 0), 1.2) * FULL)[..., None], 3, 2).astype(np.uint16)
    image = Image(pixels)
    held = rendered(image, {"sharpen_amount": 150, "sharpen_detail": 0})[20, :, 0].astype(float)
    free = rendered(image, {"sharpen_amount": 150, "sharpen_detail": 100})[20, :, 0].astype(float)
    before = pixels[20, :, 0].astype(float)
    assert np.diff(held).max() > 1.3 * np.diff(before).max()
    assert held.max() < 1.02 * before.max()
    assert free.max() > 1.05 * before.max()


def test_masking_keeps_sharpening_off_noise() -> None:
    rng = np.random.default_rng(3)
    image = Image(np.clip((0.5 + rng.normal(0, 0.004, (96, 96, 1))) * FULL, 0, FULL).repeat(3, 2).astype(np.uint16))
    settings = {"sharpen_amount": 120, "sharpen_detail": 100}
    plain = rendered(image, settings).std()
    masked = rendered(image, {**settings, "sharpen_masking": 100}).std()
    assert plain > 1.5 * image.pixels.std()
    assert masked < 1.1 * image.pixels.std()


def test_texture_and_clarity_raise_and_lower_contrast_of_their_sizes() -> None:
    image = texture()
    for name in ("texture", "clarity"):
        up = rendered(image, {name: 60}).astype(float).std()
        down = rendered(image, {name: -60}).astype(float).std()
        assert down < 0.97 * image.pixels.std() < 0.97 * up


def test_dehaze_undoes_a_veil() -> None:
    clear = colour.to_linear(texture(seed=9).pixels, SRGB) * np.float32(0.5)
    hazy = clear * np.float32(0.5) + np.float32(0.5 * 0.8)
    image = Image(colour.from_linear(hazy, SRGB, np.uint16))
    before = colour.to_linear(image.pixels, SRGB)
    after = colour.to_linear(rendered(image, {"dehaze": 60}), SRGB)
    assert after.std() / after.mean() > 1.4 * before.std() / before.mean()


def test_defringe_greys_a_purple_rim_and_no_purple_area() -> None:
    pixels = np.full((80, 160, 3), 0.1 * FULL, np.uint16)
    pixels[:, :60] = round(0.95 * FULL)
    pixels[:, 60:63] = (np.array([0.45, 0.25, 0.7]) * FULL).astype(np.uint16)
    pixels[:, 120:] = (np.array([0.45, 0.25, 0.7]) * FULL).astype(np.uint16)
    out = rendered(Image(pixels), {"defringe_purple": 15})

    def purple(x: int) -> NDArray[Any]:
        return np.asarray(np.ptp(out[40, x].astype(int)) / FULL)

    assert purple(61) < 0.2
    assert purple(150) > 0.4


def test_vignette_darkens_corners_and_not_the_middle() -> None:
    image = solid(0.5, 0.5, 0.5, height=200, width=300)
    out = rendered(image, {"vignette_amount": -60}).astype(int)
    assert abs(out[100, 150, 0] - image.pixels[0, 0, 0]) < 40
    assert out[0, 0, 0] < 0.75 * out[100, 150, 0]
    np.testing.assert_allclose(out[0, 0], out[-1, -1], atol=40)


def test_bright_spots_in_a_vignette_s_corners_stay_bright_where_asked() -> None:
    image = solid(0.4, 0.4, 0.4, height=200, width=300)
    image.pixels[4:24, 4:24] = round(0.97 * FULL)
    corner, spot = [], []
    for amount in (0, 50, 100):
        out = rendered(image, {"vignette_amount": -80, "vignette_highlights": amount}).astype(int)
        corner.append(out[190, 290, 0])
        spot.append(out[14, 14, 0])
    assert corner[0] == corner[1] == corner[2]
    assert spot[0] < spot[1] < spot[2]
    assert spot[2] > 0.9 * image.pixels[14, 14, 0]


def test_grain_keeps_the_mean_and_is_the_same_every_time() -> None:
    image = solid(0.5, 0.5, 0.5, height=120, width=200)
    first, second = (rendered(image, {"grain_amount": 50}) for _ in range(2))
    assert np.array_equal(first, second)
    assert first.std() > 0.005 * FULL
    assert first.mean() == pytest.approx(image.pixels.mean(), rel=0.01)


EVERYTHING: dict[str, Any] = {
    "exposure": 0.3, "highlights": -40, "shadows": 30, "clarity": 20, "texture": 20, "dehaze": 10, "vibrance": 20,
    "hue_green": 20, "grade_shadow_saturation": 10, "sharpen_amount": 50, "luminance_noise": 20, "colour_noise": 20,
    "vignette_amount": -20, "grain_amount": 10, "defringe_purple": 3,
}  # fmt: skip


def test_bands_meet_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    image = texture(900, 300)
    whole = rendered(image, EVERYTHING).astype(int)
    monkeypatch.setattr(bands, "_BAND_PIXELS", 10_000)
    monkeypatch.setattr(bands, "_STRIP_PIXELS", 2_000)
    monkeypatch.setattr(bands, "_BLOCK", 64)
    monkeypatch.setattr(bands, "_WHOLE", 0)
    banded = rendered(image, EVERYTHING).astype(int)
    assert np.abs(whole - banded).max() <= 0.003 * FULL


def test_what_breaks_while_the_picture_is_surveyed_comes_out_and_keeps_no_band_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(pipeline, "_reduced", broken)
    with pytest.raises(ZeroDivisionError):
        rendered(texture(900, 300), EVERYTHING)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (5, 2), (3, 300)])
def test_the_smallest_pictures_render(size: tuple[int, int]) -> None:
    pixels = np.full((*size, 3), 128, np.uint8)
    out = pipeline.render(Image(pixels), DevelopSettings(**EVERYTHING, crop_angle=3.0))
    assert out.pixels.dtype == np.uint16
    assert out.pixels.size > 0
