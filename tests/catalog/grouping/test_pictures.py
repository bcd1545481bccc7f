"""Where headers are silent the pictures decide: stacks told from bursts, brackets and panoramas of the same scene."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from msgspec.structs import replace

from catalog.grouping.group import group
from tests.cards import scene
from tests.catalog.grouping.made import NEAR_TO_FAR, START, card, change, sizes
from tests.catalog.grouping.seen import (
    SIZE,
    Picture,
    bracket,
    burst,
    followed,
    noisy,
    panorama,
    rendered,
    shots,
    stripped,
)

SHARED = Path(os.environ.get("STACKROOM_SHARED", Path(__file__).parents[4] / "shared")) / "data" / "stacks"
REAL = sorted(path for path in SHARED.glob("*") if path.is_dir())
needs_stacks = pytest.mark.skipif(not REAL, reason=f"no real focus stacks at {SHARED}: set STACKROOM_SHARED")
STACK = rendered()


def test_a_stack_without_focus_data() -> None:
    (one,) = group(shots(STACK))
    assert one.kind == "focus"
    assert any("sharpness wanders over the pictures" in reason for reason in one.reasons)
    assert not one.wants_pictures


def test_a_stack_without_any_header() -> None:
    assert sizes(stripped(STACK)) == [("focus", 8)]


def test_a_rail_at_one_focus_distance() -> None:
    assert sizes(shots(STACK, 9.0, 0.3)) == [("focus", 8)]


def test_a_fast_bracket_that_writes_one_distance_in_all_frames() -> None:
    assert sizes(shots(STACK, 0.1, 0.3)) == [("focus", 8)]


def test_a_burst() -> None:
    assert sizes(shots(burst(STACK[4]))) == [("burst", 6)]


@pytest.mark.parametrize("stops", [(0, -2, 2), (-2, -1, 0, 1, 2), (0, -0.33, 0.33)])
def test_an_exposure_bracket(stops: tuple[float, ...]) -> None:
    assert sizes(shots(bracket(STACK[4], stops))) == [("exposure", len(stops))]


def test_light_that_changes_under_one_exposure_is_no_bracket() -> None:
    lit = [bracket(picture, (0.8 * i / 7,))[0] for i, picture in enumerate(STACK)]
    assert sizes(shots(lit, exposure_s=0.01, f_number=8.0, iso=100)) == [("focus", 8)]


def test_a_panorama() -> None:
    wide = scene(5, (1600, 400))
    assert sizes(shots(panorama(wide))) == [("panorama", 4)]


def test_stacks_side_by_side_are_parted_where_the_camera_turned() -> None:
    assert sizes(shots([*rendered(6, 1), *rendered(6, 2)], 9.0)) == [("focus", 6), ("focus", 6)]


@pytest.mark.parametrize("cadence", [0.2, 9.0])
def test_a_second_pass_through_one_scene(cadence: float) -> None:
    assert sizes(shots([*STACK, *map(noisy, STACK)], cadence, 0.3)) == [("focus", 8), ("focus", 8)]


def test_there_and_back_again() -> None:
    assert sizes(shots([*STACK, *map(noisy, STACK[::-1])])) == [("focus", 8), ("focus", 8)]


def test_pictures_of_different_scenes_are_singles() -> None:
    assert sizes(shots([scene(seed, SIZE) for seed in range(5)])) == [("single", 1)] * 5


def test_singles_that_follow_a_subject_are_no_stack_though_their_focus_goes_one_way() -> None:
    views = followed(scene(8, (1200, 800)))
    headers = [replace(shot, evidence=None) for shot in shots(views, 1.5, NEAR_TO_FAR[:6])]
    assert sizes(headers) == [("focus", 6)]
    assert "focus" not in {kind for kind, _ in sizes(shots(views, 1.5, NEAR_TO_FAR[:6]))}


def test_a_hand_that_shakes_makes_no_stack_of_a_burst() -> None:
    """Detail goes to and fro between the tiles; through a stack it rises and falls but once."""
    rng = np.random.default_rng(3)
    shaken = []
    for _ in range(8):
        dx, dy = rng.normal(0, 0.012 * SIZE[0], 2)
        shift = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        moved = cv2.warpAffine(STACK[4], shift, SIZE, borderMode=cv2.BORDER_REFLECT)
        shaken.append(noisy(moved.astype(np.uint8)))
    for cadence in (0.3, 2.0):
        assert "focus" not in {kind for kind, _ in sizes(shots(shaken, cadence, 0.4))}


def test_two_passes_whose_distances_are_one_number_each() -> None:
    both = shots([*STACK, *map(noisy, STACK)], 2.0, [0.45] * 8 + [0.3] * 8)
    assert sizes(both) == [("focus", 8), ("focus", 8)]


def test_a_bracket_that_needs_no_pictures_does_not_hide_the_scenes_after_it() -> None:
    """Two stacks whose focus goes on from one to the next: only the pictures part them."""
    stacks = shots([*rendered(6, 1), *rendered(6, 2)], 9.0, [0.30 + 0.01 * i for i in range(12)], first=4)
    before = [replace(shot, evidence=None) for shot in shots(bracket(STACK[4]), 1.0, 0.5)]
    early = change(before, exposure_s=[0.01, 0.04, 0.16], taken_at=[START - timedelta(seconds=9 - i) for i in range(3)])
    both = card(early, stacks)
    assert sizes(both) == [("exposure", 3), ("focus", 6), ("focus", 6)]


def test_focus_that_plainly_goes_one_way_stands_though_little_is_seen_of_it() -> None:
    """Fine steps over a flat subject, and a lamp that is dimmed: nothing of that makes it less of a stack."""
    assert sizes(shots(burst(STACK[4], 7), 1.0, NEAR_TO_FAR)) == [("focus", 7)]
    dimmed = bracket(STACK[4], [-0.3 * i for i in range(7)])
    assert sizes(shots(dimmed, 1.0, NEAR_TO_FAR)) == [("focus", 7)]


def test_a_test_picture_of_something_else_before_a_stack() -> None:
    assert sizes(shots([scene(9, SIZE), *STACK], 2.0, 0.3)) == [("single", 1), ("focus", 8)]


@pytest.mark.parametrize("focus", [None, 0.3, (*NEAR_TO_FAR, 0.346)])
def test_a_picture_of_something_else_amid_a_stack(focus: object) -> None:
    distances = focus if isinstance(focus, tuple) else [focus] * 8
    amid = shots([*STACK[:4], scene(9, SIZE), *STACK[4:]], 1.0, [*distances[:4], 2.0, *distances[4:]])
    assert sizes(amid) == [("focus", 8), ("single", 1)]


def test_an_exposure_bracket_at_every_step_of_a_focus_that_is_not_written() -> None:
    bracketed = [picture for step in STACK for picture in bracket(step)]
    for focus in (None, 0.3):
        dark_and_light = change(shots(bracketed, 0.3, focus), exposure_s=[0.01, 0.0025, 0.04] * len(STACK))
        assert sizes(dark_and_light) == [("focus", len(STACK))] * 3


@pytest.mark.parametrize("sigma", [8, 14])
def test_the_blurred_ends_of_a_noisy_stack_are_no_second_pass(sigma: float) -> None:
    rng = np.random.default_rng(5)
    grainy = [np.clip(p + rng.normal(0, sigma, p.shape), 0, 255).astype(np.uint8) for p in rendered(13, 4)]
    assert sizes(shots(grainy, 1.0, 0.3)) == [("focus", 13)]


def test_two_pictures_are_no_stack_without_a_mark() -> None:
    assert "focus" not in {kind for kind, _ in sizes(shots(STACK[3:5]))}


def test_what_was_measured_in_part_only_is_asked_for() -> None:
    first, *others = shots(STACK)
    (one,) = group([replace(first, evidence=None), *others])
    assert (one.kind, one.wants_pictures) == ("review", True)


def _pictures(folder: Path) -> list[Picture]:
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in {".jpg", ".png"})
    pictures = []
    for path in files:
        whole = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
        assert whole is not None
        scale = 640 / max(whole.shape[:2])
        pictures.append(cv2.resize(whole, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8))
    return pictures


@needs_stacks
@pytest.mark.parametrize("folder", REAL, ids=lambda folder: folder.name)
def test_a_real_stack_and_what_is_made_of_its_pictures(folder: Path) -> None:
    stack = _pictures(folder)
    middle = stack[len(stack) // 2]
    assert sizes(stripped(stack)) == [("focus", len(stack))]
    assert sizes(shots(stack[::-1], 9.0, 0.3)) == [("focus", len(stack))]
    assert sizes(shots(burst(middle))) == [("burst", 6)]
    assert sizes(shots(bracket(middle))) == [("exposure", 3)]
    assert "focus" not in {kind for kind, _ in sizes(shots(panorama(middle)))}
