from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.file_bytes import in_memory
from catalog.metadata.tiff import MOST_ENTRIES, Directory, first_offset, open_block, read_chain, read_directory
from tests.catalog.metadata.made import SLONG, Tag, Tiff, directory, long, ratio, short, text


def read(data: bytes) -> Directory:
    block = open_block(in_memory(data), 0, len(data))
    return read_directory(block, first_offset(block))


@pytest.mark.parametrize("order", ["<", ">"])
def test_values_of_every_kind_come_out_in_either_byte_order(order: str) -> None:
    tags = [text(1, "Canon  "), short(2, 7, 8, 9), long(3, 70000), ratio(4, 1, 3), Tag(5, SLONG, [-6]), ratio(6, 1, 0)]
    found = read(Tiff(tags, order).bytes())
    assert found.text(1) == "Canon"
    assert found.numbers(2) == (7, 8, 9)
    assert found.number(3) == 70000
    assert found.ratio(4) == pytest.approx(1 / 3)
    assert found.number(5) == -6
    assert found.ratio(6) is None


def test_a_value_outside_the_file_is_left_out_and_remembered() -> None:
    data = Tiff([text(1, "a long enough name"), short(2, 1)]).bytes()
    found = read(data[:-5])
    assert found.text(1) is None
    assert found.number(2) == 1
    assert found.outside == {1}


def test_a_count_that_no_camera_writes_is_refused_before_any_work() -> None:
    data = b"II*\0\x08\0\0\0" + struct.pack("<H", MOST_ENTRIES + 1) + b"\0" * 12 * (MOST_ENTRIES + 1)
    with pytest.raises(BrokenHeaderError, match="claims 1025 tags"):
        read(data)


def test_a_huge_count_of_values_costs_nothing() -> None:
    entry = struct.pack("<HHII", 0x927C, 7, 0xFFFFFFF0, 8)
    found = read(b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + entry + b"\0" * 100)
    assert found.raw(0x927C) == b""


def test_a_chain_that_bites_its_tail_ends() -> None:
    body = directory([short(1, 1)], 8, "<", 8)
    data = b"II*\0\x08\0\0\0" + body
    assert len(read_chain(open_block(in_memory(data), 0, len(data)), 8)) == 1


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_raise_the_one_error(tail: bytes) -> None:
    try:
        found = read(b"II*\0\x08\0\0\0" + tail)
    except BrokenHeaderError:
        return
    for tag in found.entries:
        found.numbers(tag)
        found.text(tag)
        found.ratio(tag)
