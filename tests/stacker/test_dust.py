"""Dust on the sensor: rendered specks with a known truth, found, told from the scene, and taken out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from stacker import stack as engine
from stacker.align import align
from stacker.bands import linear_table
from stacker.cleaning import CleanFrames, clean
from stacker.drift import drift
from stacker.dust import Watched
from stacker.layers import trails
from stacker.settings import StackSettings
from stacker.specks import Mark, Speck
from stacker.spots import AXIS, Spot
from tests.stacker.scenes import Arrays, encoded, handheld, slope

SIZE = (640, 420)
# x, y, radius (px), part of the light taken.
TRUTH = ((90, 70, 9, 0.3), (300, 80, 6, 0.35), (520, 120, 12, 0.3), (160, 330, 8, 0.35), (420, 340, 10, 0.4))
Array = NDArray[Any]


def attenuation(specks: tuple[tuple[float, ...], ...]) -> Array:
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    kept = np.ones(x.shape)
    for px, py, radius, depth in specks:
        edge = np.clip((radius - np.hypot(x - px, y - py)) / (0.6 * radius), 0, 1)
        kept *= 1 - depth * edge * edge * (3 - 2 * edge)
    return kept


def with_dust(frames: list[Array]) -> list[Array]:
    table = linear_table(frames[0].dtype)
    return [encoded(table[frame] * attenuation(TRUTH)[..., None], frame.dtype) for frame in frames]


@lru_cache
def moving() -> tuple[Array, ...]:
    """Frames of a slope that a hand moved by up to 25 px, out of focus by up to 40 px."""
    return tuple(slope(9, SIZE, handheld(9, SIZE, 0.03, 25, 0.3), blur=40.0, noise=0.004).frames)


def find(frames: Arrays, marks: tuple[Mark, ...] = ()) -> tuple[Speck, ...]:
    watched = Watched(frames)
    alignment = align(watched, len(frames) // 2, StackSettings())
    with ThreadPoolExecutor(2) as pool:
        return watched.specks(alignment.transforms, pool, marks)


@lru_cache
def found() -> tuple[Speck, ...]:
    return find(Arrays(with_dust(list(moving()))))


def near(speck: Speck, x: float, y: float, tolerance: float) -> bool:
    return bool(np.hypot(speck.x - x, speck.y - y) < tolerance)


def test_rendered_specks_are_found_where_they_are() -> None:
    hits = [truth for truth in TRUTH if any(near(speck, truth[0], truth[1], 2.0) for speck in found())]
    assert len(hits) >= 4


def test_specks_are_measured_as_they_are() -> None:
    """Centres within half a pixel, profiles within 15 % of the deepest point (rms over the speck)."""
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    for speck in found():
        px, py, radius, depth = min(TRUTH, key=lambda t: np.hypot(speck.x - t[0], speck.y - t[1]))
        assert np.hypot(speck.x - px, speck.y - py) < 0.5
        told = np.interp(np.hypot(x - speck.x, y - speck.y) / speck.radius, np.arange(9) / 8, speck.profile, right=0)
        inside = np.hypot(x - px, y - py) < radius
        error = (told - np.log(attenuation(((px, py, radius, depth),))))[inside]
        assert np.sqrt((error**2).mean()) < 0.15 * -np.log(1 - depth)


def test_nothing_else_is_taken_for_dust() -> None:
    assert all(any(near(speck, x, y, radius) for x, y, radius, _ in TRUTH) for speck in found())
    assert find(Arrays(list(moving()))) == ()


def test_a_still_scene_keeps_its_own_dark_spots() -> None:
    """Where nothing moves and nothing changes its focus, a spot may be the subject's."""
    still = with_dust([moving()[4]] * 6)
    assert find(Arrays(still)) == ()


