from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.metadata.file_bytes import in_memory
from catalog.metadata.makernotes.nikon_cipher import decipher, serial_key
from catalog.metadata.reader import metadata_from
from catalog.metadata.record import Metadata
from tests.catalog.metadata.made import Tag, Tiff, camera, jpeg, long, ratio, short, text

SERIAL, COUNT = 6021615, 200434


def enciphered(plain: bytes) -> bytes:
    """Encipher all but the version: the cipher is its own inverse."""
    return plain[:4] + decipher(plain[4:], SERIAL, COUNT)


def read(*tags: Tag, serial: str = str(SERIAL), model: str = "NIKON Z 8") -> Metadata:
    note = b"Nikon\0\2\x11\0\0" + Tiff([text(0x1D, serial), long(0xA7, COUNT), *tags]).bytes()
    return metadata_from(in_memory(jpeg(Tiff(camera("NIKON CORPORATION", model, note)).bytes())))


def z_lens(fine: int, position: int, identity: int = 1) -> bytes:
    data = bytearray(b"0800".ljust(108, b"\0"))
    struct.pack_into("<HxxxB", data, 0x30, identity, 1)
    struct.pack_into("<H", data, 0x4E, fine)
    struct.pack_into("<i", data, 0x5A, position)
    return enciphered(bytes(data))


def test_a_z_lens_gives_metres_and_an_absolute_position() -> None:
    found = read(Tag(0x98, 7, z_lens(68 * 256, 40000)))
    assert found.focus_near_m == found.focus_far_m == pytest.approx(0.5)
    assert (found.focus_position, found.focus_scheme) == (40000, "nikon-lens-position-")
    assert (found.camera_counter, found.body_serial) == (COUNT, str(SERIAL))


def test_a_z_lens_that_nikon_has_not_numbered_is_still_one() -> None:
    assert read(Tag(0x98, 7, z_lens(68 * 256, 40000, identity=0))).focus_position == 40000


def test_a_position_beyond_infinity_is_negative() -> None:
    assert read(Tag(0x98, 7, z_lens(100 * 256, -2736))).focus_position == -2736


def test_an_f_lens_on_the_adapter_has_only_the_old_distance() -> None:
    data = bytearray(b"0801".ljust(108, b"\0"))
    data[0x0B], data[0x0C] = 97, 50
    found = read(Tag(0x98, 7, enciphered(bytes(data))))
    assert found.focus_near_m == pytest.approx(0.01 * 10 ** (97 / 40))
    assert found.focus_position is None


@pytest.mark.parametrize(("version", "at"), [(b"0201", 9), (b"0203", 9), (b"0204", 10)])
@pytest.mark.parametrize(("value", "metres"), [(80, 1.0), (0, math.inf)])
def test_a_dslr_keeps_the_distance_where_its_version_says(version: bytes, at: int, value: int, metres: float) -> None:
    data = bytearray(version.ljust(33, b"\0"))
    data[5], data[at] = 44, value
    assert read(Tag(0x98, 7, enciphered(bytes(data))), model="NIKON D850").focus_near_m == pytest.approx(metres)


def test_the_first_version_is_not_enciphered() -> None:
    data = bytearray(b"0101".ljust(31, b"\0"))
    data[9] = 95
    assert read(Tag(0x98, 7, bytes(data)), model="NIKON D70").focus_near_m == pytest.approx(0.01 * 10 ** (95 / 40))


@pytest.mark.parametrize(
    ("version", "frame", "kind"), [(b"0805", 7, "focus"), (b"0806", 3, "focus"), (b"0805", 0, None), (b"0803", 7, None)]
)
def test_a_focus_shift_gives_its_frame(version: bytes, frame: int, kind: str | None) -> None:
    offset = 27000  # as far in as in a Z 9's
    data = bytearray(version.ljust(offset + 0x40, b"\0"))
    struct.pack_into("<I", data, 0x30, offset)
    data[offset + 0x20] = frame
    note = (
        b"Nikon\0\2\x11\0\0"
        + Tiff([text(0x1D, str(SERIAL)), long(0xA7, COUNT), Tag(0x91, 7, enciphered(bytes(data)))]).bytes()
    )
    found = metadata_from(in_memory(jpeg(Tiff(camera("NIKON CORPORATION", "NIKON Z 9", note)).bytes())))
    assert (found.bracket_kind, found.bracket_index) == (kind, frame if kind else None)


def test_menu_settings_of_a_focus_shift_are_no_marker() -> None:
    assert read(short(0x89, 0)).bracket_kind is None


def test_shooting_mode_marks_brackets() -> None:
    assert read(short(0x89, 0x11)).bracket_kind == "exposure"
    assert read(short(0x89, 0x40)).bracket_kind == "white_balance"


def test_an_early_serial_and_a_lens_by_its_range() -> None:
    note = b"Nikon\0\2\x11\0\0" + Tiff([text(0xA0, "NO= 300003b7"), ratio(0x84, 18, 1, 70, 1, 35, 10, 45, 10)]).bytes()
    found = metadata_from(in_memory(jpeg(Tiff(camera("NIKON CORPORATION", "NIKON D70", note)).bytes())))
    assert (found.body_serial, found.lens) == ("300003b7", "18-70 mm f/3.5-4.5")


def test_a_multiple_exposure_is_a_result() -> None:
    assert read(Tag(0xB0, 7, b"0102" + struct.pack("<III", 1, 2, 1))).composite
    assert not read(Tag(0xB0, 7, b"0102" + struct.pack("<III", 0, 0, 0))).composite


@given(st.binary(min_size=1, max_size=200), st.integers(0, 2**31), st.integers(0, 2**31), st.data())
def test_deciphering_from_any_place_agrees_with_deciphering_all(
    plain: bytes, serial: int, count: int, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(plain) - 1))
    assert decipher(plain, serial, count)[at:] == decipher(plain[at:], serial, count, 4 + at)
    assert decipher(decipher(plain, serial, count), serial, count) == plain


def test_a_serial_of_letters_has_a_key_by_its_body() -> None:
    assert (serial_key("6021615", "NIKON D850"), serial_key(None, "NIKON D50"), serial_key("D40X 1", "NIKON D40X")) == (
        6021615,
        0x22,
        0x60,
    )
