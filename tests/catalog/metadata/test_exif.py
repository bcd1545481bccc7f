from __future__ import annotations

import math
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.metadata.clock import parse_offset, parse_time
from catalog.metadata.file_bytes import in_memory
from catalog.metadata.lens_name import lens_by_range
from catalog.metadata.reader import metadata_from
from catalog.metadata.record import Metadata
from tests.catalog.metadata.made import Tag, Tiff, camera, jpeg, long, ratio, short, text


def read(*extra: Tag, make: str = "ACME", taken: str = "2024:06:01 10:00:00", xmp: str = "") -> Metadata:
    return metadata_from(in_memory(jpeg(Tiff(camera(make, "Model 1", b"", *extra, taken=taken)).bytes(), xmp=xmp)))


@pytest.mark.parametrize(
    ("subsec", "microsecond", "resolution"),
    [
        ("5", 500_000, 0.1),
        ("05", 50_000, 0.01),
        ("050", 50_000, 0.001),
        ("  7 ", 700_000, 0.1),
        ("", 0, 1.0),
        ("x", 0, 1.0),
    ],
)
def test_sub_seconds_are_decimals(subsec: str, microsecond: int, resolution: float) -> None:
    taken, known = parse_time("2024:06:01 10:00:00", subsec)
    assert taken is not None and taken.microsecond == microsecond
    assert known == pytest.approx(resolution)


@pytest.mark.parametrize(
    "stamp", ["0000:00:00 00:00:00", "    :  :     :  :  ", "2024-06-01", "", "2024:13:01 10:00:00"]
)
def test_a_date_that_is_none_is_none(stamp: str) -> None:
    assert parse_time(stamp, "05") == (None, None)


@pytest.mark.parametrize(
    ("text_", "minutes"),
    [("+05:30", 330), ("-07:00", -420), ("   :  ", None), ("", None), ("Z", None), ("+1:00", None)],
)
def test_offsets_are_minutes_and_blanks_are_unknown(text_: str, minutes: int | None) -> None:
    assert parse_offset(text_) == minutes


@given(st.text(max_size=24), st.text(max_size=8))
def test_no_text_upsets_the_readers_of_times(stamp: str, short_text: str) -> None:
    parse_time(stamp, short_text)
    parse_time("2024:06:01 10:00:00", short_text)
    parse_offset("+" + short_text)
    parse_offset(stamp)


def test_the_standard_tags_are_read_as_the_camera_wrote_them() -> None:
    found = read(
        text(0x9291, "05"),
        text(0x9011, "+02:00"),
        text(0xA431, "0820230"),
        text(0xA434, "Macro 100"),
        Tag(0x9204, 10, [-1, 3]),
        ratio(0x9206, 31, 100),
    )
    assert (found.exposure_s, found.f_number, found.focal_mm) == (1 / 250, 5.6, 100.0)
    assert found.exposure_bias_ev == pytest.approx(-1 / 3)
    assert (found.body_serial, found.lens, found.utc_offset_minutes) == ("0820230", "Macro 100", 120)
    assert found.taken_at is not None and found.taken_at.microsecond == 50_000
    assert found.focus_near_m == found.focus_far_m == pytest.approx(0.31)
    assert found.readers == ("exifread",)


@pytest.mark.parametrize(
    ("pair", "metres"), [((0, 1), None), ((0xFFFFFFFF, 1), math.inf), ((5, 0), None), ((3, 2), 1.5)]
)
def test_a_subject_distance_of_zero_is_unknown_and_of_all_ones_infinite(
    pair: tuple[int, int], metres: float | None
) -> None:
    assert read(ratio(0x9206, *pair)).focus_near_m == metres


@pytest.mark.parametrize(
    ("tag", "value", "name"),
    [(0x829D, (0, 1), "f_number"), (0x920A, (0, 1), "focal_mm"), (0x829A, (1, 0), "exposure_s")],
)
def test_a_quantity_of_nothing_is_unknown(tag: int, value: tuple[int, int], name: str) -> None:
    exif = [ratio(tag, *value), text(0x9003, "2024:06:01 10:00:00")]
    data = jpeg(Tiff([text(0x010F, "ACME"), Tag(0x8769, 4, exif)]).bytes())
    assert getattr(metadata_from(in_memory(data)), name) is None


