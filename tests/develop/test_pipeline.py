"""Geometry, lens, healing and what goes round them, against known truth."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from develop import auto, bands, colour, pipeline
from develop.image import SRGB, Image, Pixels
from develop.operations import geometry, lens_profile
from develop.operations.heal import membrane
from develop.operations.lens_profile import Shot
from develop.settings import DevelopSettings
from develop.spot import Spot
from develop.white_point import WhitePoint

MEASURED = Shot(
    camera_maker="Canon",
    camera_model="Canon EOS 5D Mark II",
    lens_maker="Canon",
    lens_model="Canon EF 24-105mm f/4L IS USM",
    focal_length=24.0,
    aperture=4.0,
    distance=10.0,
)


def grid(height: int = 300, width: int = 420) -> Image:
    y, x = np.mgrid[:height, :width]
    value = 0.5 + 0.25 * np.sin(x / 9.0) + 0.2 * np.sin(y / 11.0)
    return Image(np.repeat((value * 65535).astype(np.uint16)[..., None], 3, axis=2))


def spot_at(pixels: Pixels) -> tuple[float, float]:
    weight = pixels[..., 1].astype(float) - pixels[..., 1].min()
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    return float((weight * x).sum() / weight.sum()), float((weight * y).sum() / weight.sum())


def dotted(x: float, y: float, height: int = 200, width: int = 300) -> Image:
    yy, xx = np.mgrid[:height, :width]
    value = 0.1 + 0.8 * np.exp(-((xx - x) ** 2 + (yy - y) ** 2) / (2 * 3.0**2))
    return Image(np.repeat((value * 65535).astype(np.uint16)[..., None], 3, axis=2))


def test_a_plain_crop_copies_pixels() -> None:
    image = grid(100, 200)
    out = pipeline.render(image, DevelopSettings(crop_left=0.25, crop_right=0.75, crop_top=0.1, crop_bottom=0.6))
    assert np.array_equal(out.pixels, image.pixels[10:60, 50:150])


def test_straightening_turns_about_the_centre() -> None:
    # 60 px right of the centre, turned 10 degrees clockwise: it comes to lie below that.
    image = dotted(149.5 + 60, 99.5)
    out = pipeline.render(image, DevelopSettings(crop_angle=10.0)).pixels
    x, y = spot_at(out)
    centre_x, centre_y = (out.shape[1] - 1) / 2, (out.shape[0] - 1) / 2
    assert x - centre_x == pytest.approx(60 * np.cos(np.radians(10)), abs=0.6)
    assert y - centre_y == pytest.approx(60 * np.sin(np.radians(10)), abs=0.6)


@settings(max_examples=40)
@given(st.floats(-45, 45), st.floats(-100, 100), st.floats(-100, 100), st.floats(80, 150))
def test_no_corner_is_ever_empty(angle: float, vertical: float, horizontal: float, scale: float) -> None:
    values = DevelopSettings(
        crop_angle=angle, perspective_vertical=vertical, perspective_horizontal=horizontal, perspective_scale=scale
    )
    view = geometry.view_of(values, 600, 400)
    corners = np.array(
        [[0, 0, 1], [view.width - 1, 0, 1], [0, view.height - 1, 1], [view.width - 1, view.height - 1, 1]]
    )
    seen = corners @ view.projection.T
    seen = seen[:, :2] / seen[:, 2:]
    assert view.width > 20
    assert seen.min() > -0.5
    assert (seen < [599.5, 399.5]).all()


def test_perspective_makes_leaning_lines_upright() -> None:
    # A projected square: whatever the settings say, straight lines stay straight and the lean goes one way.
    view = geometry.view_of(DevelopSettings(perspective_vertical=40.0), 600, 400)

    def read(x: float, y: float) -> float:
        seen = view.projection @ np.array([x, y, 1.0])
        return float(seen[0] / seen[2])

    top = read(view.width - 1, 0) - read(0, 0)
    bottom = read(view.width - 1, view.height - 1) - read(0, view.height - 1)
    assert top > 1.05 * bottom


def test_manual_distortion_follows_its_formula() -> None:
    image = dotted(149.5 + 110, 99.5)
    out = pipeline.prestack(image, DevelopSettings(lens_distortion=40.0)).pixels
    half = np.hypot(300, 200) / 2
    x, y = spot_at(out)
    moved = (x - 149.5) / half
    assert moved * (1 - 0.4 * 0.14 * moved**2) * half == pytest.approx(110, abs=0.5)
    assert y == pytest.approx(99.5, abs=0.3)


def test_pincushion_correction_leaves_no_empty_corner() -> None:
    image = grid()
    image.pixels[0], image.pixels[-1], image.pixels[:, 0], image.pixels[:, -1] = 0, 0, 0, 0
    out = pipeline.prestack(image, DevelopSettings(lens_distortion=-60.0)).pixels
    assert out.shape == image.pixels.shape
    assert np.abs(np.diff(out[2:12, 2:12, 0].astype(int), axis=1)).max() > 0


def test_colour_fringes_are_laid_over_each_other() -> None:
    image = grid(400, 600)
    size = 1.003
    centre = np.array([299.5, 199.5])
    turn = np.array([[1 / size, 0, centre[0] * (1 - 1 / size)], [0, 1 / size, centre[1] * (1 - 1 / size)]])
    fringed = image.pixels.copy()
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    fringed[..., 0] = cv2.warpAffine(
        image.pixels[..., 0].copy(), turn, (600, 400), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    fixed = pipeline.prestack(Image(fringed), DevelopSettings(fringe_red_cyan=30.0)).pixels.astype(int)
    inner = (slice(20, -20), slice(20, -20))
    before = np.abs(fringed[inner][..., 0].astype(int) - image.pixels[inner][..., 0]).mean()
    after = np.abs(fixed[inner][..., 0] - image.pixels[inner][..., 0]).mean()
    assert after < 0.15 * before


def test_highlights_in_a_lifted_corner_keep_their_detail_and_white_stays_white() -> None:
    steps = np.linspace(0.05, 1.0, 60)
    image = Image(np.broadcast_to((steps * 65535).astype(np.uint16)[:, None, None], (60, 90, 3)).copy())
    corner = pipeline.prestack(image, DevelopSettings(lens_vignetting=50.0, lens_vignetting_midpoint=0.0))
    column = corner.pixels[:, 0, 1].astype(int)
    # Lifted by 0.8 stops and more all along the edge: the brighter half would be one flat white.
    assert (np.diff(column[20:]) > 100).all()
    assert column[-1] >= 65530
    dark = colour.to_linear(corner.pixels, SRGB)[10, 0, 1] / colour.to_linear(image.pixels, SRGB)[10, 0, 1]
    assert dark > 1.7


def test_manual_vignetting_lights_corners_in_linear_light() -> None:
    image = Image(np.full((200, 300, 3), 20000, np.uint16))
    out = pipeline.prestack(image, DevelopSettings(lens_vignetting=50.0)).pixels
    ratio = colour.to_linear(out, SRGB)[0, 0, 0] / colour.to_linear(image.pixels, SRGB)[0, 0, 0]
    assert ratio == pytest.approx(2.0, rel=0.03)
    assert out[100, 150, 0] == pytest.approx(20000, rel=0.002)


def test_a_measured_lens_is_corrected_as_lensfun_says() -> None:
    lensfunpy = pytest.importorskip("lensfunpy")
    found = lens_profile.find(MEASURED)
    assert found is not None
    lens, crop = found
    modifier = lensfunpy.Modifier(lens, crop, 900, 600)
    modifier.initialize(24.0, 4.0, 10.0, scale=1.0, flags=lensfunpy.ModifyFlags.DISTORTION)
    read = modifier.apply_geometry_distortion()
    source = dotted(read[60, 450, 0], read[60, 450, 1], 600, 900)
    out = pipeline.prestack(source, DevelopSettings(lens_profile=True, lens_vignetting_scale=0.0), shot=MEASURED).pixels
    x, y = spot_at(out)
    assert np.hypot(read[60, 450, 0] - 450, read[60, 450, 1] - 60) > 2
    assert x == pytest.approx(450, abs=0.7)
    assert y == pytest.approx(60, abs=0.7)


def test_an_unknown_lens_is_passed_over() -> None:
    image = grid(60, 80)
    shot = Shot(camera_maker="Nobody", camera_model="X", lens_model="Y", focal_length=50.0, aperture=8.0)
    wants = DevelopSettings(lens_profile=True)
    assert pipeline.prestack(image, wants, shot=shot) is image
    assert pipeline.prestack(image, wants) is image


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_equalising_multiplies_light_and_keeps_the_number_type(dtype: type[np.generic]) -> None:
    top = 1.0 if dtype is np.float32 else float(np.iinfo(np.dtype(dtype)).max)
    image = Image((np.full((8, 8, 3), 0.4) * top).astype(dtype))
    out = pipeline.prestack(image, DevelopSettings(exposure_delta=0.5, red_delta=-0.25)).pixels
    assert out.dtype == dtype
    ratio = colour.to_linear(out, SRGB)[0, 0] / colour.to_linear(image.pixels, SRGB)[0, 0]
    np.testing.assert_allclose(ratio, [2**0.25, 2**0.5, 2**0.5], rtol=0.012 if dtype is np.uint8 else 1e-3)


def test_dust_goes_and_the_surface_goes_on() -> None:
    truth = grid(200, 300)
    dusty = truth.pixels.astype(np.float32)
    yy, xx = np.mgrid[:200, :300]
    dusty *= (1 - 0.5 * np.exp(-(((xx - 140) ** 2 + (yy - 90) ** 2) / (2 * 2.5**2))))[..., None]
    image = Image(dusty.astype(np.uint16))
    out = pipeline.prestack(image, DevelopSettings(dust=(Spot(x=140 / 299, y=90 / 199, radius=9 / 300),)))
    before = np.abs(image.pixels.astype(int) - truth.pixels).max()
    after = np.abs(out.pixels.astype(int) - truth.pixels).max()
    assert after < 0.35 * before
    assert np.array_equal(out.pixels[:60], image.pixels[:60])


def test_a_membrane_is_linear_between_its_rims() -> None:
    y, x = np.mgrid[:40, :40].astype(np.float32)
    plane = np.repeat((3 * x + 2 * y)[..., None], 3, axis=2)
    known = np.hypot(x - 20, y - 20) > 14
    film = membrane(np.asarray(plane * known[..., None], np.float32), known)
    assert np.abs(film - plane)[8:32, 8:32].max() < 1.5


def test_a_spot_over_the_edge_is_healed_too() -> None:
    out = pipeline.render(grid(60, 80), DevelopSettings(heal=(Spot(x=0.0, y=1.0, radius=0.1),)))
    assert out.pixels.shape == (60, 80, 3)


@pytest.mark.parametrize("name", ["display-p3", "adobe-rgb", "prophoto"])
def test_a_look_is_the_same_in_every_space(name: str) -> None:
    space = colour.SPACES[name]
    pixels = (np.random.default_rng(3).uniform(0.3, 0.6, (40, 50, 3)) * 65535).astype(np.uint16)
    look = DevelopSettings(exposure=0.3, contrast=20.0, vibrance=15.0)
    here = colour.convert(pipeline.render(Image(pixels), look), space).pixels.astype(int)
    there = pipeline.render(colour.convert(Image(pixels), space), look).pixels.astype(int)
    asked = pipeline.render(Image(pixels), look, space=space).pixels.astype(int)
    assert np.abs(here - there).max() < 60
    assert np.abs(here - asked).max() < 60


def test_automatic_white_balance_renders_as_its_numbers() -> None:
    rng = np.random.default_rng(8)
    pixels = (rng.uniform(0.2, 0.6, (40, 50, 1)) * np.array([1.1, 1.0, 0.9]) * 65535).astype(np.uint16)
    image, shot = Image(pixels), WhitePoint(5000.0, 5.0)
    white = auto.white_point(image, shot)
    numbers = DevelopSettings(white_balance="custom", temperature=white.temperature, tint=white.tint)
    wanted = pipeline.render(image, numbers, as_shot=shot).pixels
    found = pipeline.render(image, DevelopSettings(white_balance="auto"), as_shot=shot).pixels
    assert np.array_equal(found, wanted)
    assert np.ptp(found.mean(axis=(0, 1))) < 0.6 * np.ptp(pixels.mean(axis=(0, 1)))


def test_eight_bits_in_are_sixteen_out() -> None:
    out = pipeline.render(Image(np.full((20, 20, 3), 90, np.uint8)), DevelopSettings(exposure=0.5))
    assert out.pixels.dtype == np.uint16


def test_a_preview_looks_like_the_export() -> None:
    big = Image(cv2.resize(grid().pixels, (1680, 1200), interpolation=cv2.INTER_CUBIC))
    look = DevelopSettings(
        exposure=0.4, shadows=40.0, highlights=-40.0, clarity=30.0, vignette_amount=-30.0, crop_left=0.1
    )
    small = Image(cv2.resize(big.pixels, (420, 300), interpolation=cv2.INTER_AREA))
    export = pipeline.render(big, look).pixels
    preview = pipeline.render(small, look, scale=0.25).pixels.astype(int)
    reduced = cv2.resize(export, (preview.shape[1], preview.shape[0]), interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(preview - reduced).mean() < 0.01 * 65535


@pytest.mark.parametrize("luminance_noise", [0.0, 30.0])
@pytest.mark.parametrize("scale", [1.0, 0.3])
def test_where_bands_meet_nothing_shows(monkeypatch: pytest.MonkeyPatch, luminance_noise: float, scale: float) -> None:
    noise = np.random.default_rng(4).normal(0.5, 0.1, (700, 420, 3))
    image = Image((np.clip(noise, 0, 1) * 65535).astype(np.uint16))
    settings = DevelopSettings(
        colour_noise=40.0, luminance_noise=luminance_noise, sharpen_amount=80.0, shadows=30.0, clarity=20.0
    )
    in_bands = pipeline.render(image, settings, scale=scale).pixels
    monkeypatch.setattr(bands, "_tops", lambda job, reach: [0])
    whole = pipeline.render(image, settings, scale=scale).pixels
    assert np.abs(in_bands.astype(int) - whole).max() <= 1
