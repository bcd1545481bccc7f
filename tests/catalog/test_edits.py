"""Edits are batches: undone and redone whole, in order, across restarts, and never half."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select

from catalog import edits, history
from catalog.database import Catalog
from catalog.errors import NoSuchRow
from catalog.models import Settings
from develop.settings import NEUTRAL, DevelopSettings
from tests.catalog import made

WARM = DevelopSettings(exposure=0.5, temperature=6500.0, white_balance="custom")
COLD = DevelopSettings(temperature=4000.0, white_balance="custom")


def test_settings_come_back_as_they_were_given(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog:
        with catalog.writer() as session:
            one, two, three = made.captures(session, 3)
            edits.apply(session, {one: WARM, two: COLD}, "two looks")
        with catalog.reader() as session:
            assert edits.settings_of(session, [one, two, three]) == {one: WARM, two: COLD, three: NEUTRAL}


def test_equal_settings_are_stored_once(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        ids = made.captures(session, 20)
        edits.apply(session, {capture: replace(WARM) for capture in ids}, "sync")
        assert session.scalar(select(func.count()).select_from(Settings)) == 1


def test_what_changes_nothing_is_no_edit(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        one, two = made.captures(session, 2)
        assert edits.apply(session, {one: NEUTRAL}, "nothing") is None
        edits.apply(session, {one: WARM}, "warm")
        batch = edits.apply(session, {one: WARM, two: WARM}, "sync")
        assert next((view.id, view.captures) for view in history.history(session)) == (batch, 1)


def test_undo_and_redo_survive_a_restart(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        one, two = made.captures(session, 2)
        edits.apply(session, {one: WARM}, "warm")
        edits.apply(session, {one: COLD, two: COLD}, "cold")
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        done = history.undo(session)
        assert (done.label, done.captures, done.undone) == ("cold", 2, True)
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        assert edits.settings_of(session, [one, two]) == {one: WARM, two: NEUTRAL}
        assert history.redo(session).label == "cold"
    with made.opened(tmp_path) as catalog, catalog.reader() as session:
        assert edits.settings_of(session, [one, two]) == {one: COLD, two: COLD}


def test_a_new_edit_ends_what_could_be_redone(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        (one,) = made.captures(session, 1)
        edits.apply(session, {one: WARM}, "warm")
        history.undo(session)
        edits.apply(session, {one: COLD}, "cold")
        with pytest.raises(NoSuchRow, match="nothing to redo"):
            history.redo(session)
        assert [view.label for view in history.history(session)] == ["cold"]


def test_what_was_undone_and_overtaken_still_counts_as_touched(tmp_path: Path) -> None:
    """Else the program would take an undone sync for one that was never made, and make it again."""
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        one, two = made.captures(session, 2)
        edits.apply(session, {one: WARM}, "sync")
        history.undo(session)
        edits.apply(session, {two: COLD}, "cold")
        assert edits.touched(session, [one, two]) == {one, two}


def test_what_the_program_does_by_itself_takes_no_redo_away(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        one, two = made.captures(session, 2)
        edits.apply(session, {one: WARM}, "warm")
        history.undo(session)
        edits.apply(session, {two: COLD}, "sync of a new sequence", keep_redo=True)
        assert history.redo(session).label == "warm"
        assert edits.settings_of(session, [one, two]) == {one: WARM, two: COLD}


def test_with_nothing_done_there_is_nothing_to_undo(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session, pytest.raises(NoSuchRow, match="no edit"):
        history.undo(session)


def test_an_unknown_capture_is_told_and_nothing_is_changed(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog:
        with catalog.writer() as session:
            (one,) = made.captures(session, 1)
        with pytest.raises(NoSuchRow, match="capture 77"), catalog.writer() as session:
            edits.apply(session, {one: WARM, 77: WARM}, "warm")
        with catalog.reader() as session:
            assert edits.settings_of(session, [one]) == {one: NEUTRAL}
            assert history.history(session) == []


def test_history_of_a_capture_leaves_the_others_out(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        one, two = made.captures(session, 2)
        edits.apply(session, {one: WARM}, "first")
        edits.apply(session, {two: WARM}, "second")
        edits.apply(session, {one: COLD, two: COLD}, "both")
        assert [view.label for view in history.history(session, one)] == ["both", "first"]
        assert history.history(session, one)[0].captures == 2
        assert edits.touched(session, [one, two]) == {one, two}


def test_more_captures_than_a_statement_takes(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        made.limit_parameters(session)
        ids = made.captures(session, 1100)
        edits.apply(session, dict.fromkeys(ids, WARM), "sync")
        assert set(edits.settings_of(session, ids).values()) == {WARM}
        assert edits.touched(session, ids) == set(ids)
        assert history.undo(session).captures == len(ids)
        assert set(edits.settings_of(session, ids).values()) == {NEUTRAL}


looks = st.builds(DevelopSettings, exposure=st.sampled_from([0.0, 0.5, 1.0]), contrast=st.sampled_from([0.0, 10.0]))


class History(RuleBasedStateMachine):
    """Any run of edits, undos and redos, against a list of states that remembers everything."""

    catalog: Catalog

    @initialize(folder=st.just(None))
    def begin(self, folder: None) -> None:
        self.folder = FOLDERS.pop()
        self.catalog = Catalog.open(self.folder / "catalog.sqlite")
        with self.catalog.writer() as session:
            self.ids = made.captures(session, 3)
        self.states = [dict.fromkeys(self.ids, NEUTRAL)]
        self.now = 0

    @rule(changes=st.dictionaries(st.integers(0, 2), looks, min_size=1))
    def edit(self, changes: dict[int, DevelopSettings]) -> None:
        wanted = {self.ids[index]: look for index, look in changes.items()}
        with self.catalog.writer() as session:
            batch = edits.apply(session, wanted, "edit")
        after = self.states[self.now] | wanted
        assert (batch is None) == (after == self.states[self.now])
        if batch is not None:
            self.states = [*self.states[: self.now + 1], after]
            self.now += 1

    @precondition(lambda self: self.now > 0)
    @rule()
    def undo(self) -> None:
        with self.catalog.writer() as session:
            history.undo(session)
        self.now -= 1

    @precondition(lambda self: self.now < len(self.states) - 1)
    @rule()
    def redo(self) -> None:
        with self.catalog.writer() as session:
            history.redo(session)
        self.now += 1

    @rule()
    def restart(self) -> None:
        self.catalog.close()
        self.catalog = Catalog.open(self.folder / "catalog.sqlite")

    @invariant()
    def the_settings_are_those_of_the_state(self) -> None:
        with self.catalog.reader() as session:
            assert edits.settings_of(session, self.ids) == self.states[self.now]

    def teardown(self) -> None:
        self.catalog.close()


FOLDERS: list[Path] = []


def test_any_run_of_edits_undos_and_redos(tmp_path_factory: pytest.TempPathFactory) -> None:
    runs = 8
    FOLDERS.extend(tmp_path_factory.mktemp("history") for _ in range(runs * 20))
    machine = History.TestCase
    machine.settings = examples(max_examples=runs, stateful_step_count=15, deadline=None)
    machine().runTest()
