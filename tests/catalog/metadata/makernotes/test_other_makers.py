"""The makers whose notes are short enough to share a file."""

from __future__ import annotations

import math
import struct

import pytest

from catalog.metadata.file_bytes import in_memory
from catalog.metadata.reader import metadata_from
from catalog.metadata.record import Metadata
from tests.catalog.metadata.made import (
    LONG,
    RATIONAL,
    UNDEFINED,
    Tag,
    Tiff,
    camera,
    directory,
    jpeg,
    long,
    short,
    text,
    with_note,
)


def read(make: str, model: str, note: bytes) -> Metadata:
    return metadata_from(in_memory(jpeg(Tiff(camera(make, model, note)).bytes())))


def olympus(head: bytes, kind: int = LONG, **values: Tag) -> bytes:
    settings = [values[name] for name in ("drive", "stacked", "step") if name in values]
    focus = [values[name] for name in ("distance", "steps", "far", "near") if name in values]
    equipment = [text(0x101, "BJMA03234                      "), text(0x203, "OLYMPUS M.60mm F2.8 Macro")]
    return head + directory(
        [Tag(0x2010, kind, equipment), Tag(0x2020, kind, settings), Tag(0x2050, kind, focus)], len(head)
    )


OLYMPUS_HEADS = {"OLYMPUS CORPORATION": b"OLYMPUS\0II\3\0", "OM Digital Solutions": b"OM SYSTEM\0\0\0II\4\0"}


@pytest.mark.parametrize("make", OLYMPUS_HEADS)
def test_olympus_distance_steps_and_gear(make: str) -> None:
    note = olympus(
        OLYMPUS_HEADS[make],
        distance=Tag(0x305, RATIONAL, [705, 77]),
        steps=short(0x301, 21919),
        far=short(0x303, 18016),
        near=short(0x304, 20922),
    )
    found = read(make, "OM-1", note)
    assert found.focus_near_m == found.focus_far_m == 0.705
    assert (found.focus_position, found.focus_scheme) == (21919, "olympus-steps-")
    assert (found.body_serial, found.lens) == ("BJMA03234", "OLYMPUS M.60mm F2.8 Macro")


@pytest.mark.parametrize(("numerator", "metres"), [(0xFFFFFFFF, math.inf), (0, None)])
def test_olympus_infinity_and_unknown(numerator: int, metres: float | None) -> None:
    note = olympus(OLYMPUS_HEADS["OM Digital Solutions"], distance=Tag(0x305, RATIONAL, [numerator, 1]))
    assert read("OM Digital Solutions", "OM-1", note).focus_near_m == metres


@pytest.mark.parametrize(
    ("drive", "kind", "index"),
    [
        ((5, 3, 0x40, 0, 2, 17), "focus", 3),
        ((5, 1, 1, 0, 0), "exposure", 1),
        ((5, 2, 0x41), "focus", 2),
        ((5, 2, 0x10), "iso", 2),
        ((2, 4), "exposure", 4),
        ((1, 2), None, None),
        ((0, 0, 0, 0, 2, 17), None, None),
    ],
)
def test_olympus_brackets(drive: tuple[int, ...], kind: str | None, index: int | None) -> None:
    note = olympus(OLYMPUS_HEADS["OM Digital Solutions"], drive=short(0x600, *drive))
    found = read("OM Digital Solutions", "OM-1", note)
    assert (found.bracket_kind, found.bracket_index) == (kind, index)


@pytest.mark.parametrize(("stacked", "composite"), [((9, 8), True), ((5, 4), True), ((8, 8), False), ((0, 0), False)])
def test_olympus_focus_stack_is_a_result_and_high_resolution_is_not(stacked: tuple[int, int], composite: bool) -> None:
    note = olympus(OLYMPUS_HEADS["OM Digital Solutions"], stacked=long(0x804, *stacked))
    assert read("OM Digital Solutions", "OM-1", note).composite is composite


def test_the_oldest_olympus_counts_from_the_exif_block() -> None:
    data = with_note(
        "OLYMPUS CORPORATION",
        "E-1",
        lambda at: b"OLYMP\0\1\0" + directory([Tag(0x2050, LONG, [Tag(0x305, RATIONAL, [705, 1])])], at + 8),
    )
    assert metadata_from(in_memory(jpeg(data))).focus_near_m == 0.705


def panasonic(*tags: Tag) -> Metadata:
    return metadata_from(
        in_memory(
            jpeg(with_note("Panasonic", "DC-G9M2", lambda at: b"Panasonic\0\0\0" + directory(list(tags), at + 12)))
        )
    )


def test_panasonic_focus_bracket() -> None:
    found = panasonic(short(0x2A, 3), long(0x2B, 4), Tag(0xBD, 8, [-2]), text(0x51, "LUMIX G MACRO 30/F2.8"))
    assert (found.bracket_kind, found.bracket_index, found.focus_position) == ("focus", 4, -2)
    assert (found.focus_scheme, found.lens) == ("panasonic-focus-bracket+", "LUMIX G MACRO 30/F2.8")
    burst = panasonic(short(0x2A, 1), long(0x2B, 4), Tag(0xBD, 8, [0]))
    assert (burst.bracket_kind, burst.bracket_index, burst.focus_position) == (None, None, None)


