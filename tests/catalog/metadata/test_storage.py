from __future__ import annotations

import json
import math
from dataclasses import fields
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.metadata.errors import MetadataError
from catalog.metadata.present import to_public_json
from catalog.metadata.record import Metadata
from catalog.metadata.storage import from_json, to_json

WORDS = st.none() | st.text(max_size=12)
NUMBERS = st.none() | st.integers(-(2**40), 2**40)
METRES = st.none() | st.just(math.inf) | st.floats(0, 1e6)
RECORDS = st.builds(
    Metadata,
    make=WORDS,
    lens=WORDS,
    taken_at=st.none() | st.datetimes(),
    time_resolution_s=st.sampled_from([1.0, 0.1, 0.01, 0.001]),
    utc_offset_minutes=st.none() | st.integers(-840, 840),
    exposure_s=st.none() | st.floats(0, 1e4),
    iso=NUMBERS,
    focus_near_m=METRES,
    focus_far_m=METRES,
    focus_position=NUMBERS,
    bracket_kind=st.none() | st.sampled_from(["focus", "exposure", "other"]),
    composite=st.booleans(),
    raw=st.dictionaries(st.text(max_size=9), st.integers() | st.text(max_size=9) | st.lists(st.integers(), max_size=4)),
    readers=st.lists(st.text(max_size=9), max_size=3).map(tuple),
)
PUBLIC = (
    "path make model body_serial lens taken_at exposure_s f_number iso focal_mm focus_near_m focus_far_m "
    "focus_position focus_scheme bracket_kind bracket_index bracket_count camera_counter composite readers"
).split()


@given(RECORDS)
def test_a_record_comes_back_as_it_was(record: Metadata) -> None:
    assert from_json(json.loads(json.dumps(to_json(record), allow_nan=False))) == record


@given(RECORDS)
def test_the_public_form_has_the_promised_keys_and_is_strict_json(record: Metadata) -> None:
    shown = to_public_json(Path("a.jpg"), record)
    assert list(shown) == PUBLIC
    json.dumps(shown, allow_nan=False)


def test_names_of_the_future_are_ignored() -> None:
    assert from_json({"make": "ACME", "sharpness": 7, "lens": None}) == Metadata(make="ACME")


def test_every_field_survives_when_it_is_set() -> None:
    assert {f.name for f in fields(Metadata)} >= set(to_json(Metadata(make="ACME", focus_far_m=math.inf)))
    assert to_json(Metadata(focus_far_m=math.inf))["focus_far_m"] == "inf"


@pytest.mark.parametrize(
    ("resolution", "shown"),
    [
        (1.0, "2024-06-01T10:00:00"),
        (0.1, "2024-06-01T10:00:00.0"),
        (0.01, "2024-06-01T10:00:00.05"),
        (0.001, "2024-06-01T10:00:00.050"),
    ],
)
def test_a_time_is_shown_as_finely_as_it_is_known(resolution: float, shown: str) -> None:
    record = Metadata(taken_at=datetime(2024, 6, 1, 10, 0, 0, 50_000), time_resolution_s=resolution)
    assert to_public_json(Path("a.jpg"), record)["taken_at"] == shown


def test_infinity_is_a_word_and_the_unknown_is_null() -> None:
    shown = to_public_json(Path("a.jpg"), Metadata(focus_near_m=1.5, focus_far_m=math.inf))
    assert (shown["focus_near_m"], shown["focus_far_m"], shown["lens"]) == (1.5, "inf", None)


def test_an_error_has_the_same_keys_and_a_reason() -> None:
    shown = to_public_json(Path("a.jpg"), MetadataError(Path("a.jpg"), "the file is empty"))
    assert shown["error"] == "the file is empty"
    assert [key for key in shown if key != "error"] == PUBLIC
