"""The `sequences` commands correct what was grouped, and show a regrouping before it is stored."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import select
from typer.testing import CliRunner

from catalog import corrections, history, sequences
from catalog.database import Catalog
from catalog.errors import NoSuchRow
from catalog.models import Sequence, SequenceMember
from stackroom.commands.sequences import app
from stackroom.library import Library
from tests.catalog import made


def _library(tmp_path: Path, count: int) -> Library:
    library = Library(tmp_path / "library")
    with library.catalog() as catalog, catalog.writer() as session:
        made.captures(session, count)
        sequences.regroup(session)
    return library


def _stored(library: Library) -> list[list[int]]:
    with library.catalog() as catalog:
        return _members(catalog)


def _members(catalog: Catalog) -> list[list[int]]:
    with catalog.reader() as session:
        rows = session.scalars(select(Sequence).order_by(Sequence.id))
        return sorted([member.capture_id for member in row.members] for row in rows)


def _run(library: Library, *words: str) -> str:
    done = CliRunner().invoke(app, list(words), obj=library)
    assert done.exit_code == 0, done.output
    return done.output


def test_frames_are_moved_and_taken_out(tmp_path: Path) -> None:
    library = _library(tmp_path, 4)
    assert _stored(library) == [[1, 2, 3, 4]]
    _run(library, "split", "1", "--before", "3")
    assert _stored(library) == [[1, 2], [3, 4]]
    with library.catalog() as catalog, catalog.reader() as session:
        second = session.scalar(select(SequenceMember.sequence_id).where(SequenceMember.capture_id == 3))
    _run(library, "move", "2", "--to", str(second))
    assert _stored(library) == [[1], [2, 3, 4]]
    _run(library, "exclude", "3")
    assert _stored(library) == [[1], [2, 4], [3]]
    _run(library, "regroup")
    assert _stored(library) == [[1], [2, 4], [3]]


def test_what_is_not_there_cannot_be_taken_out(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["exclude", "99"], obj=_library(tmp_path, 1))
    assert isinstance(done.exception, NoSuchRow)


def test_a_dry_run_stores_nothing(tmp_path: Path) -> None:
    """A word that has not been acted on yet: the dry run tells what it would change."""
    library = _library(tmp_path, 2)
    with library.catalog() as catalog, catalog.writer() as session:
        corrections.join(session, [1, 2])
    assert "IMG_0002 from sequence 2 to sequence 1" in _run(library, "regroup", "--dry-run")
    assert _stored(library) == [[1], [2]]
    _run(library, "regroup")
    assert _stored(library) == [[1, 2]]


def test_corrections_outlive_a_regrouping_a_restart_and_the_same_card_again(tmp_path: Path) -> None:
    library = _library(tmp_path, 8)
    _run(library, "split", "1", "--before", "6")
    _run(library, "kind", "1", "focus")
    _run(library, "lock", "1")
    _run(library, "exclude", "7")
    shown = json.loads(_run(library, "show", "1", "--json"))
    assert (shown["kind"], shown["confidence"], shown["captures"]) == ("focus", 1.0, [1, 2, 3, 4, 5])
    assert "a person said that this is 'focus'" in shown["reasons"]
    corrected = _stored(library)
    assert corrected == [[1, 2, 3, 4, 5], [6, 8], [7]]
    again = Library(tmp_path / "library")
    with again.catalog() as catalog, catalog.writer() as session:
        assert made.captures(session, 9)[:8] == list(range(1, 9))
        sequences.regroup(session, changed=range(1, 10))
    assert "every frame stays where it is" in _run(again, "regroup", "--dry-run")
    _run(again, "regroup")
    assert _stored(again) == [[1, 2, 3, 4, 5], [6, 8, 9], [7]]
    with again.catalog() as catalog, catalog.writer() as session:
        for _ in range(4):
            history.undo(session)
    assert _stored(again) == [[1, 2, 3, 4, 5, 6, 7, 8, 9]]
    with again.catalog() as catalog, catalog.writer() as session:
        for _ in range(4):
            history.redo(session)
    assert _stored(Library(tmp_path / "library")) == [[1, 2, 3, 4, 5], [6, 8, 9], [7]]
