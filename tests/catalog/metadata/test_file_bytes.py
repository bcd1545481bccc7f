from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.metadata.errors import BrokenHeaderError, MetadataError
from catalog.metadata.file_bytes import PAGE, FileBytes, in_memory, open_bytes

PATTERN = bytes(range(251)) * (3 * PAGE // 251)


@given(st.integers(-50, len(PATTERN) + 50), st.integers(-50, len(PATTERN) + 50))
def test_slices_are_those_of_bytes_but_never_from_behind(start: int, stop: int) -> None:
    assert in_memory(PATTERN)[start:stop] == PATTERN[max(start, 0) : max(stop, 0)]


def test_an_index_outside_is_the_error_that_readers_know() -> None:
    with pytest.raises(BrokenHeaderError):
        in_memory(b"abc")[3]


@pytest.mark.parametrize("at", [5, PAGE - 1, PAGE, 2 * PAGE - 1, len(PATTERN) - 2])
def test_rfind_sees_a_needle_across_the_border_of_pages(at: int) -> None:
    data = bytearray(b"\0" * len(PATTERN))
    data[at : at + 2] = b"\xff\xd9"
    assert in_memory(bytes(data)).rfind(b"\xff\xd9", 3) == at
    assert in_memory(bytes(data)).rfind(b"\xff\xd9", at + 1) == -1


def test_a_file_cut_short_while_it_is_read_is_an_os_error(tmp_path: Path) -> None:
    path = tmp_path / "shrinks.jpg"
    path.write_bytes(b"\xff\xd8" + b"\0" * 3 * PAGE)
    with open_bytes(path) as data:
        assert data[0] == 0xFF
        path.write_bytes(b"\xff")
        with pytest.raises(OSError, match="cut short"):
            data[2 * PAGE]


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(OSError, match="not a regular file"), open_bytes(tmp_path / "pipe.jpg"):
        pass


def test_only_the_pages_that_are_asked_for_are_read() -> None:
    asked: list[int] = []

    def read(start: int, size: int) -> bytes:
        asked.append(start)
        return b"\0" * size

    data = FileBytes(read, 1 << 30)
    assert data[0:10] + data[1 << 29 : (1 << 29) + 4] + data[4:8] == b"\0" * 18
    assert asked == [0, 1 << 29]


def test_an_error_names_its_file() -> None:
    assert str(MetadataError(Path("a/b.jpg"), "is empty")) == "a/b.jpg: is empty"
