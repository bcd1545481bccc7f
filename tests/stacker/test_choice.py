"""What a person chose of one sequence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacker.choice import NOTHING_SAID, StackChoice
from stacker.errors import SettingsError
from stacker.settings import METHODS, StackSettings

choices = st.builds(
    StackChoice,
    method=st.none() | st.sampled_from(METHODS),
    dust=st.none() | st.booleans(),
    slab=st.none() | st.sampled_from((0, 2, 9)),
    overlap=st.none() | st.sampled_from((0, 1)),
)


@given(choices)
def test_a_choice_survives_storage_and_saying_it_twice_changes_nothing(choice: StackChoice) -> None:
    assert StackChoice.from_json({**choice.said, "later": 1}) == choice
    assert choice.over(choice) == choice == choice.over(NOTHING_SAID) == NOTHING_SAID.over(choice)


@given(choices, choices)
def test_what_is_said_later_holds_and_the_rest_stays(before: StackChoice, later: StackChoice) -> None:
    both = later.over(before)
    assert both.said == {**before.said, **later.said}
    settings = StackSettings().to_json()
    assert both.on(settings) == later.on(before.on(settings))
    assert StackChoice.of_stack(both.on(settings)).on(settings) == both.on(settings)


@pytest.mark.parametrize(
    ("before", "later", "why"),
    [
        ({"front": "first"}, {"method": "pyramid"}, "front priority"),
        ({"slab": 4}, {"overlap": 4}, "fewer to share"),
        ({}, {"slab": 1}, "2 frames or more"),
        ({}, {"method": "best"}, "choose one of"),
    ],
)
def test_what_does_not_go_together_is_refused(before: dict[str, str], later: dict[str, str], why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        StackChoice.from_json(later).over(StackChoice.from_json(before))