def test_other_stacks_of_the_sensor_prove_what_a_still_one_cannot_and_a_cleaned_one_shows_nothing() -> None:
    met = tuple(Mark.where_met(speck.to_json()) for speck in found())
    proven = find(Arrays(with_dust([moving()[4]] * 4)), met)
    assert len(proven) >= 3 and all(speck.is_known for speck in proven)
    assert all(any(near(speck, x, y, 1.0) for x, y, _, _ in TRUTH) for speck in proven)
    assert find(Arrays([moving()[4]] * 4), met) == ()


def test_a_dark_spot_of_the_scene_that_moves_is_no_dust() -> None:
    """The same spots, fixed to a scene that moves 6 px a frame."""
    whole = encoded(np.full((SIZE[1], SIZE[0], 3), 0.4) * attenuation(TRUTH)[..., None], np.uint8)
    frames = [np.ascontiguousarray(np.roll(whole, 6 * i, axis=1)) for i in range(7)]
    assert find(Arrays(frames)) == ()


def test_two_frames_tell_nothing() -> None:
    assert find(Arrays(with_dust(list(moving()[:2])))) == ()


def test_the_same_frames_give_the_same_specks() -> None:
    again = find(Arrays(with_dust(list(moving()))))
    assert again == found()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_light_comes_back(dtype: Any) -> None:
    """Of a speck whose profile is known, on a smooth surface: within 1 % of the codes; all else stays as it is."""
    light = np.full((80, 100, 3), 0.3) * np.linspace(0.8, 1.2, 100)[None, :, None]
    away = np.hypot(*np.meshgrid(np.arange(100) - 50.0, np.arange(80) - 40.0))
    profile = -0.4 * (1 - np.arange(9) / 8)
    dented = light * np.exp(np.interp(away / 12, np.arange(9) / 8, profile, right=0))[..., None]
    speck = Speck(x=50, y=40, radius=12, depth=0.33, confidence=1, profile=tuple(profile))
    restored = clean(encoded(dented, dtype), (speck,), (100, 80))
    top = np.iinfo(dtype).max
    error = np.abs(restored.astype(float) - encoded(light, dtype))
    assert error.max() <= 0.01 * top
    assert (restored[away > 12] == encoded(dented, dtype)[away > 12]).all()


