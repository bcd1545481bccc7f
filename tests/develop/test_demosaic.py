"""Interpolation of a Bayer mosaic, against the picture that the mosaic was taken from, and against LibRaw's."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from develop import demosaic
from develop.colour import Floats

PATTERNS = [(0, 0), (0, 1), (1, 0), (1, 1)]


def scene(width: int = 240, height: int = 160) -> Floats:
    """Encoded values: soft colours under fine structure of light and dark, with hard edges."""
    rng = np.random.default_rng(3)
    soft = cv2.resize(rng.random((5, 8, 3)), (width, height), interpolation=cv2.INTER_CUBIC)
    fine = cv2.GaussianBlur(rng.standard_normal((height, width)), (0, 0), 1.0)[..., None]
    hard = cv2.resize(rng.random((8, 12)), (width, height), interpolation=cv2.INTER_NEAREST)
    hard = cv2.GaussianBlur(hard, (0, 0), 0.7)[..., None]
    return np.asarray(np.clip((0.25 + 0.5 * soft) * (0.5 + 0.7 * hard) * (1 + 0.4 * fine), 0.02, 1), np.float32)


def mosaic_of(picture: Floats, red: tuple[int, int]) -> Floats:
    y, x = red
    mosaic = picture[..., 1].copy()
    mosaic[y::2, x::2] = picture[y::2, x::2, 0]
    mosaic[1 - y :: 2, 1 - x :: 2] = picture[1 - y :: 2, 1 - x :: 2, 2]
    return mosaic


def decibel(one: Floats, other: Floats) -> float:
    inner = (slice(8, -8), slice(8, -8))
    return float(-10 * np.log10(np.mean((one[inner].astype(np.float64) - other[inner]) ** 2)))


def bilinear(mosaic: Floats, red: tuple[int, int]) -> Floats:
    codes = {(0, 0): cv2.COLOR_BayerRGGB2RGB, (0, 1): cv2.COLOR_BayerGRBG2RGB}
    codes |= {(1, 0): cv2.COLOR_BayerGBRG2RGB, (1, 1): cv2.COLOR_BayerBGGR2RGB}
    counts = np.rint(mosaic * 65535).astype(np.uint16)
    return np.asarray(cv2.cvtColor(counts, codes[red]) / np.float32(65535), np.float32)


@pytest.mark.parametrize("red", PATTERNS)
def test_every_pattern_comes_near_to_the_picture(red: tuple[int, int]) -> None:
    picture = scene()
    found = np.dstack(demosaic.interpolate(mosaic_of(picture, red), red))
    assert decibel(found, picture) > 34
    assert decibel(found, picture) > decibel(bilinear(mosaic_of(picture, red), red), picture) + 6


@pytest.mark.parametrize("red", PATTERNS)
def test_one_colour_stays_what_it_is_and_sites_keep_their_values(red: tuple[int, int]) -> None:
    flat = np.full((20, 30, 3), (0.7, 0.4, 0.2), np.float32)
    assert np.abs(np.dstack(demosaic.interpolate(mosaic_of(flat, red), red)) - flat).max() < 1e-6
    mosaic = mosaic_of(scene(), red)
    found = np.dstack(demosaic.interpolate(mosaic, red))
    assert np.abs(mosaic_of(np.ascontiguousarray(found), red) - mosaic).max() < 1e-6


def test_a_grey_edge_gets_no_colour() -> None:
    ramp = np.full((40, 41, 3), 0.1, np.float32)
    ramp[:, 20:] = 0.8
    ramp = np.asarray(cv2.GaussianBlur(ramp, (0, 0), 0.8), np.float32)
    for turned in (ramp, np.ascontiguousarray(ramp.transpose(1, 0, 2))):
        red, green, blue = demosaic.interpolate(mosaic_of(turned, (0, 0)), (0, 0))
        assert max(np.abs(red - green)[8:-8, 8:-8].max(), np.abs(blue - green)[8:-8, 8:-8].max()) < 0.035


def test_a_part_with_a_rim_gives_what_the_whole_gives() -> None:
    mosaic = mosaic_of(scene(), (1, 0))
    whole = np.dstack(demosaic.interpolate(mosaic, (1, 0)))
    part = np.dstack(demosaic.interpolate(mosaic[40 - demosaic.RIM : 90 + demosaic.RIM], (1, 0)))
    assert np.array_equal(part[demosaic.RIM : -demosaic.RIM], whole[40:90])
