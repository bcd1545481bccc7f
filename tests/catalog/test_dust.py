"""The dust map of a camera: gathered from its stacks, corrected by a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from catalog import dust, stacks
from catalog.errors import NoSuchRow
from catalog.models import Capture, Sequence, SequenceMember, Stack
from catalog.stacks import FileRecord, FrameRecord, StackRecord
from tests.catalog import made


def _speck(x: float, y: float, depth: float = 0.2) -> dict[str, Any]:
    return {"x": x, "y": y, "radius": 10.0, "depth": depth, "confidence": 0.9, "profile": [-0.2] * 9}


def _stacked(session: Session, captures: list[int], key: str, specks: list[dict[str, Any]]) -> None:
    row = Sequence(kind="focus", confidence=0.9, reasons=[], warnings=[], idle_s=10.0, complete=True)
    row.members = [SequenceMember(capture_id=capture, position=n) for n, capture in enumerate(captures)]
    session.add(row)
    session.flush()
    files = stacks.file_ids(session, captures)
    record = StackRecord(
        sequence_id=row.id,
        key=key,
        master=FileRecord(f"/out/{key}.tif", 100, key),
        method="auto",
        engine_version="1",
        settings={},
        quality={"dust": specks},
        frames=tuple(FrameRecord(c, files[c], str(c), True, None) for c in captures),
    )
    stacks.record_stack(session, record)


@pytest.fixture
def session(tmp_path: Path) -> Any:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        captures = made.captures(session, 6)
        _stacked(session, captures[:3], "one", [_speck(100, 50), _speck(400, 300)])
        _stacked(session, captures[3:], "two", [_speck(103, 51, 0.3)])
        yield session


def _body(session: Session) -> str:
    return next(iter(dust.bodies(session)))


def test_what_several_stacks_saw_is_one_speck(session: Session) -> None:
    specks = dust.dust_map(session, _body(session))
    assert [(s.x, s.y, s.depth, s.stacks) for s in specks] == [(101.5, 50.5, 0.3, 2), (400, 300, 0.2, 1)]
    assert specks[0].first == specks[0].last == made.NOON.date().isoformat()


def test_a_stack_is_told_what_others_of_the_sensor_near_in_time_have_shown(session: Session) -> None:
    first, second = session.query(Sequence).order_by(Sequence.id)
    taken = session.query(Capture).order_by(Capture.id).all()
    assert [s["x"] for s in dust.met(session, taken[3].id, second.id)] == [100, 400]
    assert [s["x"] for s in dust.met(session, taken[0].id, first.id)] == [103]
    hearsay = [{**_speck(9, 9), "is_known": True}, {**_speck(30, 9), "is_point": True}]
    session.query(Stack).filter_by(key="two").one().quality = {"dust": hearsay}
    assert dust.met(session, taken[0].id, first.id) == [], "neither hearsay nor a failed pixel is a proof"
    taken[3].taken_at = made.NOON.replace(year=2001)
    assert dust.met(session, taken[3].id, second.id) == [], "the sensor may have been cleaned since"


def test_another_day_has_another_map(session: Session) -> None:
    assert dust.dust_map(session, _body(session), "1999-01-01") == []
    assert len(dust.dust_map(session, _body(session), made.NOON.date().isoformat())) == 2


def test_what_a_person_says_counts_and_the_last_word_holds(session: Session) -> None:
    body = _body(session)
    dust.mark(session, body, (399, 301), 12, dust.NONE)
    dust.mark(session, body, (700, 20), 8, dust.DUST)
    specks = dust.dust_map(session, body)
    assert [(s.x, s.mark is None) for s in specks] == [(700, False), (101.5, True)]
    dust.mark(session, body, (700, 20), 8, dust.NONE)
    assert [s.x for s in dust.dust_map(session, body)] == [101.5]
    assert len(dust.marks_of(session, body)) == 2


def test_marks_of_a_day_hold_on_that_day_alone(session: Session) -> None:
    body = _body(session)
    dust.mark(session, body, (700, 20), 8, dust.DUST, made.NOON.date().isoformat())
    taken = session.query(Capture).order_by(Capture.id).all()
    taken[1].taken_at = made.NOON.replace(year=2001)
    session.flush()
    assert dust.said(session, [taken[0].id, taken[1].id]) == {taken[0].id: [["dust", 700, 20, 8]]}


def test_a_body_is_found_by_a_part_of_its_name(session: Session) -> None:
    body = _body(session)
    assert dust.body_named(session, body[-3:].lower()) == body
    with pytest.raises(NoSuchRow, match="no camera"):
        dust.body_named(session, "Leica")


def test_the_overview_counts(session: Session) -> None:
    view = dust.overview(session)[0]
    assert (view.captures, view.stacks, view.specks) == (6, 2, 2)
    assert session.query(Capture).count() == 6
