"""Our colours against colour-science's, which was written by others from the same standards and papers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from develop import colour, pipeline
from develop.image import SRGB, ColorSpace, Image
from develop.operations import mixer, oklab
from develop.settings import DevelopSettings
from develop.white_point import white_point_of

science: Any = pytest.importorskip("colour", reason="colour-science is not here; the extra `dev` brings it")

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
NAMES = {
    "sRGB": SRGB, "Display P3": colour.DISPLAY_P3, "Adobe RGB (1998)": colour.ADOBE_RGB,
    "ProPhoto RGB": colour.PROPHOTO, "Linear Rec.2020": colour.WORKING,
}  # fmt: skip


def _pale(count: int = 400) -> Floats:
    """Colours that every space holds, encoded."""
    random = np.random.default_rng(7)
    return np.asarray(random.uniform(0.25, 0.85, (count, 1)) + random.uniform(-0.08, 0.08, (count, 3)))


def _oklab(shown: Floats) -> Floats:
    light = science.models.eotf_sRGB(shown)
    return np.asarray(science.XYZ_to_Oklab(light @ colour.to_xyz(SRGB).T))


def _hue(lab: Floats) -> Floats:
    return np.degrees(np.arctan2(lab[..., 2], lab[..., 1]))


def _developed(shown: Floats, **look: Any) -> Floats:
    image = Image(np.tile(np.rint(shown * 65535).astype(np.uint16)[None], (4, 1, 1)), SRGB)
    return np.asarray(pipeline.render(image, DevelopSettings(**look)).pixels[1] / 65535)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("other", ["sRGB", "ProPhoto RGB"])
def test_colours_go_between_spaces_as_the_standards_say(name: str, other: str) -> None:
    shown = _pale()
    wanted = science.RGB_to_RGB(
        shown, name, other, chromatic_adaptation_transform="Bradford",
        apply_cctf_decoding=True, apply_cctf_encoding=True,
    )  # fmt: skip
    source: ColorSpace = NAMES[name]
    image = Image(np.rint(shown * 65535).astype(np.uint16)[None], source)
    inside = ((wanted > 0.02) & (wanted < 0.98)).all(axis=1)
    assert inside.sum() > 100
    found = colour.convert(image, NAMES[other]).pixels[0] / 65535
    assert np.abs(found - wanted)[inside].max() < 1 / 255


def test_oklab_s_planes_are_those_of_the_paper() -> None:
    shown = _pale()
    image = np.rint(shown * 65535).astype(np.uint16)[None]
    lab = oklab.from_linear(colour.to_linear(image, SRGB), SRGB)
    found = np.stack([lab.lightness[0], lab.a[0], lab.b[0]], axis=1)
    np.testing.assert_allclose(found, _oklab(shown), atol=2e-4)


@settings(max_examples=40)
@given(st.floats(3000, 12000))
def test_temperature_is_that_of_robertson_s_table(kelvin: float) -> None:
    uv = science.temperature.CCT_to_uv_Robertson1968(np.array([kelvin, 0.0]))
    x, y = (float(value) for value in science.UCS_uv_to_xy(uv))
    assert white_point_of((x, y)).temperature == pytest.approx(kelvin, rel=0.01)


@pytest.mark.parametrize("name", ["red", "yellow", "green", "blue", "magenta"])
@pytest.mark.parametrize("amount", [-80.0, 40.0])
def test_the_mixer_turns_a_hue_and_leaves_lightness_and_chroma(name: str, amount: float) -> None:
    index = mixer.COLOURS.index(name)
    centre = np.degrees(mixer.centres())
    neighbour = np.roll(centre, -1 if amount > 0 else 1)[index]
    way = (neighbour - centre[index] + 180) % 360 - 180
    # A colour of exactly this hue, at two brightnesses, that sRGB holds.
    direction = np.array([np.cos(np.radians(centre[index])), np.sin(np.radians(centre[index]))])
    labs = np.array([[level, *(0.09 * direction)] for level in (0.55, 0.72)])
    shown = science.models.eotf_inverse_sRGB(science.Oklab_to_XYZ(labs) @ np.linalg.inv(colour.to_xyz(SRGB)).T)
    found = _oklab(_developed(shown, **{f"hue_{name}": amount}))
    turned = (_hue(found) - _hue(labs) + 180) % 360 - 180
    # Six tenths of the way at 100; greyish colours follow less (their chroma over itself and 0.025).
    np.testing.assert_allclose(turned, 0.6 * abs(amount) / 100 * way * 0.09 / 0.115, atol=1.0)
    np.testing.assert_allclose(found[:, 0], labs[:, 0], atol=2e-3)
    np.testing.assert_allclose(np.hypot(found[:, 1], found[:, 2]), 0.09, rtol=0.02)


def test_saturation_scales_chroma_alone() -> None:
    shown = _pale(60)
    before, after = _oklab(shown), _oklab(_developed(shown, saturation=-50))
    np.testing.assert_allclose(after[:, 1:], before[:, 1:] / 2, atol=1e-3)
    np.testing.assert_allclose(after[:, 0], before[:, 0], atol=1e-3)


def test_exposure_doubles_light_below_the_shoulder() -> None:
    shown = _pale(60) * 0.6
    before, after = (science.models.eotf_sRGB(value) for value in (shown, _developed(shown, exposure=1.0)))
    low = (after < 0.35).all(axis=1)
    assert low.sum() > 15
    np.testing.assert_allclose(after[low], 2 * before[low], rtol=0.01)
