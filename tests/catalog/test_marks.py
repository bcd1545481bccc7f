"""Marks are given, taken away, undone and redone in one history with the edits, and found again by a search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from catalog import collected, edits, history, keywords, marks, searching
from catalog.errors import NoSuchRow, NotAllowed
from catalog.marks import Marks
from develop.settings import NEUTRAL
from tests.catalog import made


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with made.opened(tmp_path) as catalog, catalog.writer() as open_session:
        made.captures(open_session, 6)
        yield open_session


def _found(session: Session, query: str) -> list[int]:
    return sorted(session.scalars(searching.captures_matching(session, query)))


def test_marks_are_one_batch_and_are_taken_back_as_one(session: Session) -> None:
    wanted = Marks(rating=4, flag=1, label="red", keywords=("macro", "insect|fly"), collections=("Best",))
    batch = marks.apply(session, {1: wanted, 2: wanted}, "much at once")
    assert batch is not None
    assert marks.of(session, [1])[1] == replace(wanted, keywords=("insect|fly", "macro"))
    assert _found(session, "rating:4 picked label:red keyword:fly collection:best") == [1, 2]
    assert history.history(session)[0].captures == 2
    undone = history.undo(session)
    assert (undone.label, undone.captures) == ("much at once", 2)
    assert marks.of(session, [1, 2]) == {1: Marks(), 2: Marks()}
    history.redo(session)
    assert marks.of(session, [2])[2].keywords == ("insect|fly", "macro")


def test_marks_and_settings_share_one_history(session: Session) -> None:
    edits.apply(session, {1: replace(NEUTRAL, exposure=1.0)}, "brighter")
    marks.change(session, [1], lambda had: replace(had, rating=5), "rate 5")
    assert [view.label for view in history.history(session, 1)] == ["rate 5", "brighter"]
    assert history.history(session, 2) == []
    assert history.undo(session).label == "rate 5"
    assert edits.settings_of(session, [1])[1].exposure == 1.0
    assert history.undo(session).label == "brighter"
    marks.change(session, [1], lambda had: replace(had, flag=1), "flag pick")
    with pytest.raises(NoSuchRow, match="nothing to redo"):
        history.redo(session)


def test_the_history_of_a_capture_tells_value_by_value(session: Session) -> None:
    first = edits.apply(session, {1: replace(NEUTRAL, exposure=1.0), 2: NEUTRAL}, "brighter")
    second = edits.apply(session, {1: replace(NEUTRAL, exposure=0.5, lens_profile=True)}, "again")
    third = marks.change(session, [1, 2], lambda had: replace(had, rating=4).tagged(["fly"]), "mark")
    assert first is not None and second is not None and third is not None
    assert history.changes(session, 1, [first, second, third]) == {
        first: ["exposure 0 -> 1"],
        second: ["exposure 1 -> 0.5", "lens_profile False -> True"],
        third: ["rating 0 -> 4", "keywords none -> fly"],
    }
    assert history.changes(session, 2, [first, third]) == {first: [], third: ["rating 0 -> 4", "keywords none -> fly"]}


def test_what_is_so_already_is_no_batch(session: Session) -> None:
    assert marks.change(session, [1], lambda had: replace(had, rating=0), "rate 0") is None
    assert marks.change(session, [1], lambda had: had.untagged(["none such"]), "without") is None
    assert history.history(session) == []


def test_keywords_are_one_however_written(session: Session) -> None:
    marks.change(session, [1], lambda had: had.tagged(["Animal > Insect|Beetle", "macro"]), "tag")
    marks.change(session, [2], lambda had: had.tagged(["animal|insect|beetle", "MACRO"]), "tag")
    assert keywords.counted(session) == [("Animal|Insect|Beetle", 2), ("macro", 2)]
    marks.change(session, [1], lambda had: had.untagged(["animal"]), "without")
    assert marks.of(session, [1])[1].keywords == ("macro",)
    assert marks.of(session, [2])[2].keywords == ("Animal|Insect|Beetle", "macro")


@pytest.mark.parametrize("word", ["", "a||b", "|a", "a, b", 'a"b', "x" * 501])
def test_a_keyword_that_cannot_be_is_refused(word: str) -> None:
    with pytest.raises(NotAllowed, match=r"^keyword"):
        keywords.checked(word)


def test_a_collection_comes_goes_and_comes_back(session: Session) -> None:
    marks.make_collection(session, "Print")
    marks.change(session, [2, 3], lambda had: replace(had, collections=("Print",)), "into")
    with pytest.raises(NotAllowed, match="there is one"):
        marks.make_collection(session, "print")
    marks.delete_collection(session, "PRINT")
    assert collected.listed(session) == []
    history.undo(session)
    assert [(view.name, view.captures) for view in collected.listed(session)] == [("Print", 2)]
    assert collected.members(session, "print") == [2, 3]
    history.redo(session)
    with pytest.raises(NoSuchRow, match="none of that name"):
        collected.find(session, "Print")


def test_a_saved_search_holds_what_matches_now(session: Session) -> None:
    marks.make_collection(session, "Five stars", "rating:5")
    assert _found(session, 'collection:"five stars"') == []
    marks.change(session, [4], lambda had: replace(had, rating=5), "rate")
    assert _found(session, 'collection:"five stars"') == [4]
    marks.delete_collection(session, "five stars")
    history.undo(session)
    assert collected.find(session, "Five stars").query == "rating:5"


def test_an_unknown_capture_changes_nothing(session: Session) -> None:
    with pytest.raises(NoSuchRow, match="capture 99"):
        marks.change(session, [1, 99], lambda had: replace(had, rating=5), "rate")
    assert marks.of(session, [1])[1].rating == 0


@pytest.mark.parametrize("wrong", [{"rating": 6}, {"rating": -1}, {"flag": 2}])
def test_marks_that_cannot_be_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(NotAllowed):
        Marks(**wrong)  # type: ignore[arg-type]


def test_ten_thousand_at_once_need_no_more_values_than_sqlite_takes(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        numbers = made.captures(session, 1200)
        made.limit_parameters(session)
        marks.change(session, numbers, lambda had: had.tagged(["macro"]), "tag")
        assert len(_found(session, "keyword:macro")) == len(numbers)
        history.undo(session)
        assert _found(session, "keyword:macro") == []


_marks = st.builds(
    Marks,
    rating=st.integers(0, 5),
    flag=st.integers(-1, 1),
    label=st.sampled_from([None, *marks.LABELS]),
    keywords=st.sets(st.sampled_from(["a", "a|b", "c"])).map(lambda words: tuple(sorted(words))),
    collections=st.sets(st.sampled_from(["x", "y"])).map(lambda names: tuple(sorted(names))),
)


@examples(max_examples=25, deadline=None)
@given(st.lists(st.dictionaries(st.integers(1, 3), _marks, min_size=1), min_size=1, max_size=5))
def test_undoing_all_and_redoing_all_is_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[dict[int, Marks]]
) -> None:
    with made.opened(tmp_path_factory.mktemp("catalog")) as catalog, catalog.writer() as session:
        made.captures(session, 3)
        seen = [marks.of(session, [1, 2, 3])]
        for number, step in enumerate(steps):
            if marks.apply(session, step, f"step {number}") is not None:
                seen.append(marks.of(session, [1, 2, 3]))
        for before in reversed(seen[:-1]):
            history.undo(session)
            assert marks.of(session, [1, 2, 3]) == before
        for after in seen[1:]:
            history.redo(session)
            assert marks.of(session, [1, 2, 3]) == after