def test_panasonic_merged_post_focus_is_a_result() -> None:
    assert panasonic(long(0xBF, 1, 9)).composite
    assert not panasonic(long(0xBF, 0, 0)).composite


def test_fujifilm_is_little_endian_and_counts_from_its_note() -> None:
    tags = [
        text(0x10, "FF02B1234567 593431"),
        short(0x1100, 1),
        short(0x1101, 5),
        short(0x1150, 2),
        short(0x1438, 0x8000 + 4321),
    ]
    note = b"FUJIFILM" + struct.pack("<I", 12) + directory(tags, 12)
    tiff = Tiff(camera("FUJIFILM", "X-T5", note), ">").bytes()
    found = metadata_from(in_memory(jpeg(tiff)))
    assert (found.bracket_kind, found.bracket_index, found.composite) == ("other", 5, True)
    assert (found.body_serial, found.camera_counter) == ("FF02B1234567 593431", 4321)


def test_apple_range_is_sorted() -> None:
    tags = [Tag(0x0C, 10, [145, 128, 46, 128]), Tag(0x2F, 9, [56]), Tag(0x38, 9, [383])]
    found = read("Apple", "iPhone 15 Pro", b"Apple iOS\0\0\1MM" + directory(tags, 14, ">"))
    assert (found.focus_near_m, found.focus_far_m) == (46 / 128, 145 / 128)
    assert (found.focus_position, found.raw["Apple.AFMeasuredDepth"]) == (56, [383])


def pentax(*tags: Tag, order: str = ">") -> Metadata:
    mark = b"MM" if order == ">" else b"II"
    return read("PENTAX", "PENTAX K-1", b"PENTAX \0" + mark + directory(list(tags), 10, order))


def test_pentax_count_is_masked_with_date_and_time() -> None:
    date, time, count = b"\x07\xe8\x06\x01", b"\x0a\x0f\x1e", 20897
    mask = int.from_bytes(date, "big") ^ (0xFFFFFFFF - int.from_bytes(time + b"\0", "big"))
    masked = struct.pack(">I", count ^ mask)
    tags = [Tag(6, UNDEFINED, date), Tag(7, UNDEFINED, time), Tag(0x5D, UNDEFINED, masked), text(0x229, "6211161")]
    for order in ("<", ">"):
        found = pentax(*tags, order=order)
        assert (found.camera_counter, found.body_serial) == (count, "6211161")


def test_pentax_position_bracket_and_multiple_exposure() -> None:
    found = pentax(short(0x10, 44), short(0x18, 2), Tag(0x34, 1, [0, 0, 0, 1]))
    assert (found.focus_position, found.bracket_kind, found.composite) == (44, "exposure", True)
    plain = pentax(short(0x18, 0x2000), Tag(0x34, 1, [1, 0, 0, 8]))
    assert (plain.bracket_kind, plain.composite) == (None, False)


def test_a_note_whose_byte_order_a_program_turned_is_still_read() -> None:
    note = b"PENTAX \0MM" + directory([text(0x229, "4973893")], 10, "<")
    assert read("RICOH IMAGING COMPANY, LTD.", "PENTAX K-3", note).body_serial == "4973893"


@pytest.mark.parametrize("make", ["Canon", "NIKON", "SONY", "OLYMPUS", "Panasonic", "FUJIFILM", "Apple", "PENTAX"])
def test_a_note_of_rubbish_costs_only_itself(make: str) -> None:
    for note in (b"\xff" * 40, b"\0" * 40, make.encode() + b"\0" * 40, b"Nikon\0\2\0\0\0II*\0\xff\xff\xff\xff"):
        found = read(make, "Model 1", note)
        assert (found.make, found.iso) == (make, 200)


def test_adobe_moves_a_note_and_says_where_it_lay() -> None:
    before = 5000
    note = directory([text(0x95, "EF100mm f/2.8L Macro IS USM")], before)
    part = b"MakN" + struct.pack(">I", len(note) + 6) + b"II" + struct.pack(">I", before) + note
    tags = [*camera("Canon", "Canon EOS 350D"), Tag(0xC634, UNDEFINED, b"Adobe\0" + part)]
    assert metadata_from(in_memory(Tiff(tags).bytes())).lens == "EF100mm f/2.8L Macro IS USM"


def test_a_dng_speaks_for_a_silent_exif() -> None:
    tags = [Tag(0xC612, 1, [1, 4, 0, 0]), text(0xC614, "Cinema 4K"), text(0xC62F, "X1")]
    found = metadata_from(in_memory(Tiff(tags).bytes()))
    assert (found.model, found.body_serial, found.readers) == ("Cinema 4K", "X1", ("dng",))
