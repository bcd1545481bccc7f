"""Noise reduction on made noise: as much of it as there is, by brightness; edges and what is no noise stay."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest

from develop import colour, pipeline
from develop.colour import Floats
from develop.image import SRGB, Image
from develop.operations import blocks, noise_level, oklab
from develop.operations.oklab import Lab
from develop.settings import DevelopSettings

_HIGH, _WIDE = 160, 240
_GREY, _STEP = 0.45, 0.18
_SIGMA = 0.02


def _lab(image: Image) -> Lab:
    return oklab.from_linear(colour.to_linear(image.pixels, image.space), image.space)


def _image(shown: np.ndarray[Any, np.dtype[Any]]) -> Image:
    return Image(np.rint(np.clip(shown, 0, 1) * 65535).astype(np.uint16), SRGB)


def _card(sigma: float, seed: int = 2) -> Image:
    """Two greys with a sharp edge between them, and noise that is not the same in two channels."""
    shown = np.full((_HIGH, _WIDE, 3), _GREY)
    shown[:, _WIDE // 2 :] += _STEP
    return _image(shown + np.random.default_rng(seed).normal(0, sigma, shown.shape))


def _made(image: Image, **settings: Any) -> Lab:
    return _lab(pipeline.render(image, DevelopSettings(**settings)))


def _flat(plane: Floats) -> float:
    return float(plane[8:-8, 8 : _WIDE // 2 - 8].std())


def _edge(plane: Floats) -> float:
    return float(np.diff(plane.mean(axis=0)).max())


@pytest.mark.parametrize("sigma", [0.005, _SIGMA, 0.05])
def test_flat_ground_gets_calm_and_an_edge_keeps_its_steepness(sigma: float) -> None:
    card = _card(sigma)
    spreads, edges = [], []
    for amount in (0, 10, 25, 50, 75, 100):
        made = _made(card, luminance_noise=amount)
        spreads.append(_flat(made.lightness))
        edges.append(_edge(made.lightness))
    assert all(less < more for more, less in pairwise(spreads))
    assert spreads[3] < 0.45 * spreads[0]
    assert spreads[-1] < 0.25 * spreads[0]
    # Of noise a quarter as high as the edge, the most strength takes some of it along.
    assert all(edge > (0.9 if sigma < 0.05 else 0.75) * edges[0] for edge in edges)


def test_colour_gets_calm_and_a_coloured_edge_keeps_its_place() -> None:
    card = _card(0.04)
    card.pixels[:, _WIDE // 2 :, 2] //= 2
    plain, usual, most = (_made(card, colour_noise=amount) for amount in (0, 25, 100))
    for name in "ab":
        spreads = [_flat(getattr(made, name)) for made in (plain, usual, most)]
        assert spreads[1] < 0.35 * spreads[0]
        assert spreads[2] < 0.2 * spreads[0]
    rows = [made.b.mean(axis=0) for made in (plain, most)]
    before, after = (float(np.abs(row[124:132]).mean() - np.abs(row[108:116]).mean()) for row in rows)
    assert after == pytest.approx(before, rel=0.1)


def test_a_picture_without_noise_stays() -> None:
    rng = np.random.default_rng(8)
    smooth = cv2.GaussianBlur(rng.normal(0, 1, (_HIGH, _WIDE, 3)), (0, 0), 6.0)
    image = _image(0.45 + 0.5 * smooth / smooth.std() * 0.2)
    before, after = _lab(image), _made(image, luminance_noise=50, colour_noise=25)
    for name, most in (("lightness", 0.001), ("a", 0.005), ("b", 0.005)):
        assert float(np.abs(getattr(after, name) - getattr(before, name)).max()) < most


def test_detail_and_contrast_keep_more_and_smoothness_evens_out_more() -> None:
    card = _card(_SIGMA)

    def light(**settings: float) -> Floats:
        return _made(card, luminance_noise=50, **settings).lightness

    def colours(**settings: float) -> float:
        made = _made(card, colour_noise=25, **settings)
        return _flat(np.asarray(cv2.GaussianBlur(made.a, (0, 0), 4.0)))

    assert _flat(light(luminance_noise_detail=100)) > 1.3 * _flat(light(luminance_noise_detail=0))
    coarse = [_flat(np.asarray(cv2.GaussianBlur(light(luminance_noise_contrast=c), (0, 0), 2.0))) for c in (0.0, 100.0)]
    assert coarse[1] > 1.2 * coarse[0]
    assert colours(colour_noise_smoothness=100) < 0.9 * colours(colour_noise_smoothness=0)


def test_noise_is_measured_by_brightness_whatever_the_picture_shows() -> None:
    rng = np.random.default_rng(4)
    level = np.tile(np.linspace(0.2, 0.9, 256, dtype=np.float32), (256, 1))
    # A third of the picture is full of structure ten times as strong as the noise.
    structure = np.asarray(cv2.GaussianBlur(rng.normal(0, 1, level.shape).astype(np.float32), (0, 0), 1.0))
    structure[:170] = 0.0
    sigma = 0.02 - 0.015 * level
    plane = (level + 0.3 * structure + sigma * rng.standard_normal(level.shape)).astype(np.float32)
    found = noise_level.measure([plane], [level], 1.4)
    assert found is not None
    typical = float(np.median(found.spectrum[blocks.FREQUENCIES > 3]))
    for at in (0.25, 0.5, 0.85):
        told = float(found.at(np.array([at], np.float32))[0]) * typical
        assert told == pytest.approx(0.02 - 0.015 * at, rel=0.2)


@pytest.mark.parametrize(("high", "wide", "top"), [(8, 8, 0), (9, 31, 0), (40, 33, 2), (61, 300, 7)])
def test_blocks_that_are_left_alone_give_back_the_plane(high: int, wide: int, top: int) -> None:
    plane = np.random.default_rng(1).random((high, wide), np.float32)
    for shifts in (blocks.TWICE, blocks.FOURFOLD):
        back = blocks.changed(plane, plane, lambda found, level: None, top, shifts)
        np.testing.assert_allclose(back, plane, atol=3e-6)


@pytest.mark.parametrize("factor", [2, 4])
def test_a_reduced_picture_is_calmed_as_its_full_size_is_seen_reduced(factor: int) -> None:
    rng = np.random.default_rng(6)
    high, wide = 320, 480
    coarse = cv2.GaussianBlur(rng.random((high, wide)), (0, 0), 16.0)[..., None]
    image = _image(0.5 + (coarse - coarse.mean()) * 8 + rng.normal(0, 0.06, (high, wide, 3)))
    size = (wide // factor, high // factor)
    small = Image(cv2.resize(image.pixels, size, interpolation=cv2.INTER_AREA), SRGB)
    settings = DevelopSettings(luminance_noise=60, colour_noise=40)
    full = pipeline.render(image, settings).pixels
    wanted = cv2.resize(full, size, interpolation=cv2.INTER_AREA).astype(float)
    found = pipeline.render(small, settings, scale=1 / factor).pixels.astype(float)
    apart = np.abs(found - wanted)[8:-8, 8:-8].mean()
    assert apart < 0.6 * np.abs(small.pixels.astype(float) - wanted)[8:-8, 8:-8].mean()


@pytest.mark.parametrize(("high", "wide"), [(1, 1), (3, 40), (8, 8), (9, 17), (40, 3), (63, 130)])
@pytest.mark.parametrize("value", [0, 30000, 65535])
def test_an_even_picture_of_any_size_stays_as_it_is(high: int, wide: int, value: int) -> None:
    even = Image(np.full((high, wide, 3), value, np.uint16), SRGB)
    for scale in (1.0, 0.3):
        made = pipeline.render(even, DevelopSettings(luminance_noise=60, colour_noise=60), scale=scale).pixels
        assert made.shape == even.pixels.shape
        assert int(np.abs(made.astype(int) - value).max()) <= 30
