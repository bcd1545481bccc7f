"""Planes and the array that takes their place never share memory while both are looked at."""

from __future__ import annotations

import numpy as np

from stacker.ground import Ground

SHAPE = (40, 50)
PLANE = 40 * 50


def test_planes_keep_what_was_written_to_them_whatever_others_do() -> None:
    ground = Ground(4 * PLANE, PLANE)
    planes = [ground.plane(SHAPE) for _ in range(7)]
    for number, plane in enumerate(planes):
        plane[:] = number
    for number, plane in enumerate(planes):
        assert (plane == number).all()


def test_memory_of_a_plane_is_lent_again_and_a_view_holds_it() -> None:
    ground = Ground(PLANE, PLANE)
    first = ground.plane(SHAPE)
    first[:] = 7
    where, corner = first.ctypes.data, first[3:5, 2:9]
    del first
    other = ground.plane(SHAPE)
    other[:] = 1
    assert (corner == 7).all()
    del corner, other
    assert ground.plane(SHAPE).ctypes.data == where


def test_the_array_lies_where_the_planes_were_and_is_clean() -> None:
    ground = Ground(16 * PLANE, PLANE)
    planes = [ground.plane(SHAPE) for _ in range(5)]
    first = min(plane.ctypes.data for plane in planes)
    for plane in planes:
        plane[:] = 255
    del planes, plane
    array = ground.zeros((4, 40, 25), np.float32)
    assert not array.any()
    assert array.ctypes.data <= first < array.ctypes.data + 16 * PLANE
    later = ground.plane(SHAPE)
    later[:] = 9
    assert not array.any()


def test_planes_that_are_looked_at_are_not_overwritten_by_the_array() -> None:
    ground = Ground(8 * PLANE, PLANE)
    held = ground.plane(SHAPE)
    held[:] = 3
    array = ground.zeros((8, PLANE // 4), np.float32)
    array[:] = 1
    assert (held == 3).all()
    too_large = Ground(PLANE, PLANE).zeros((2, PLANE), np.uint8)
    assert too_large.shape == (2, PLANE)
    assert not too_large.any()
