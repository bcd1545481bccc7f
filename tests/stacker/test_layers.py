from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from stacker import stack as engine
from stacker.layers import AlignedFrames, Masks, depths_of
from stacker.settings import StackSettings
from stacker.stack import Fused
from tests.stacker.scenes import Arrays, handheld, slope

BAR_DB = 45.0
Taken = tuple[Fused, list[NDArray[Any]], list[NDArray[Any]]]


def _psnr(one: NDArray[Any], other: NDArray[Any], top: int) -> float:
    error = (one.astype(np.float64) - other) / top
    return float(-10 * np.log10(np.mean(error**2)))


def _flattened(layers: list[NDArray[Any]], masks: list[NDArray[Any]]) -> NDArray[Any]:
    out = np.zeros(layers[0].shape)
    for layer, mask in zip(layers, masks, strict=True):
        share = (mask / np.iinfo(mask.dtype).max)[..., None]
        out = out + share * (layer - out)
    return out


def _taken_apart(source: Arrays, dtype: type[np.generic] = np.uint16) -> Taken:
    fused = engine.stack(source, StackSettings())
    aligned = AlignedFrames(source, fused.laid)
    step = 65535 // np.iinfo(np.dtype(dtype)).max
    layers = [(aligned.pixels(number) // step).astype(dtype) for number in aligned.numbers]
    with ThreadPoolExecutor(2) as pool:
        masks = Masks((fused.pixels // step).astype(dtype), depths_of(fused), pool)
        return fused, layers, [masks.add(n, layer) for n, layer in zip(aligned.numbers, layers, strict=True)]


@pytest.fixture(scope="module")
def handheld_stack() -> Taken:
    gains = [[1 + 0.03 * np.sin(i)] * 3 for i in range(7)]
    move = handheld(7, (421, 333), 0.04, 4, 0.3)
    return _taken_apart(Arrays(slope(7, (421, 333), move, gains, noise=0.01).frames))


def test_the_layers_flattened_are_the_stack(handheld_stack: Taken) -> None:
    fused, layers, masks = handheld_stack
    assert _psnr(_flattened(layers, masks), fused.pixels, 65535) >= BAR_DB


def test_eight_bits_are_enough() -> None:
    fused, layers, masks = _taken_apart(Arrays(slope(5, (300, 260)).frames), np.uint8)
    assert all(mask.dtype == np.uint8 for mask in masks)
    assert _psnr(_flattened(layers, masks), fused.pixels // 257, 255) >= BAR_DB


def test_a_plain_choice_of_the_sharpest_would_not_do(handheld_stack: Taken) -> None:
    fused, layers, masks = handheld_stack
    chosen = np.choose(fused.index_map[..., None], layers)
    assert _psnr(chosen, fused.pixels, 65535) < _psnr(_flattened(layers, masks), fused.pixels, 65535) - 3


def test_the_lowest_layer_covers_everything(handheld_stack: Taken) -> None:
    assert (handheld_stack[2][0] == 65535).all()


def test_a_frame_shows_only_near_its_own_depth(handheld_stack: Taken) -> None:
    fused, _, masks = handheld_stack
    nearest, farthest = (cv2.resize(depths_of(fused)[..., i], masks[0].shape[::-1]) for i in (0, 2))
    for number, mask in enumerate(masks[1:], start=1):
        away = (number < nearest - 3.5) | (number > farthest + 3.5)
        assert not mask[away].any()
    assert masks[3][fused.index_map == 3].mean() > 0.6 * 65535


def test_masks_are_smooth_enough_to_paint_on(handheld_stack: Taken) -> None:
    for mask in handheld_stack[2][1:]:
        jumps = np.abs(np.diff(mask.astype(np.float64) / 65535, axis=1))
        assert jumps.mean() < 0.06


def test_a_layer_lies_where_the_stack_lies_and_is_as_bright(handheld_stack: Taken) -> None:
    fused, layers, _ = handheld_stack
    for number, layer in enumerate(layers):
        own = fused.index_map == number
        inside = cv2.erode(own.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
        if inside.sum() > 500:
            assert _psnr(layer[inside], fused.pixels[inside], 65535) > 38


def test_a_single_frame_is_its_own_layer() -> None:
    source = Arrays(slope(1, (128, 96)).frames)
    fused, [layer], [mask] = _taken_apart(source)
    assert (mask == 65535).all()
    assert np.abs(layer.astype(int) - fused.pixels).max() <= 1


def test_layers_of_another_size_take_the_depths_along(handheld_stack: Taken) -> None:
    fused, layers, _ = handheld_stack
    half = (layers[0].shape[1] // 2, layers[0].shape[0] // 2)
    small = [cv2.resize(layer, half, interpolation=cv2.INTER_AREA) for layer in layers]
    target = cv2.resize(fused.pixels, half, interpolation=cv2.INTER_AREA)
    with ThreadPoolExecutor(2) as pool:
        masks = Masks(target, depths_of(fused), pool)
        given = [masks.add(number, layer) for number, layer in enumerate(small)]
    assert _psnr(_flattened(small, given), target, 65535) >= BAR_DB
