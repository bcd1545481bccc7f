"""The engine as a whole, on stacks whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from stacker.errors import FrameMismatch, FrameTooSmall, NoFrames, SettingsError, StackError
from stacker.settings import METHODS, Method, StackSettings
from stacker.stack import Fused, stack
from tests.synthetic import Array, ArrayFrames, Slope, coded, psnr, slope, texture

STILL = StackSettings(align="none", threads=2)


@pytest.fixture(scope="module")
def clean() -> Slope:
    return slope()


@pytest.fixture(scope="module")
def noisy() -> Slope:
    return slope(count=8, noise=0.05)


def fuse(frames: list[Array], settings: StackSettings = STILL) -> Fused:
    return stack(ArrayFrames(frames), settings)


def shown(fused: Fused, truth: Array) -> tuple[Array, Array]:
    """Return the result as 0..1 and the part of the truth that it shows."""
    left, top, width, height = fused.crop
    return fused.pixels / 65535, truth[top : top + height, left : left + width]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_restores_a_slope(clean: Slope, method: Method) -> None:
    best_frame = max(psnr(frame / 255, clean.truth) for frame in clean.frames)
    result = psnr(*shown(fuse(clean.frames, replace(STILL, method=method)), clean.truth))
    assert result > 38, f"{result:.1f} dB; the sharpest single frame has {best_frame:.1f}"
    assert result > best_frame + 8


def test_sixteen_bits_are_kept() -> None:
    made = slope(dtype=np.uint16)
    fused = fuse(made.frames)
    assert psnr(*shown(fused, made.truth)) > 38
    assert len(np.unique(fused.pixels)) > 5000


class SharpProxies(ArrayFrames):
    """Frames whose proxies show more detail than they do, as a raw's do."""

    def proxy(self, index: int, max_side: int) -> Array:
        pixels = super().proxy(index, max_side).astype(np.float64)
        smooth = cv2.GaussianBlur(pixels, (0, 0), 1.0)
        return np.asarray(np.clip(2.5 * pixels - 1.5 * smooth, 0, 255).round(), np.uint8)


def test_proxies_that_are_sharper_than_their_frames_still_choose_well(clean: Slope) -> None:
    assert psnr(*shown(stack(SharpProxies(clean.frames), STILL), clean.truth)) > 48


def test_noise_is_averaged_where_frames_are_alike() -> None:
    flat = np.full((160, 200, 3), 0.5)
    random = np.random.default_rng(3)
    frames = [coded(flat + 0.05 * random.standard_normal(flat.shape)) for _ in range(8)]
    noise = (fuse(frames).pixels / 65535).std()
    # Eight equal frames would leave 0.05 / sqrt(8) = 0.018.
    assert noise < 0.024


def test_the_default_is_cleaner_than_a_pick_where_noise_rules(noisy: Slope) -> None:
    results = {
        method: psnr(*shown(fuse(noisy.frames, replace(STILL, method=method)), noisy.truth))
        for method in ("auto", "depth")
    }
    assert results["auto"] > results["depth"]
    assert results["auto"] > max(psnr(frame / 255, noisy.truth) for frame in noisy.frames) + 2


@pytest.mark.parametrize("method", METHODS)
def test_the_result_stays_within_the_frames(clean: Slope, method: Method) -> None:
    """No pixel is darker or brighter than all frames around it (3 x 3) by more than evening out exposure allows."""
    pixels = fuse(clean.frames, replace(STILL, method=method)).pixels / 65535
    every = np.stack(clean.frames) / 255
    around = np.stack([np.roll(every, (dy, dx), (1, 2)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)])
    low, high = around.min(axis=(0, 1)), around.max(axis=(0, 1))
    assert np.maximum(low - pixels, pixels - high)[2:-2, 2:-2].max() < 0.007


