"""Every stack is rendered with a known motion; errors are px over a grid of points, corners included."""

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from stacker.align import Alignment, align
from stacker.errors import AlignmentError
from stacker.settings import StackSettings
from stacker.transforms import MODELS, distance, identity, similarity
from tests.stacker.scenes import Arrays, Stack, handheld, slope

SIZE = (600, 400)
SETTINGS = StackSettings(threads=2)


def errors(alignment: Alignment, stack: Stack) -> Any:
    pairs = zip(alignment.transforms, stack.truth, strict=True)
    return np.concatenate([distance(found, true, SIZE) for found, true in pairs if found is not None])


@pytest.fixture(scope="module")
def still() -> Stack:
    return slope()


@pytest.fixture(scope="module")
def moved() -> Stack:
    return slope(move=handheld(7, SIZE, breathing=0.05, shift=15, degrees=0.5))


def test_handheld_and_breathing_are_found_to_a_fiftieth_of_a_pixel(moved: Stack) -> None:
    alignment = align(Arrays(moved.frames), moved.reference, SETTINGS)
    assert alignment.model == "similarity"
    assert alignment.left_out == {}
    assert np.median(errors(alignment, moved)) < 0.02
    assert errors(alignment, moved).max() < 0.1


@pytest.mark.parametrize("settings", [{"dtype": np.uint16}, {"noise": 0.03}, {"gains": 1.05 ** np.arange(7)[:, None]}])
def test_depth_noise_and_flicker_do_not_matter(settings: dict[str, Any]) -> None:
    gains = settings.pop("gains", None)
    stack = slope(
        move=handheld(7, SIZE, 0.02, 15, 0.5), gains=None if gains is None else gains * 0.8 * np.ones(3), **settings
    )
    alignment = align(Arrays(stack.frames), stack.reference, SETTINGS)
    assert np.median(errors(alignment, stack)) < 0.03
    assert errors(alignment, stack).max() < 0.15


def test_the_first_frame_can_be_the_reference(moved: Stack) -> None:
    alignment = align(Arrays(moved.frames), 0, SETTINGS)
    assert alignment.to_json()["transforms"][0] == identity().tolist()
    back = np.linalg.inv(moved.truth[0])
    stack = Stack(moved.frames, [true @ back for true in moved.truth], moved.gains)
    assert errors(alignment, stack).max() < 0.15


def test_a_proxy_of_half_the_size_serves_as_well() -> None:
    size = (1200, 800)
    stack = slope(count=3, size=size, move=handheld(3, size, 0.01, 15, 0.5))
    source = Arrays(stack.frames, shrink=2)
    alignment = align(source, stack.reference, SETTINGS)
    assert sorted(source.decoded) == [0, 1, 2], "each proxy is decoded once"
    for found, true in zip(alignment.transforms, stack.truth, strict=True):
        assert found is not None
        assert distance(found, true, size).max() < 0.3


def test_two_frames() -> None:
    stack = slope(count=2, move=handheld(2, SIZE, 0.05, 15, 0.5))
    assert errors(align(Arrays(stack.frames), 1, SETTINGS), stack).max() < 0.15


def test_a_single_frame_stays_where_it_is(still: Stack) -> None:
    alignment = align(Arrays(still.frames[:1]), 0, SETTINGS)
    assert alignment.to_json()["transforms"] == [identity().tolist()]


def test_identical_frames_lie_on_each_other(still: Stack) -> None:
    alignment = align(Arrays([still.frames[3]] * 5), 2, SETTINGS)
    for found in alignment.transforms:
        assert found is not None
        assert distance(found, identity(), SIZE).max() < 1e-3


@pytest.mark.parametrize("odd", [0, 2, 5])
def test_an_unrelated_frame_is_left_out_and_the_rest_aligned(moved: Stack, odd: int) -> None:
    frames = list(moved.frames)
    frames[odd] = slope(count=1, seed=9).frames[0]
    alignment = align(Arrays(frames), moved.reference, SETTINGS)
    assert list(alignment.left_out) == [odd]
    assert "something else" in alignment.left_out[odd]
    assert alignment.transforms[odd] is None
    assert errors(alignment, moved).max() < 0.15


def test_an_unrelated_reference_is_an_error_that_names_it(moved: Stack) -> None:
    frames = list(moved.frames)
    frames[3] = slope(count=1, seed=9).frames[0]
    with pytest.raises(AlignmentError, match=r"frame 3: 6 of 7 frames do not match it; choose another reference"):
        align(Arrays(frames), 3, SETTINGS)


def test_a_black_frame_is_left_out(moved: Stack) -> None:
    frames = list(moved.frames)
    frames[4] = np.zeros_like(frames[4])
    alignment = align(Arrays(frames), 3, SETTINGS)
    assert alignment.left_out == {4: "shows no detail: black, blank or lens cap"}
    assert errors(alignment, moved).max() < 0.15


