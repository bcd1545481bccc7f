"""Virtual copies: looks of their own, never frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from catalog import copies, deliveries, edits, history, importing, marks, nearby, queries, regrouping, snapshots
from catalog.database import Catalog
from catalog.errors import NoSuchRow, NotAllowed
from catalog.models import SequenceMember
from develop.settings import NEUTRAL
from tests.catalog import made

GREY = replace(NEUTRAL, grayscale=True)


def _card(catalog: Catalog, frames: int = 4) -> list[int]:
    with catalog.writer() as session:
        files = [made.incoming(f"IMG_{n:04}.JPG", seconds=n) for n in range(1, frames + 1)]
        return [outcome.capture_id for outcome in importing.register(session, files) if outcome.capture_id]


def _groups(catalog: Catalog) -> set[frozenset[int]]:
    found: dict[int, set[int]] = {}
    with catalog.reader() as session:
        for row in session.query(SequenceMember):
            found.setdefault(row.sequence_id, set()).add(row.capture_id)
    return {frozenset(each) for each in found.values()}


def test_a_copy_has_a_look_of_its_own_and_shows_the_original_s_file(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog:
        first, *_ = _card(catalog)
        with catalog.writer() as session:
            edits.apply(session, {first: replace(NEUTRAL, exposure=0.5)}, "brighter")
            [copy] = copies.add(session, [first], "grey")
            [other] = copies.add(session, [copy], "warm")
            edits.apply(session, {copy: GREY}, "grey")
        with catalog.reader() as session:
            looks = edits.settings_of(session, [first, copy, other])
            assert (looks[first].exposure, looks[copy], looks[other].exposure) == (0.5, GREY, 0.5)
            assert edits.pictures(session, [copy])[copy] == edits.pictures(session, [first])[first]
            assert [view.original_id for view in copies.listed(session, [first])] == [first, first]
            [shown] = queries.list_captures(session, ids=[copy])
            assert shown.paths == ("/library/IMG_0001.JPG",)
            frames = deliveries.single_frames(session, [other, first, copy])
            assert sorted(frame.capture_id for frame in frames) == sorted([first, copy, other])
            assert len({frame.path for frame in frames}) == 1


def test_a_copy_is_never_a_frame(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog:
        captures = _card(catalog)
        with catalog.writer() as session:
            assert nearby.ungrouped(session) == set(captures)
            regrouping.regroup(session)
        before = _groups(catalog)
        with catalog.writer() as session:
            made_copies = copies.add(session, captures, "second")
            assert nearby.ungrouped(session) == set()
            assert {shot.id for shot in nearby.all_shots(session)} == set(captures)
            regrouping.regroup(session)
        assert _groups(catalog) == before
        with catalog.writer() as session:
            files = [made.incoming("IMG_0005.JPG", seconds=5)]
            [outcome] = importing.register(session, files)
            assert outcome.capture_id is not None and outcome.capture_id > max(made_copies)
            assert nearby.ungrouped(session) == {outcome.capture_id}
            regrouping.regroup(session, changed=[outcome.capture_id])
        placed = {capture for group in _groups(catalog) for capture in group}
        assert placed == {*captures, outcome.capture_id}


def test_the_same_card_again_makes_nothing_of_a_copy(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog:
        captures = _card(catalog)
        with catalog.writer() as session:
            copies.add(session, captures, "second")
        assert _card(catalog) == captures


def test_a_removed_copy_s_look_stays_as_a_snapshot(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog:
        first, *_ = _card(catalog)
        with catalog.writer() as session:
            [copy] = copies.add(session, [first], "grey")
            edits.apply(session, {copy: GREY}, "grey")
        with catalog.writer() as session:
            assert [view.capture_id for view in copies.remove(session, [copy])] == [copy]
        with catalog.reader() as session:
            assert copies.listed(session) == []
            [kept] = snapshots.listed(session, [first])
            assert (kept.name, kept.settings) == ("grey", GREY)
        with catalog.writer() as session:
            assert history.undo(session).label == "remove copy grey"
            assert snapshots.listed(session, [first]) == []
            [back] = copies.listed(session)
            assert (back.name, back.settings) == ("grey", GREY)
            assert history.undo(session).captures == 1, "the edit that was made of it before"
            assert copies.listed(session)[0].settings == NEUTRAL
            history.redo(session)
            history.redo(session)
            assert copies.listed(session) == []
            assert snapshots.listed(session, [first])[0].settings == GREY


def test_making_copies_is_taken_back_and_done_again_with_all_that_became_of_them(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog:
        captures = _card(catalog)[:2]
        with catalog.writer() as session:
            made_copies = copies.add(session, captures, "grey")
            edits.apply(session, dict.fromkeys(made_copies, GREY), "grey")
            marks.apply(session, dict.fromkeys(made_copies, marks.Marks(rating=4)), "rate")
        for _ in range(2):
            with catalog.writer() as session:
                assert [history.undo(session).captures for _ in range(3)] == [2, 2, 2]
                assert copies.listed(session) == []
                assert {view.id for view in queries.list_captures(session)} >= set(captures)
            _card(catalog, frames=6)
            with catalog.writer() as session:
                assert [history.redo(session).captures for _ in range(3)] == [2, 2, 2]
                views = copies.listed(session)
                assert [(view.original_id, view.name, view.settings) for view in views] == [
                    (capture, "grey", GREY) for capture in captures
                ]
                shown = queries.list_captures(session, ids=[view.capture_id for view in views])
                assert [view.rating for view in shown] == [4, 4]
        with catalog.reader() as session:
            assert [entry.label for entry in history.history(session)] == ["rate", "grey", "copy grey"]


@pytest.mark.parametrize("name", ["", "a/b", "x" * 61, "what?"])
def test_a_name_must_be_part_of_a_file_s_name(tmp_path: Path, name: str) -> None:
    with made.opened(tmp_path) as catalog:
        first, *_ = _card(catalog)
        with catalog.writer() as session, pytest.raises(NotAllowed):
            copies.add(session, [first], name)


def test_a_name_is_given_once_and_an_original_is_no_copy(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog:
        first, *_ = _card(catalog)
        with catalog.writer() as session:
            copies.add(session, [first], "grey")
            with pytest.raises(NotAllowed, match="grey"):
                copies.add(session, [first], "grey")
            with pytest.raises(NoSuchRow, match="no copy"):
                copies.remove(session, [first])
