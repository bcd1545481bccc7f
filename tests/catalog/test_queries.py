"""Answers are plain values, in the order of shooting, and cost a handful of statements whatever the number of rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from catalog import importing, queries, stacks
from catalog.database import Catalog
from catalog.models import Job, Sequence, SequenceMember
from catalog.stacks import FileRecord, FrameRecord, StackRecord
from tests.catalog import made


def _sequences(session: Session, frames: list[int], kind: str = "focus") -> list[int]:
    """Make sequences of the given lengths, with a stack each."""
    captures = made.captures(session, sum(frames))
    files = stacks.file_ids(session, captures)
    numbers = []
    for count in frames:
        mine, captures = captures[:count], captures[count:]
        row = Sequence(kind=kind, confidence=0.9, reasons=["why"], warnings=[], idle_s=10.0, complete=True)
        row.members = [SequenceMember(capture_id=capture, position=n) for n, capture in enumerate(mine)]
        session.add(row)
        session.flush()
        stacks.record_stack(
            session,
            StackRecord(
                sequence_id=row.id,
                key=f"key{row.id}",
                master=FileRecord(f"/out/{row.id}.tif", 1, "d"),
                method="pyramid",
                engine_version="1",
                settings={},
                quality={},
                frames=tuple(FrameRecord(capture, files[capture], "d", True, None) for capture in mine),
            ),
        )
        numbers.append(row.id)
    return numbers


@contextmanager
def _counted(catalog: Catalog) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_c: object, _x: object, statement: str, _p: object, _k: object, _m: bool) -> None:
        statements.append(statement)

    event.listen(catalog.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(catalog.engine, "before_cursor_execute", note)


def test_the_number_of_statements_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    counts = []
    for name, lengths in (("few", [3, 3]), ("many", [3] * 60)):
        (tmp_path / name).mkdir()
        with made.opened(tmp_path / name) as catalog:
            with catalog.writer() as session:
                _sequences(session, lengths)
            with _counted(catalog) as statements, catalog.reader() as session:
                assert len(queries.sequence_views(session)) == len(lengths)
                assert len(queries.list_captures(session)) == sum(lengths)
                queries.counts(session)
        counts.append(len(statements))
    assert counts[0] == counts[1] < 25


def test_a_view_holds_what_a_planner_needs(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog:
        with catalog.writer() as session:
            (number,) = _sequences(session, [5])
        with catalog.reader() as session:
            view = queries.sequence_views(session)[0]
    # The session is closed: a view is a value, nothing is loaded behind one's back.
    assert (view.id, view.kind, view.reasons, view.state) == (number, "focus", ("why",), "done")
    assert [Path(frame.source).name for frame in view.frames] == [f"IMG_{n:04}.JPG" for n in range(1, 6)]
    assert view.frames[0].path == "/library/IMG_0001.JPG"
    assert view.frames[0].metadata.taken_at == made.incoming("x.JPG", seconds=1).metadata.taken_at
    assert view.reference is view.frames[2]
    assert view.current is not None
    assert view.current.master.path == f"/out/{number}.tif"


def test_of_a_pair_the_raw_is_the_frame(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        pair = [made.incoming("IMG_1.JPG"), made.incoming("IMG_1.CR3")]
        capture = importing.register(session, pair)[0].capture_id
        row = Sequence(kind="single", confidence=1.0, reasons=[], warnings=[], idle_s=0.0)
        row.members = [SequenceMember(capture_id=capture, position=0)]
        session.add(row)
        session.flush()
        session.expire_all()
        assert queries.sequence_views(session)[0].frames[0].source.endswith("IMG_1.CR3")
        assert len(queries.list_captures(session)[0].paths) == 2


def test_the_reference_is_the_middle_until_somebody_chooses(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        (number,) = _sequences(session, [4])
        view = queries.sequence_views(session)[0]
        assert view.reference_index == 2
        session.get_one(Sequence, number).reference_capture_id = view.frames[0].capture_id
        session.flush()
        assert queries.sequence_views(session)[0].reference_index == 0


def test_sequences_come_by_kind_and_by_number(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        numbers = _sequences(session, [2, 3])
        session.get_one(Sequence, numbers[0]).kind = "burst"
        session.flush()
        assert [view.id for view in queries.sequence_views(session, kinds=("focus",))] == [numbers[1]]
        assert [view.id for view in queries.sequence_views(session, ids=[numbers[0]])] == [numbers[0]]
        assert queries.sequence_views(session, ids=[]) == []


@pytest.mark.parametrize("job_state", ["queued", "running", "failed"])
def test_a_job_shows_in_the_state(tmp_path: Path, job_state: str) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        (number,) = _sequences(session, [3])
        session.add(Job(key="k", kind="stack", order={}, state=job_state, sequence_id=number, error="a frame is cut"))
        session.flush()
        view = queries.sequence_views(session)[0]
        assert (view.state, view.job_error) == (job_state, "a frame is cut")


def test_captures_come_as_they_were_taken_undated_ones_last_in_pages(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        files = [made.incoming("c.JPG", dated=False), made.incoming("b.JPG", seconds=9), made.incoming("a.JPG")]
        importing.register(session, files)
        pages = [queries.list_captures(session, limit=2, offset=offset) for offset in (0, 2)]
        names = [[Path(capture.paths[0]).name for capture in page] for page in pages]
        assert names == [["a.JPG", "b.JPG"], ["c.JPG"]]


def test_a_report_tells_of_every_file_below_the_folder_and_no_other(tmp_path: Path) -> None:
    card, other = Path("/card_1/DCIM"), Path("/card_10/DCIM")
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        importing.register(
            session,
            [
                made.incoming("a.JPG", folder=card, content="same"),
                made.incoming("b.JPG", folder=card, content="same", stored=Path("/library/a.JPG")),
                made.incoming("c.JPG", folder=other),
            ],
        )
        importing.skip(session, "/card_1/junk.txt", 0, 0, "not a picture")
        report = queries.source_report(session, ["/card_1"])
    assert report.captures == 1
    assert report.duplicates == ((str(card / "b.JPG"), str(card / "a.JPG")),)
    assert report.skipped == (("/card_1/junk.txt", "not a picture"),)


def test_everything_is_counted(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        _sequences(session, [2, 3])
        session.add(Job(key="k", kind="stack", order={}, state="failed"))
        session.flush()
        counts = queries.counts(session)
    assert (counts.captures, counts.files, counts.stacks, counts.exports) == (5, 5, 2, 0)
    assert (counts.sequences, counts.jobs) == ({"focus": 2}, {"failed": 1})


def test_open_sequences_can_be_asked_for_alone(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        first, second = _sequences(session, [2, 3])
        session.get_one(Sequence, second).complete = False
        session.flush()
        assert [view.id for view in queries.sequence_views(session, complete=False)] == [second]
        assert [view.id for view in queries.sequence_views(session, complete=True)] == [first]
