"""A regrouping is told in words before it is stored: which frames go where."""

from __future__ import annotations

from catalog.differences import Known, Moved, moves, words

NAMES = {i: f"IMG_{i:04}" for i in range(1, 30)}


def test_what_stays_is_not_spoken_of() -> None:
    same = {1: Known("focus", (1, 2, 3))}
    assert moves(same, same) == []
    assert words(same, same, NAMES) == []


def test_frames_that_part_are_named_with_where_they_go() -> None:
    before = {1: Known("focus", (1, 2, 3, 4)), 2: Known("focus", (5, 6))}
    after = {1: Known("focus", (1, 2)), 2: Known("burst", (4, 5, 6)), 3: Known("single", (3,))}
    assert moves(before, after) == [Moved((4,), 1, 2), Moved((3,), 1, 3)]
    assert words(before, after, NAMES) == [
        "IMG_0004 from sequence 1 to sequence 2 (burst)",
        "IMG_0003 from sequence 1 to new sequence 3 (single)",
        "sequence 2: focus becomes burst",
    ]


def test_many_frames_are_named_by_their_ends_and_a_sequence_that_ends_is_told() -> None:
    before = {1: Known("focus", tuple(range(1, 10))), 2: Known("focus", tuple(range(10, 20)))}
    after = {2: Known("focus", tuple(range(1, 20)))}
    assert words(before, after, NAMES) == [
        "9 frames, IMG_0001 … IMG_0009, from sequence 1 to sequence 2 (focus)",
        "sequence 1 (focus, 9 frames) ends",
    ]


def test_captures_that_were_in_none() -> None:
    assert words({}, {1: Known("single", (1,))}, NAMES) == ["IMG_0001 ungrouped until now to new sequence 1 (single)"]
