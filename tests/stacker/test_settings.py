from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stacker.errors import SettingsError
from stacker.settings import ALIGNS, BORDERS, METHODS, StackSettings

settings_of_all_kinds = some.builds(
    StackSettings,
    method=some.sampled_from(METHODS),
    reference=some.one_of(some.sampled_from(["first", "middle"]), some.integers(0, 500)),
    align=some.sampled_from(ALIGNS),
    border=some.sampled_from(BORDERS),
    memory_mb=some.integers(256, 100_000),
    threads=some.integers(0, 64),
)


@given(settings_of_all_kinds)
def test_json_round_trip(settings: StackSettings) -> None:
    assert StackSettings.from_json(settings.to_json()) == settings


def test_unknown_keys_are_passed_over() -> None:
    assert StackSettings.from_json({"method": "depth", "of_a_later_version": 1}) == StackSettings(method="depth")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"method": "best"}, "choose one of auto"),
        ({"align": "guess"}, "homography"),
        ({"border": None}, "crop, reflect"),
        ({"reference": -1}, "count from 0"),
        ({"reference": True}, "first, middle"),
        ({"memory_mb": 10}, "from 256"),
        ({"threads": 1.5}, "whole number"),
    ],
)
def test_values_that_do_not_exist_are_refused(values: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        StackSettings.from_json(values)


def test_the_reference_by_word_and_number() -> None:
    assert StackSettings(reference="first").index_of_reference(9) == 0
    assert StackSettings(reference="middle").index_of_reference(9) == 4
    assert StackSettings(reference=8).index_of_reference(9) == 8
    with pytest.raises(SettingsError, match="9 frames"):
        StackSettings(reference=9).index_of_reference(9)


def test_methods_are_parsed_by_name() -> None:
    assert [StackSettings.parse_method(name) for name in METHODS] == list(METHODS)
    with pytest.raises(SettingsError, match="'wavelet'"):
        StackSettings.parse_method("wavelet")
