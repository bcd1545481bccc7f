"""Memory is lent again, and never while somebody still looks at it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from develop.buffers import Buffers
from develop.decode import read_image, read_reduced


def address(array: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> int:
    return int(array.__array_interface__["data"][0])


def test_memory_comes_back_when_the_array_is_gone() -> None:
    buffers = Buffers()
    first = buffers.empty((300, 200, 3))
    first[:] = 7
    where = address(first)
    del first
    again = buffers.empty((200, 300, 3))
    assert address(again) == where
    assert again.shape == (200, 300, 3)


def test_a_view_keeps_its_memory_from_being_lent() -> None:
    buffers = Buffers()
    whole = buffers.empty((50, 40, 3))
    whole[:] = 9
    corner = whole[10:20, 5:9][::2].T
    del whole
    other = buffers.empty((50, 40, 3))
    other[:] = 1
    assert (corner == 9).all()


def test_no_more_lies_ready_than_is_worth_it() -> None:
    buffers = Buffers()
    held = [buffers.empty((100, 100)) for _ in range(10)]
    assert len({address(each) for each in held}) == 10
    del held
    assert len(buffers._spare) == 3


def test_a_picture_read_into_lent_memory_is_the_same(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    path = tmp_path / "odd.jpg"
    cv2.imwrite(str(path), cv2.GaussianBlur(rng.integers(0, 256, (333, 251, 3), np.uint8), (0, 0), 3))
    buffers = Buffers()
    np.testing.assert_array_equal(read_image(path, buffers=buffers).pixels, read_image(path).pixels)
    for side in (140, 70, 40):
        np.testing.assert_array_equal(read_reduced(path, side, buffers=buffers).pixels, read_reduced(path, side).pixels)


def test_a_gray_jpeg_is_read_into_lent_memory(tmp_path: Path) -> None:
    path = tmp_path / "gray.jpg"
    cv2.imwrite(str(path), np.full((40, 60), 77, np.uint8))
    assert read_image(path, buffers=Buffers()).pixels.shape == (40, 60, 3)


def test_memory_of_another_size_is_given_up() -> None:
    buffers = Buffers()
    first = buffers.empty((100, 100))
    del first
    buffers.empty((10, 10))
    assert [memory.nbytes for memory in buffers._spare] == [100]
