"""The words, warnings and numbers that come with a group; corrections; when it is complete."""

from __future__ import annotations

from datetime import timedelta

from catalog.grouping.closing import is_closed
from catalog.grouping.constraints import Constraints
from catalog.grouping.group import group
from catalog.grouping.neighbourhood import neighbourhood
from tests.catalog.grouping.made import NEAR_TO_FAR, START, card, change, found, frames, marked

STACK = card(frames(0, 1, NEAR_TO_FAR))
TWO = card(frames(0, 0.2, NEAR_TO_FAR), frames(4.4, 0.2, NEAR_TO_FAR, 8))
FIRST, SECOND = tuple(range(1, 8)), tuple(range(8, 15))


def test_reasons_are_in_words_with_numbers() -> None:
    first, second = group(TWO)
    assert "focus runs 0.300 m → 0.339 m in 6 steps, one way" in first.reasons
    assert "7 frames, 0.20 s apart" in first.reasons
    assert second.reasons[-1] == "starts anew: pause of 3.2 s at a cadence of 0.20 s"
    assert first.confidence > 0.9


def test_a_missing_frame_is_told() -> None:
    (one,) = group(card(frames(0, 1, NEAR_TO_FAR[:3]), frames(4, 1, NEAR_TO_FAR[4:], 5)))
    assert one.warnings == ("file number 4 is missing between IMG_0003 and IMG_0005",)


def test_a_marked_bracket_that_stands_still_is_told() -> None:
    (one,) = group(card(marked(frames(0, 0.2, (0.5,) * 5), count=9)))
    assert "manual focus" in one.warnings[0]
    assert one.warnings[1] == "5 of the 9 frames that the camera counted are here"
    assert one.wants_pictures
    assert one.confidence < 0.7


def test_a_sequence_that_goes_on_after_a_pause_is_suggested_not_merged() -> None:
    shots = card(frames(0, 0.5, NEAR_TO_FAR[:4]), frames(12, 0.5, (0.325, 0.332, 0.339, 0.346), 5))
    first, second = group(shots)
    assert not first.suggestions
    assert second.suggestions == ("focus goes on from IMG_0004: merge with the sequence before?",)


def test_pictures_are_wanted_only_where_they_could_settle_it() -> None:
    assert group(card(frames(0, 1, (None,) * 6)))[0].wants_pictures
    assert not group(card(marked(frames(0, 1, NEAR_TO_FAR))))[0].wants_pictures


def test_split_merge_lock_exclude_and_kind() -> None:
    assert found(STACK, Constraints(cannot_link=((3, 4),))) == [("focus", (1, 2, 3)), ("focus", (4, 5, 6, 7))]
    assert found(TWO, Constraints(must_link=(frozenset(FIRST + SECOND),)))[0][1] == FIRST + SECOND
    locked = dict.fromkeys(members for _, members in found(TWO, Constraints(locked=(frozenset({1, 9}),))))
    assert list(locked) == [(1, 9), FIRST[1:], (8, *SECOND[2:])]
    assert found(STACK, Constraints(excluded=frozenset({7})))[0][1] == FIRST[:-1]
    said = group(STACK, constraints=Constraints(kinds=((frozenset(FIRST), "burst"),)))[0]
    assert (said.kind, said.confidence) == ("burst", 1.0)


def test_a_split_after_a_merge_holds() -> None:
    both = Constraints(must_link=(frozenset(FIRST + SECOND),), cannot_link=((10, 11),))
    assert [members for _, members in found(TWO, both)] == [FIRST + SECOND[:3], SECOND[3:]]


def test_a_late_frame_joins_what_a_person_merged() -> None:
    late = card(frames(0, 0.2, NEAR_TO_FAR), frames(4.4, 0.2, (*NEAR_TO_FAR, 0.346), 8))
    merged = Constraints(must_link=(frozenset(FIRST + SECOND),))
    assert found(late, merged)[0][1] == (*FIRST, *SECOND, 15)


def test_complete_by_count_by_what_came_after_or_by_idling() -> None:
    counted = card(marked(frames(0, 1, NEAR_TO_FAR), count=7))
    assert is_closed(group(counted)[0], {shot.id: shot for shot in counted})
    shots = {shot.id: shot for shot in TWO}
    first, second = group(TWO)
    assert is_closed(first, shots, TWO[7:])
    assert not is_closed(second, shots, TWO[:7])
    last = START + timedelta(seconds=4.4 + 6 * 0.2)
    assert not is_closed(second, shots, now=last + timedelta(seconds=9.9))
    assert is_closed(second, shots, now=last + timedelta(seconds=10))


def test_another_body_completes_nothing() -> None:
    shots = card(frames(0, 1, NEAR_TO_FAR), frames(20, 1, NEAR_TO_FAR, body_serial="2"))
    first = group(shots)[0]
    assert not is_closed(first, {shot.id: shot for shot in shots}, shots[7:])


def test_idle_time_follows_cadence_and_exposure() -> None:
    assert group(STACK)[0].closed_after_s == 10
    assert group(card(frames(0, 8, NEAR_TO_FAR)))[0].closed_after_s == 48
    assert group(card(frames(0, 31, NEAR_TO_FAR, exposure_s=30.0)))[0].closed_after_s == 45


def test_a_counted_bracket_is_incomplete_while_a_number_is_missing() -> None:
    shots = change(card(marked(frames(0, 1, NEAR_TO_FAR))), bracket_count=[9] * 7)
    one = group(shots)[0]
    assert one.expected_count == 9
    assert not is_closed(one, {shot.id: shot for shot in shots})


def test_the_neighbourhood_ends_at_a_long_pause() -> None:
    shots = card(*(frames(600 * i, 1, NEAR_TO_FAR, 1 + 7 * i) for i in range(3)))
    assert neighbourhood(shots, {9}) == frozenset(SECOND)
