from __future__ import annotations

import math

import pytest

from catalog.metadata.file_bytes import in_memory
from catalog.metadata.reader import metadata_from
from catalog.metadata.record import Metadata
from tests.catalog.metadata.made import Tag, cr3, directory, jpeg, long, short, text, with_note


def numbers(length: int, **at: int) -> list[int]:
    """Give a row of zeros with some values set: n20=5 is [20] = 5."""
    values = [0] * length
    for place, value in at.items():
        values[int(place[1:])] = value
    return values


def read(*tags: Tag) -> Metadata:
    return metadata_from(in_memory(jpeg(with_note("Canon", "Canon EOS R6", lambda at: directory(list(tags), at)))))


@pytest.mark.parametrize(
    ("upper", "lower", "near", "far"),
    [
        (42, 37, 0.37, 0.42),
        (65535, 2125, 21.25, math.inf),
        (0, 0, None, None),
        (65535, 65535, math.inf, math.inf),
        (159, 0, None, 1.59),
    ],
)
def test_focus_distance_is_centimetres(upper: int, lower: int, near: float | None, far: float | None) -> None:
    found = read(short(0x93, *numbers(30, n20=upper, n21=lower)))
    assert (found.focus_near_m, found.focus_far_m) == (near, far)


def test_older_bodies_keep_the_distance_elsewhere() -> None:
    found = read(short(0x04, *numbers(34, n19=61, n20=56)), short(0x93, *numbers(22)))
    assert (found.focus_near_m, found.focus_far_m) == (0.56, 0.61)


def test_the_focus_bracket_flag_and_its_count() -> None:
    flagged = read(short(0x01, *numbers(52, n50=1)))
    assert (flagged.bracket_kind, flagged.bracket_count) == ("focus", None)
    counted = read(short(0x01, *numbers(52, n50=1)), Tag(0x4053, 9, numbers(8, n0=32, n1=1, n2=25)))
    assert (counted.bracket_kind, counted.bracket_count) == ("focus", 25)
    menu = read(Tag(0x4053, 9, numbers(8, n0=32, n1=0, n2=100)))
    assert (menu.bracket_kind, menu.bracket_count) == (None, None)


def test_an_exposure_bracket_has_an_index() -> None:
    found = read(short(0x93, *numbers(30, n3=1, n5=2)))
    assert (found.bracket_kind, found.bracket_index) == ("exposure", 2)


def test_gear_is_named_by_the_note_where_exif_is_silent() -> None:
    found = read(short(0x01, *numbers(52, n23=55, n24=18, n25=1)), long(0x0C, 12345678))
    assert (found.lens, found.body_serial) == ("18-55 mm", "12345678")
    assert read(text(0x95, "EF100mm f/2.8L Macro IS USM")).lens == "EF100mm f/2.8L Macro IS USM"


def test_cr3_keeps_the_note_in_a_box_of_its_own() -> None:
    data = cr3(
        [text(0x010F, "Canon")], [text(0x9003, "2024:06:01 10:00:00")], [short(0x93, *numbers(30, n20=35, n21=32))]
    )
    found = metadata_from(in_memory(data))
    assert (found.focus_near_m, found.focus_far_m, found.readers) == (0.32, 0.35, ("exifread", "canon"))