def test_a_sensitivity_beyond_the_tag_is_taken_from_the_longer_one() -> None:
    exif = [short(0x8827, 65535), long(0x8832, 102400)]
    data = jpeg(Tiff([text(0x010F, "ACME"), Tag(0x8769, 4, exif)]).bytes())
    assert metadata_from(in_memory(data)).iso == 102400


@pytest.mark.parametrize(("value", "composite"), [(0, False), (1, False), (2, True), (3, True)])
def test_composite_image_marks_a_result(value: int, composite: bool) -> None:
    assert read(short(0xA460, value)).composite is composite


@pytest.mark.parametrize(
    ("program", "composite"),
    [
        ("Helicon Focus 8.2", True),
        ("Zerene Stacker 1.04", True),
        ("Stackroom 0.1.0", True),
        ("Adobe Photoshop 26", False),
    ],
)
def test_a_stackers_name_marks_a_result_and_an_editors_does_not(program: str, composite: bool) -> None:
    data = jpeg(Tiff([text(0x010F, "ACME"), text(0x0131, program)]).bytes())
    assert metadata_from(in_memory(data)).composite is composite


def test_a_stackers_name_in_xmp_marks_a_result_whatever_the_firmware_says() -> None:
    data = jpeg(
        Tiff([text(0x010F, "ACME"), text(0x0131, "Ver 1.0")]).bytes(), xmp="<x xmp:CreatorTool='Zerene Stacker'/>"
    )
    assert metadata_from(in_memory(data)).composite


@pytest.mark.parametrize("written", ["0000000000", "N/A", "   ", "--"])
def test_a_serial_that_stands_for_none_is_none(written: str) -> None:
    found = read(text(0xA431, written), text(0xA435, written))
    assert (found.body_serial, found.lens_serial) == (None, None)


def test_tags_in_the_main_directory_are_read_where_there_is_no_exif_one() -> None:
    found = metadata_from(in_memory(Tiff([text(0x010F, "ACME"), ratio(0x829A, 1, 50), short(0x8827, 800)]).bytes()))
    assert (found.exposure_s, found.iso) == (0.02, 800)


def test_a_lens_without_a_name_is_named_by_what_it_can_do() -> None:
    assert read(ratio(0xA432, 24, 1, 70, 1, 28, 10, 28, 10)).lens == "24-70 mm f/2.8"
    assert lens_by_range(100, 100, 2.8, 2.8) == "100 mm f/2.8"
    assert lens_by_range(18, 55, 3.5, 5.6) == "18-55 mm f/3.5-5.6"
    assert lens_by_range(0, 0, 0, 0) is None


@pytest.mark.parametrize(
    ("written", "metres"),
    [
        ("4294967295/1", math.inf),
        ("37/100", 0.37),
        ("0/1", None),
        ("1/0", None),
        ("1/-2", None),
        ("word", None),
        ("nan", None),
    ],
)
def test_xmp_tells_a_distance_that_no_tag_does(written: str, metres: float | None) -> None:
    for packet in (f'<x aux:ApproximateFocusDistance="{written}"/>', f"<aux:ApproximateFocusDistance>{written}</x>"):
        assert read(xmp=packet).focus_far_m == metres


def test_the_tag_is_believed_before_the_rounded_value_of_a_program() -> None:
    found = read(ratio(0x9206, 351, 1000), xmp='<x aux:ApproximateFocusDistance="35/100"/>')
    assert found.focus_near_m == 0.351


def test_text_that_is_no_utf8_is_still_text() -> None:
    assert read(Tag(0xA434, 2, b"Objektiv \xfcber\0")).lens is not None


@pytest.mark.parametrize(
    ("written", "taken", "resolution", "offset"),
    [
        ("2025-02-09T14:48:55.041", datetime(2025, 2, 9, 14, 48, 55, 41000), 0.001, None),
        ("2025-02-09T14:48:55+01:00", datetime(2025, 2, 9, 14, 48, 55), 1.0, 60),
        ("2025-02-30T14:48:55", None, 1.0, None),
        ("1987", None, 1.0, None),
    ],
)
def test_xmp_tells_the_time_where_no_tag_does(
    written: str, taken: datetime | None, resolution: float, offset: int | None
) -> None:
    packet = f'<x photoshop:DateCreated="{written}"/>'
    found = metadata_from(in_memory(jpeg(Tiff([text(0x010F, "ACME")]).bytes(), xmp=packet)))
    assert (found.taken_at, found.time_resolution_s, found.utc_offset_minutes) == (taken, resolution, offset)
    assert read(xmp=packet).taken_at == datetime(2024, 6, 1, 10)