@pytest.mark.parametrize("method", METHODS)
def test_threads_do_not_change_a_bit(clean: Slope, method: Method) -> None:
    one, many = (fuse(clean.frames, StackSettings(method=method, threads=n)) for n in (1, 5))
    assert np.array_equal(one.pixels, many.pixels)
    assert np.array_equal(one.index_map, many.index_map)
    assert np.array_equal(one.depth, many.depth)


def test_maps_follow_the_slope(clean: Slope) -> None:
    fused = fuse(clean.frames)
    assert fused.index_map.shape == fused.depth.shape == fused.confidence.shape == clean.depth.shape
    assert np.isfinite(fused.depth).all()
    assert np.abs(fused.depth - clean.depth).mean() < 0.35
    assert (np.abs(fused.index_map.astype(float) - clean.depth) < 1).mean() > 0.95


def test_maps_count_frames_of_the_whole_sequence(clean: Slope) -> None:
    stranger = coded(texture((320, 240), seed=99))
    fused = fuse([*clean.frames[:2], stranger, *clean.frames[2:]], StackSettings(threads=2))
    assert fused.transforms[2] is None
    assert 2 not in np.unique(fused.index_map)
    assert fused.index_map.max() == len(clean.frames)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("count", [1, 2, 5])
def test_identical_frames_give_the_frame(method: Method, count: int) -> None:
    frame = coded(texture((150, 101)))
    fused = fuse([frame] * count, StackSettings(method=method))
    assert fused.crop == (0, 0, 150, 101)
    assert np.abs(fused.pixels / 257 - frame).max() < 0.02


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("code", [0, 255])
def test_blank_frames_stay_blank(method: Method, code: int) -> None:
    fused = fuse([np.full((60, 80, 3), code, np.uint8)] * 3, StackSettings(method=method))
    assert (fused.pixels == code * 257).all()
    assert np.isfinite(fused.depth).all()


def test_moved_frames_are_cropped_or_filled(clean: Slope) -> None:
    moved = [np.roll(frame, 4 * i, axis=1) for i, frame in enumerate(clean.frames)]
    cropped = fuse(moved, StackSettings(reference="first"))
    filled = fuse(moved, StackSettings(reference="first", border="reflect"))
    assert cropped.crop.width < 320 - 15
    assert filled.crop == (0, 0, 320, 240)
    assert psnr(*shown(cropped, clean.truth)) > 36


@pytest.mark.parametrize(
    ("frames", "error", "names"),
    [
        ([], NoFrames, "no frames"),
        ([np.zeros((60, 80, 3), np.uint8), np.zeros((60, 82, 3), np.uint8)], FrameMismatch, "size"),
        ([np.zeros((60, 80, 3), np.uint8), np.zeros((60, 80, 3), np.uint16)], FrameMismatch, "IMG_0000.JPG"),
        ([np.zeros((1, 1, 3), np.uint8)], FrameTooSmall, "1 x 1"),
    ],
)
def test_what_cannot_be_stacked_says_so(frames: list[Array], error: type[StackError], names: str) -> None:
    with pytest.raises(error, match=names):
        fuse(frames)


def test_a_reference_out_of_range_is_refused(clean: Slope) -> None:
    with pytest.raises(SettingsError, match="reference 6"):
        fuse(clean.frames, StackSettings(reference=6))


def test_progress_reaches_the_end_of_each_stage(clean: Slope) -> None:
    told: dict[str, tuple[int, int]] = {}
    stack(ArrayFrames(clean.frames), STILL, lambda stage, done, total: told.update({stage: (done, total)}))
    assert {told[stage] for stage in ("align", "focus", "fuse")} == {(6, 6)}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_tells_the_depth(method: Method) -> None:
    """A slope has its first frame at one side and its last at the other, whatever it is fused by."""
    made = slope(count=5, size=(320, 200))
    depth = stack(ArrayFrames(made.frames), StackSettings(method=method, align="none")).depth
    sides = depth[:, :40].mean(), depth[:, -40:].mean()
    assert max(sides) > 3
    assert min(sides) < 1
