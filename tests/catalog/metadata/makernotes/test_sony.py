from __future__ import annotations

import math
import struct

import pytest

from catalog.metadata.file_bytes import in_memory
from catalog.metadata.reader import metadata_from
from catalog.metadata.record import Metadata
from tests.catalog.metadata.made import Tag, directory, jpeg, short, with_note


def enciphered(plain: bytes) -> bytes:
    return bytes(value**3 % 249 if value < 249 else value for value in plain)


def block(size: int, first: int, *places: tuple[int, str, int]) -> bytes:
    """Give an enciphered block; its first byte is told enciphered, as by it the layout is known."""
    data = bytearray(size)
    for at, form, value in places:
        struct.pack_into(form, data, at, value)
    return bytes([first]) + enciphered(bytes(data))[1:]


def read(*tags: Tag, model: str = "ILCE-7M3") -> Metadata:
    def note(at: int) -> bytes:
        return b"SONY DSC \0\0\0" + directory(list(tags), at + 12)

    return metadata_from(in_memory(jpeg(with_note("SONY", model, note))))


@pytest.mark.parametrize("position", [80, 129, 200, 255])
def test_the_motors_position_rises_with_distance_and_is_none(position: int) -> None:
    found = read(Tag(0x9402, 7, block(0x40, 0x28, (0x2D, "B", position))))
    assert (found.focus_position, found.focus_scheme) == (position, "sony-focus+")
    assert found.focus_near_m is None


def test_bodies_without_a_motor_of_their_own_give_no_position() -> None:
    for model in ("SLT-A77V", "ILCA-99M2", "DSC-RX100M6"):
        assert read(Tag(0x9402, 7, block(0x40, 0x28, (0x2D, "B", 129))), model=model).focus_position is None


@pytest.mark.parametrize(
    ("model", "at"),
    [
        ("ILCE-6000", 0x32),
        ("SLT-A77V", 0x32),
        ("ILCE-7M3", 0x3A),
        ("ILCE-7SM3", 0x3A),
        ("ILCE-1", 0x3A),
        ("ILCE-7CM2", 0x0A),
        ("ILCE-1M2", 0x0A),
    ],
)
def test_the_shutter_count_stands_where_the_body_puts_it(model: str, at: int) -> None:
    assert read(Tag(0x9050, 7, block(0x60, 0, (at, "<I", 249047))), model=model).camera_counter == 249047


def test_a_body_that_is_not_known_gives_no_shutter_count() -> None:
    assert read(Tag(0x9050, 7, b"\x55" * 0x60), model="ILCE-9M3").camera_counter is None


def test_a_bracket_has_kind_index_and_count() -> None:
    sequence = block(0x40, 0x26, (0x12, "<I", 1), (0x16, "B", 3))
    found = read(short(0xB049, 5), Tag(0x9400, 7, sequence))
    assert (found.bracket_kind, found.bracket_index, found.bracket_count) == ("exposure", 2, 3)
    burst = read(short(0xB049, 2), Tag(0x9400, 7, sequence))
    assert (burst.bracket_kind, burst.bracket_index) == (None, None)
    assert burst.raw["Sony.SequenceImageNumber"] == 2


@pytest.mark.parametrize(("position", "metres"), [(128, math.inf), (10, 1.0)])
def test_the_first_dslrs_count_distance_in_focal_lengths(position: int, metres: float) -> None:
    data = bytearray(19154)
    data[0x09BB] = position
    struct.pack_into("<I", data, 0x0846, 78)
    found = read(Tag(0x20, 7, bytes(data)), model="DSLR-A330")
    assert (found.focus_near_m, found.focus_position, found.camera_counter) == (metres, position, 78)
