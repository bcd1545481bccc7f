"""Hot and stuck pixels: planted in every frame of a sequence, found, told from the scene, and filled."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from stacker import stack as engine
from stacker.bands import linear_table
from stacker.cleaning import clean
from stacker.layers import trails
from stacker.points import Pointed
from stacker.settings import StackSettings
from stacker.specks import Mark, Speck
from tests.stacker.scenes import Arrays, Stack, encoded, handheld, slope

SIZE = (480, 320)
Array = NDArray[Any]
# As demosaicing spreads one pixel.
SPREAD = np.array([[0.1, 0.35, 0.1], [0.35, 1, 0.35], [0.1, 0.35, 0.1]])


@lru_cache
def scene() -> Stack:
    """A slope, as soft as a lens and demosaicing leave it."""
    stack = slope(7, SIZE, handheld(7, SIZE, 0.02, 14, 0.2), blur=30.0, noise=0.004)
    return replace(stack, frames=[cv2.GaussianBlur(frame, (0, 0), 1.0) for frame in stack.frames])


def bright(frames: list[Array]) -> list[Array]:
    """Make the left dimmer, and the right so bright that some of it is white."""
    share = np.linspace(0.4, 1.5, SIZE[0])[None, :, None]
    return [encoded(linear_table(frame.dtype)[frame] * share, np.uint8) for frame in frames]


PLACES = tuple(
    (40 + 57 * (n % 8), 30 + 52 * (n // 8), n % 3, ("hot", "stuck", "hot", "dead")[n % 4]) for n in range(48)
)


def planted(frames: list[Array], places: tuple[tuple[int, int, int, str], ...] = PLACES) -> list[Array]:
    out = []
    for frame in frames:
        light = linear_table(frame.dtype)[frame].astype(float)
        for x, y, channel, kind in places:
            part = light[y - 1 : y + 2, x - 1 : x + 2, channel]
            part += {"hot": 0.4 * SPREAD, "stuck": SPREAD * (1 - part), "dead": -SPREAD * part}[kind]
        out.append(encoded(light, frame.dtype))
    return out


def find(frames: list[Array], marks: tuple[Mark, ...] = ()) -> tuple[Speck, ...]:
    pointed = Pointed(Arrays(frames))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda index: pointed.proxy(index, max(SIZE)), range(len(frames))))
    return pointed.specks(scene().truth, marks)


def test_planted_points_are_found_in_dim_and_bright_places_and_nothing_else_is() -> None:
    found = {(round(speck.x), round(speck.y)) for speck in find(planted(bright(scene().frames)))}
    places = {(x, y) for x, y, *_ in PLACES}
    assert found <= places
    assert len(found) >= 0.9 * len(places)
    assert sum(x > SIZE[0] / 2 for x, _ in found) >= 0.85 * sum(x > SIZE[0] / 2 for x, _ in places)
    assert find(bright(scene().frames)) == ()


def test_points_that_go_along_with_the_scene_are_its_own() -> None:
    """Glints and grains of a scene, as sharp as a pixel, that moves 4 px a frame."""
    truth = tuple(np.array([[1.0, 0, 4 * i], [0, 1, 0], [0, 0, 1]]) for i in range(7))
    whole = planted([np.full((SIZE[1], SIZE[0], 3), 120, np.uint8)])[0]
    pointed = Pointed(Arrays([np.ascontiguousarray(np.roll(whole, 4 * i, axis=1)) for i in range(7)]))
    for index in range(7):
        pointed.proxy(index, max(SIZE))
    assert pointed.specks(truth) == ()


def test_where_nothing_moves_nor_changes_its_focus_nothing_is_said() -> None:
    pointed = Pointed(Arrays(planted([scene().frames[3]] * 5)))
    for index in range(5):
        pointed.proxy(index, max(SIZE))
    assert pointed.specks((np.eye(3),) * 5) == ()


def test_a_person_has_the_last_word() -> None:
    x, y, *_ = PLACES[1]
    denied = find(planted(bright(scene().frames)), (Mark(False, x + 1, y, 4),))
    assert denied and not any(np.hypot(speck.x - x, speck.y - y) < 4 for speck in denied)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_point_is_filled_from_around_it_and_all_else_stays(dtype: Any) -> None:
    """On a slope of light within 1 % of the codes."""
    light = np.full((60, 80, 3), 0.3) * np.linspace(0.8, 1.2, 80)[None, :, None]
    truth = encoded(light, dtype)
    hot = planted([truth], ((41, 30, 0, "hot"),))[0]
    speck = Speck(x=41, y=30, radius=2, depth=0.4, confidence=1, profile=(0.0,) * 9, is_point=True)
    filled = clean(hot, (speck,), (80, 60))
    assert np.abs(filled.astype(float) - truth).max() <= 0.01 * np.iinfo(dtype).max
    away = np.hypot(*np.meshgrid(np.arange(80) - 41.0, np.arange(60) - 30.0))
    assert (filled[away > 3] == hot[away > 3]).all()
    assert Speck.from_json(speck.to_json()) == speck


def test_no_trail_of_points_is_left_in_the_stack() -> None:
    """Where they were, the healed stack is nearer to that of sound pixels than the soiled one by 6 dB at least."""
    sound, hot = Arrays(list(scene().frames)), Arrays(planted(scene().frames, PLACES[::4]))
    wanted = engine.stack(sound, StackSettings(dust=False))
    healed, soiled = (engine.stack(hot, StackSettings(dust=dust)) for dust in (True, False))
    assert wanted.crop == healed.crop == soiled.crop
    where = trails(healed.laid, healed.specks) > 0.5
    truth = wanted.pixels.astype(float)[where]
    after, before = (((each.pixels[where] - truth) ** 2).mean() for each in (healed, soiled))
    assert after < before / 4
