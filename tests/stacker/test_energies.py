"""What is measured in a frame's own pixels is found again where the reference shows it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacker import focus
from stacker.canvas import canvas_of
from stacker.energies import GLANCE, Energies, Packed, energy_at, measure, opened, packed
from stacker.transforms import identity, similarity
from tests.stacker.scenes import Array, Arrays, encoded, texture

SIZE = (320, 240)


def measured(luma: Array) -> Packed:
    out = np.empty(luma.shape, np.uint8)
    measure(luma, out)
    return out


def luma_of(size: tuple[int, int]) -> Array:
    return np.ascontiguousarray(texture(size, 3)[..., 1])


def test_blocks_leave_no_seam() -> None:
    luma = luma_of((1700, 300))
    whole = focus.energy(luma)
    np.testing.assert_array_equal(measured(luma), packed(whole))


@given(st.lists(st.floats(2.0**-24, 2.0**6, width=32), min_size=1, max_size=20))
def test_packing_keeps_numbers_to_six_percent(numbers: list[float]) -> None:
    plane = np.array([numbers], np.float32)
    np.testing.assert_allclose(opened(packed(plane)), plane, rtol=0.065)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_integers_are_measured_over_their_range(dtype: type) -> None:
    luma = luma_of(SIZE)
    top = np.iinfo(dtype).max
    coarse = np.rint(luma * top).astype(dtype)
    expected = focus.energy(luma)
    assert focus.energy(coarse).mean() == pytest.approx(expected.mean(), rel=0.02)


def test_a_frame_that_lies_elsewhere_is_read_there_and_is_nothing_outside() -> None:
    canvas = canvas_of([identity()], SIZE, "reflect")
    [tile] = [each.at(1, canvas.half) for each in canvas.tiles(0, 512)]
    energy = measured(luma_of((SIZE[0] // 2, SIZE[1] // 2)))
    still = energy_at(canvas, tile, energy, identity(), 1.0)
    np.testing.assert_array_equal(still, energy)
    moved = energy_at(canvas, tile, energy, similarity(1, 0, (20, -12), (0, 0)), 1.0)
    np.testing.assert_array_equal(moved[6:, :-10], still[:-6, 10:])
    assert not moved[:5].any()
    assert not moved[:, -9:].any()
    brighter = energy_at(canvas, tile, energy, identity(), 2.0)
    np.testing.assert_allclose(opened(brighter), 4 * opened(still), rtol=0.01)


def test_between_two_pixels_lies_the_energy_of_between() -> None:
    canvas = canvas_of([identity()], SIZE, "reflect")
    [tile] = [each.at(1, canvas.half) for each in canvas.tiles(0, 512)]
    slope = np.geomspace(1e-6, 1e-1, SIZE[0] // 2, dtype=np.float32)
    energy = packed(np.repeat(slope[None], SIZE[1] // 2, axis=0))
    moved = opened(energy_at(canvas, tile, energy, similarity(1, 0, (1, 0), (0, 0)), 1.0))
    np.testing.assert_allclose(moved[5, 2:-2], np.sqrt(slope[2:-2] * slope[3:-1]), rtol=0.15)


def test_mended_frames_are_measured_anew_without_decoding_them() -> None:
    source = Arrays([encoded(texture(SIZE, 3), np.uint8), encoded(texture(SIZE, 4), np.uint8)])
    mended = Arrays([np.ascontiguousarray(frame[::-1]) for frame in source.frames])
    energies = Energies(source, room_mb=1, mendable=True)
    for index in range(2):
        energies.proxy(index, 100)
    others = energies.mended(mended, lambda luma: np.ascontiguousarray(luma[::-1]))
    seen = [others.energy(index) for index in range(2)]
    assert not mended.decoded
    for index in range(2):
        for plane, expected in zip(seen[index], Energies(mended, room_mb=0).energy(index), strict=True):
            np.testing.assert_array_equal(plane, expected)


def test_what_alignment_decoded_is_not_decoded_again() -> None:
    source = Arrays([encoded(texture(SIZE, 3), np.uint8) for _ in range(3)])
    energies = Energies(source, room_mb=1)
    energies.proxy(0, 100)
    energies.energy(0)
    assert len(source.decoded) == 1
    energies.give_up()
    energies.energy(0)
    energies.energy(0)
    assert len(source.decoded) == 3


def test_a_glance_is_kept_of_what_has_no_room() -> None:
    source = Arrays([encoded(texture(SIZE, 3), np.uint8)])
    energies = Energies(source, room_mb=0)
    whole = energies.energy(0)
    fine, coarse = energies.glance(0)
    assert len(source.decoded) == 1
    np.testing.assert_array_equal(fine, whole.fine[::GLANCE, ::GLANCE])
    assert coarse.shape == fine.shape


def test_what_was_laid_is_kept_in_place_of_the_frames_own() -> None:
    source = Arrays([encoded(texture(SIZE, 3), np.uint8) for _ in range(3)])
    size = SIZE[0] // 2 * (SIZE[1] // 2)
    energies = Energies(source, room_mb=2 * size / 1e6)
    for index in range(3):
        laid = energies.energy(index).fine.copy()
        energies.lay(index, laid)
    np.testing.assert_array_equal(energies.laid(1, last=False), energies.laid(1, last=True))
    assert energies.laid(1, last=True) is None
    assert energies.laid(2, last=False) is None, "there was room for two"


def test_what_is_beyond_the_codes_is_packed_as_the_nearest() -> None:
    np.testing.assert_array_equal(packed(np.array([[0, 1e-12, 1e9]], np.float32)), [[1, 1, 255]])
    assert opened(np.zeros((1, 1), np.uint8))[0, 0] == 0
