from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageCms

from develop import colour
from develop.codecs import icc
from develop.image import SRGB, ColorSpace, Image
from tests.develop.made_pictures import noise

SPACES = [*colour.SPACES.values(), colour.WORKING]


@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)
def test_a_made_profile_is_read_back_as_its_space(space: ColorSpace) -> None:
    assert icc.read_profile(icc.make_profile(space)) == space


@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)
def test_another_colour_engine_agrees_with_the_profile(space: ColorSpace) -> None:
    """LittleCMS, going to sRGB by the made profile, and our own maths: at most 1 of 255 apart."""
    image = noise(40, 40, np.uint8, space)
    inside = Image((image.pixels // 2 + 64).astype(np.uint8), space)  # no colour out of sRGB's reach by far
    ours = colour.convert(inside, SRGB).pixels
    source = ImageCms.ImageCmsProfile(io.BytesIO(icc.make_profile(space)))
    turned = ImageCms.profileToProfile(Pillow.fromarray(inside.pixels), source, ImageCms.createProfile("sRGB"))
    assert turned is not None
    theirs = np.asarray(turned)
    kept = ((ours > 4) & (ours < 251)).all(axis=2)
    assert kept.mean() > 0.2
    assert np.abs(ours[kept].astype(int) - theirs[kept]).max() <= 1


def test_the_same_space_gives_the_same_bytes() -> None:
    icc.make_profile.cache_clear()
    first = icc.make_profile(colour.REC2020)
    icc.make_profile.cache_clear()
    assert icc.make_profile(colour.REC2020) == first


def test_a_profile_that_came_with_a_picture_goes_on_unchanged() -> None:
    assert icc.make_profile(replace(SRGB, icc=b"as it came")) == b"as it came"


def test_an_unknown_space_is_read_by_its_numbers() -> None:
    odd = ColorSpace(
        name="Odd",
        red=(0.66, 0.33),
        green=(0.25, 0.65),
        blue=(0.14, 0.06),
        white=(0.32, 0.34),
        transfer="gamma",
        gamma=2.0,
    )
    profile = icc.make_profile(odd)
    found = icc.read_profile(profile)
    assert found is not None
    assert found.icc == profile
    assert found.name == "Odd"
    assert found.transfer == "gamma"
    assert found.gamma == pytest.approx(2.0, abs=0.005)
    for name in ("red", "green", "blue", "white"):
        assert getattr(found, name) == pytest.approx(getattr(odd, name), abs=3e-4)


def test_littlecms_own_srgb_is_srgb() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert icc.read_profile(profile) == SRGB


@given(st.data())
def test_a_damaged_profile_never_breaks_the_reader(data: st.DataObject) -> None:
    profile = bytearray(icc.make_profile(colour.ADOBE_RGB))
    for _ in range(data.draw(st.integers(1, 6))):
        profile[data.draw(st.integers(0, len(profile) - 1))] = data.draw(st.integers(0, 255))
    found = icc.read_profile(bytes(profile[: data.draw(st.integers(0, len(profile)))]))
    assert found is None or isinstance(found, ColorSpace)