def test_a_reduced_frame_is_cleaned_alike() -> None:
    frames = with_dust(list(moving()))
    cleaned = CleanFrames(Arrays(frames, shrink=2), found())
    small, large = cleaned.proxy(4, 320), cleaned.frame(4)
    x, y, radius, _ = TRUTH[2]
    rows, columns = slice((y - radius) // 2, (y + radius) // 2), slice((x - radius) // 2, (x + radius) // 2)
    reduced = large.reshape(SIZE[1] // 2, 2, SIZE[0] // 2, 2, 3).mean(axis=(1, 3))
    assert np.abs(small[rows, columns] - reduced[rows, columns]).mean() < 3.0


def test_cleaning_brings_frames_nearer_to_the_truth() -> None:
    """Within the found specks the error of the middle frame falls by 6 dB at least."""
    truth, dusty = moving()[4].astype(float), with_dust(list(moving()))[4]
    cleaned = clean(dusty, found(), SIZE)
    hits = tuple(t for t in TRUTH if any(near(speck, t[0], t[1], 2.0) for speck in found()))
    inside = attenuation(hits) < 0.99
    before, after = (((picture - truth)[inside] ** 2).mean() for picture in (dusty, cleaned))
    assert after < before / 4


def test_no_specks_cost_nothing() -> None:
    frame = moving()[0]
    assert clean(frame, (), SIZE) is frame


unit = st.floats(0, 1)


@given(x=st.floats(0, 9000), y=st.floats(0, 9000), radius=st.floats(0.5, 90), depth=unit, confidence=unit)
def test_a_speck_survives_json(x: float, y: float, radius: float, depth: float, confidence: float) -> None:
    speck = Speck(x=x, y=y, radius=radius, depth=depth, confidence=confidence, profile=(-0.3,) * 4 + (0.0,) * 5)
    once = Speck.from_json(speck.to_json())
    assert Speck.from_json(once.to_json()) == once
    assert (once.x, once.radius) == (round(x, 3), round(radius, 3))


def test_a_stack_without_dust_is_the_same_to_the_byte() -> None:
    source = Arrays(list(moving()))
    plain, searched = (engine.stack(source, StackSettings(dust=wanted)) for wanted in (False, True))
    assert searched.specks == ()
    np.testing.assert_array_equal(plain.pixels, searched.pixels)


def test_the_search_decodes_nothing_of_its_own() -> None:
    plain, searched = Arrays(list(moving())), Arrays(list(moving()))
    engine.stack(plain, StackSettings(dust=False))
    engine.stack(searched, StackSettings(dust=True))
    assert len(searched.decoded) == len(plain.decoded)


def test_no_trail_is_left_in_the_stack() -> None:
    """Along the trails of the found specks the healed stack is nearer to the stack without dust by 6 dB at least."""
    clean_stack = engine.stack(Arrays(list(moving())), StackSettings(dust=False))
    dirty = Arrays(with_dust(list(moving())))
    soiled, healed = (engine.stack(dirty, StackSettings(dust=wanted)) for wanted in (False, True))
    where = trails(healed.laid, healed.specks)
    offset = healed.crop.top - clean_stack.crop.top, healed.crop.left - clean_stack.crop.left
    assert offset == (0, 0) or max(map(abs, offset)) < 4
    high, wide = (min(a.pixels.shape[i] for a in (clean_stack, soiled, healed)) for i in (0, 1))
    inside = where[:high, :wide] > 0.5
    truth = clean_stack.pixels[:high, :wide].astype(float)
    before, after = (float(((each.pixels[:high, :wide] - truth)[inside] ** 2).mean()) for each in (soiled, healed))
    assert after < before / 4


def test_a_person_has_the_last_word() -> None:
    """A still scene says nothing by itself: there a speck is taken out when somebody points at it, and no other."""
    still = Arrays(with_dust([moving()[4]] * 6))
    x, y, radius, depth = TRUTH[2]
    healed = find(still, (Mark(True, x + 1, y - 1, radius),))
    assert len(healed) == 1 and near(healed[0], x, y, radius / 2), "the scene beneath bends the place a little"
    assert 0.4 * depth < healed[0].depth < 1.6 * depth
    denied = find(Arrays(with_dust(list(moving()))), (Mark(False, *TRUTH[0][:3]),))
    assert {round(s.x) for s in denied} < {round(s.x) for s in found()}
    assert not any(near(speck, TRUTH[0][0], TRUTH[0][1], TRUTH[0][2]) for speck in denied)


@pytest.mark.parametrize(("share", "stays"), [(0.0, True), (1.0, False)])
def test_a_spot_says_whether_it_went_along(share: float, stays: bool) -> None:
    """By a third of its radius in all: far too little to get out of its own shadow."""
    radius, frames = 9.0, 9
    paths = np.stack([np.linspace(-1.5, 1.5, frames), np.linspace(1, -1, frames)], axis=1)
    side = AXIS * radius
    patches = []
    for number, (x, y) in enumerate(paths * share):
        away = np.hypot(side[None, :] - x, side[:, None] - y) / radius
        noise = np.random.default_rng(number).normal(0, 0.004, away.shape)
        patches.append(-0.2 * np.exp(-((away / 0.8) ** 4)) + noise)
    found = drift(Spot.of(np.stack(patches)), paths, radius)
    assert found is not None
    assert found.share == pytest.approx(share, abs=0.15)
    assert found.is_none(0.6, 0.25) is stays


def test_specks_are_found_on_a_tripod() -> None:
    """Where the picture breathes by 1.2 % and no more: hardly a speck gets out of its own shadow."""
    frames = slope(9, SIZE, handheld(9, SIZE, 0.012, 0.0, 0.0), blur=40.0, noise=0.004).frames
    specks = find(Arrays(with_dust(list(frames))))
    assert sum(any(near(speck, x, y, 2.0) for speck in specks) for x, y, *_ in TRUTH) >= 3
    assert find(Arrays(list(frames))) == ()