def test_a_black_reference_among_good_frames_is_an_error(moved: Stack) -> None:
    frames = list(moved.frames)
    frames[3] = np.zeros_like(frames[3])
    with pytest.raises(AlignmentError, match="frame 3: the reference shows no detail"):
        align(Arrays(frames), 3, SETTINGS)


def test_frames_without_any_detail_pass_as_they_lie_with_a_word() -> None:
    alignment = align(Arrays([np.zeros((400, 600, 3), np.uint8)] * 3), 1, SETTINGS)
    assert alignment.used == (0, 1, 2)
    assert "no frame shows any detail" in alignment.notes[0]


def test_no_alignment_where_none_is_asked_for(moved: Stack) -> None:
    alignment = align(Arrays(moved.frames), 3, StackSettings(align="none"))
    assert all(found is not None and np.array_equal(found, identity()) for found in alignment.transforms)


@pytest.mark.parametrize("model", MODELS)
def test_an_asked_model_is_kept_to(model: Any) -> None:
    shifts = [(0.0, 0.0), (6.3, -2.2), (-4.1, 5.5)]
    stack = slope(count=3, move=lambda i: similarity(1, 0, shifts[i], (300, 200)))
    alignment = align(Arrays(stack.frames), 1, StackSettings(align=model))
    assert alignment.model == model
    assert errors(alignment, stack).max() < 0.25
    if model == "translation":
        assert all(found is not None and np.array_equal(found[:2, :2], np.eye(2)) for found in alignment.transforms)


def test_perspective_is_seen_and_followed() -> None:
    def tilted(i: int) -> Any:
        lean = np.eye(3)
        lean[2, 0] = 1.2e-5 * (i - 2)
        return similarity(1, 0, (300, 200), (0, 0)) @ lean @ similarity(1, 0, (-300, -200), (0, 0))

    stack = slope(count=5, move=tilted, blur=5)
    assert max(float(distance(true, identity(), SIZE).max()) for true in stack.truth) > 2
    alignment = align(Arrays(stack.frames), 2, SETTINGS)
    assert alignment.model == "homography"
    assert errors(alignment, stack).max() < 0.5


def test_the_result_does_not_depend_on_the_number_of_threads(moved: Stack) -> None:
    one, two = (align(Arrays(moved.frames), 3, StackSettings(threads=threads)) for threads in (1, 2))
    assert one.to_json() == two.to_json()


def test_the_alignment_is_plain_values(moved: Stack) -> None:
    found = align(Arrays(moved.frames[:2]), 0, SETTINGS).to_json()
    assert found["transforms"][0] == identity().tolist()
    assert found["size"] == [600, 400]


def shared_scenes() -> list[Path]:
    root = Path(os.environ.get("STACKROOM_SHARED", Path(__file__).parents[2].parent / "shared"))
    return sorted((root / "data" / "synth").glob("s0*/params.json"))


@pytest.mark.skipif(not shared_scenes(), reason="the rendered scenes are not beside this checkout (STACKROOM_SHARED)")
def test_rendered_scenes_are_aligned_to_a_tenth_of_a_pixel() -> None:
    import json

    path = shared_scenes()[-1]
    about = json.loads(path.read_text())
    names = [path.parent / "frames" / frame["file"] for frame in about["frames"]]
    frames = [cv2.imread(str(name), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION) for name in names]
    assert all(frame is not None for frame in frames)
    canvas = [np.vstack([frame["A_canvas_to_frame"], [0, 0, 1]]) for frame in about["frames"]]
    reference = len(frames) // 2
    alignment = align(Arrays([frame for frame in frames if frame is not None]), reference, SETTINGS)
    size = alignment.size
    off = np.array(
        [
            distance(found, true @ np.linalg.inv(canvas[reference]), size)
            for found, true in zip(alignment.transforms, canvas, strict=True)
            if found is not None
        ]
    )
    assert len(off) == len(frames)
    assert np.median(off) < 0.1
    assert off.max() < 0.5


@pytest.mark.parametrize("size", [(8, 8), (17, 300), (300, 17), (50, 60)])
def test_frames_too_small_to_be_aligned_are_taken_as_they_lie(size: tuple[int, int]) -> None:
    grain = np.random.default_rng(0).integers(0, 255, (3, size[1], size[0], 3), np.uint8)
    alignment = align(Arrays(list(grain)), 1, SETTINGS)
    assert alignment.used == (0, 1, 2)
    assert all(np.array_equal(transform, identity()) for transform in alignment.transforms if transform is not None)
    assert "too small to be aligned" in alignment.notes[0]
