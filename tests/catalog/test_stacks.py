"""Results are recorded once, however often they are told, and never forgotten for a newer one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog import importing, queries, stacks
from catalog.models import Export, File, Sequence, SequenceMember, Stack, StackFrame
from catalog.stacks import FileRecord, FrameRecord, StackRecord
from tests.catalog import made

RECIPE: dict[str, Any] = {"name": "jpeg", "quality": 92}


def _sequence(session: Session, count: int = 3) -> tuple[int, list[int]]:
    captures = made.captures(session, count)
    row = Sequence(kind="focus", confidence=0.9, reasons=["focus runs"], warnings=[], idle_s=10.0, complete=True)
    row.members = [SequenceMember(capture_id=capture, position=n) for n, capture in enumerate(captures)]
    session.add(row)
    session.flush()
    return row.id, captures


def _record(session: Session, sequence: int, captures: list[int], key: str = "key1") -> StackRecord:
    files = stacks.file_ids(session, captures)
    return StackRecord(
        sequence_id=sequence,
        key=key,
        master=FileRecord(f"/out/{key}_master.tif", 100, f"digest of {key}"),
        method="pyramid",
        engine_version="1",
        settings={"levels": 7},
        quality={"gaps": []},
        frames=tuple(
            FrameRecord(capture, files[capture], f"digest {capture}", capture != captures[-1], [[1.0, 0.0, 0.0]] * 3)
            for capture in captures
        ),
    )


def _rows(session: Session) -> list[int]:
    return [session.scalar(select(func.count()).select_from(t)) or 0 for t in (Stack, StackFrame, Export)]


def test_recorded_twice_is_recorded_once(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog:
        with catalog.writer() as session:
            record = _record(session, *_sequence(session))
        ids = []
        for _ in range(2):
            with catalog.writer() as session:
                ids.append(stacks.record_stack(session, record))
                jpeg = FileRecord("/out/key1.jpg", 50, "jpeg digest")
                stacks.record_export(session, ids[-1], key="jpeg1", recipe=RECIPE, file=jpeg)
                assert _rows(session) == [1, 3, 1]
        assert ids[0] == ids[1]


def test_a_stack_knows_its_frames_and_how_they_lay(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        sequence, captures = _sequence(session)
        stack = session.get_one(Stack, stacks.record_stack(session, _record(session, sequence, captures)))
        assert [frame.capture_id for frame in stack.frames] == captures
        assert [frame.used for frame in stack.frames] == [True, True, False]
        assert stack.frames[0].transform == [[1.0, 0.0, 0.0]] * 3


def test_a_newer_stack_is_in_force_and_the_older_one_a_version(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        sequence, captures = _sequence(session)
        for key in ("key1", "key2"):
            stacks.record_stack(session, _record(session, sequence, captures, key))
        view = queries.sequence_views(session, ids=[sequence])[0]
        assert [(stack.key, stack.current) for stack in view.stacks] == [("key2", True), ("key1", False)]
        stacks.record_stack(session, _record(session, sequence, captures, "key1"))  # settings went back
        view = queries.sequence_views(session, ids=[sequence])[0]
        assert view.current is not None
        assert view.current.key == "key1"
        assert _rows(session)[0] == 2


def test_a_result_of_a_sequence_that_is_no_more_is_still_recorded(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        sequence, captures = _sequence(session)
        record = _record(session, sequence, captures)
        session.delete(session.get_one(Sequence, sequence))
        session.flush()
        stack = session.get_one(Stack, stacks.record_stack(session, record))
        assert (stack.sequence_id, stack.current) == (None, False)
        assert stacks.is_result(session, record.master.path, "")
        assert stacks.results_among(session, {record.master.path, "/card/a.jpg"}) == {record.master.path}
        assert stacks.digests_at(session, [record.master.path]) == {record.master.path: record.master.digest}
        sizes = {record.master.size, record.master.size + 1}
        assert stacks.sizes_of_results(session, sizes) == {record.master.size}


def test_a_result_outlives_its_sequence_and_its_captures(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        sequence, captures = _sequence(session)
        stacks.record_stack(session, _record(session, sequence, captures))
        session.delete(session.get_one(Sequence, sequence))
        session.flush()
        session.expire_all()
        assert _rows(session) == [1, 3, 0]
        assert session.scalars(select(Stack.sequence_id)).all() == [None]
        assert session.scalars(select(StackFrame.digest)).first() == f"digest {captures[0]}"


@pytest.mark.parametrize(
    ("path", "digest", "ours"),
    [
        ("/out/key1_master.tif", "changed", True),
        ("/elsewhere/renamed.tif", "digest of key1", True),
        ("/out/key1.jpg", "x", True),
        ("/elsewhere/x.jpg", "jpeg digest", True),
        ("/out/picture.jpg", "a photograph", False),
    ],
)
def test_our_own_results_are_known_by_place_or_content(tmp_path: Path, path: str, digest: str, ours: bool) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        stack = stacks.record_stack(session, _record(session, *_sequence(session)))
        jpeg = FileRecord("/out/key1.jpg", 50, "jpeg digest")
        stacks.record_export(session, stack, key="jpeg1", recipe=RECIPE, file=jpeg)
        assert stacks.is_result(session, path, digest) is ours


def test_a_place_belongs_to_the_sequence_that_wrote_there(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        sequence, captures = _sequence(session)
        record = _record(session, sequence, captures)
        stack = stacks.record_stack(session, record)
        stacks.record_export(session, stack, key="j", recipe=RECIPE, file=replace(record.master, path="/out/a.jpg"))
        for path in (record.master.path, "/out/a.jpg"):
            assert not stacks.belongs_to_other(session, path, sequence)
            assert stacks.belongs_to_other(session, path, sequence + 1)
        assert not stacks.belongs_to_other(session, "/out/free.jpg", sequence)


def test_of_raw_and_jpeg_the_raw_is_developed(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        pair = [made.incoming("IMG_1.CR3"), made.incoming("IMG_1.JPG")]
        capture = importing.register(session, pair)[1].capture_id
        chosen = stacks.file_ids(session, [capture])[capture]
        assert session.get_one(File, chosen).role == "raw"
