"""Searches find what they say, on captures and on sequences; a word that means nothing is refused by its column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from catalog import dust, edits, history, importing, searching, stacks
from catalog.errors import BadQuery
from catalog.models import (
    Capture,
    CaptureKeyword,
    Collection,
    CollectionMember,
    Keyword,
    Sequence,
    SequenceMember,
    Stack,
)
from catalog.query_terms import FACTS, FIELDS
from catalog.stacks import FileRecord, FrameRecord, StackRecord
from develop.settings import NEUTRAL
from tests.catalog import made

OCTOBER = datetime(2026, 10, 5, 14, 30)


def _import(session: Session) -> list[int]:
    """Six frames with a lens of one camera a minute apart in October, two others of an old one in November 2025."""
    items = []
    for number in range(8):
        item = made.incoming(f"IMG_{number + 1:04}.CR3")
        late = number < 6
        header = replace(
            item.metadata,
            make="Canon" if late else "OLYMPUS",
            model="EOS R5" if late else "E-M1MarkII",
            lens="RF100mm F2.8 L MACRO" if late else None,
            iso=100 * 2**number,
            f_number=2.8 if late else 5.6,
            focal_mm=100.0 if late else 60.0,
            exposure_s=1 / 200,
            focus_near_m=0.3 + number / 100 if late else None,
            taken_at=OCTOBER + timedelta(minutes=number) if late else datetime(2025, 11, 30, 23, 59),
        )
        items.append(replace(item, metadata=header))
    return [outcome.capture_id for outcome in importing.register(session, items)]


def _sequence(session: Session, captures: list[int], kind: str) -> int:
    row = Sequence(kind=kind, confidence=0.87, reasons=[], warnings=[], idle_s=1.0, complete=kind == "focus")
    row.members = [SequenceMember(capture_id=capture, position=n) for n, capture in enumerate(captures)]
    session.add(row)
    session.flush()
    return row.id


def _stacked(session: Session, number: int, captures: list[int]) -> None:
    files = stacks.file_ids(session, captures)
    digests = [made.CARD / f"IMG_{capture:04}.CR3" for capture in captures]
    frames = tuple(FrameRecord(c, files[c], str(d), True, None) for c, d in zip(captures, digests, strict=True))
    stacks.record_stack(
        session,
        StackRecord(
            sequence_id=number,
            key=f"key{number}",
            master=FileRecord(f"/out/{number}.tif", 1, "d"),
            method="pyramid",
            engine_version="1",
            settings={"stack": {}, "develop": {}, "reference": len(captures) // 2},
            quality={},
            frames=frames,
        ),
    )


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A focus stack of captures 1 to 4, a burst of 5 and 6, and 7 and 8 alone."""
    with made.opened(tmp_path) as catalog, catalog.writer() as open_session:
        assert _import(open_session) == [1, 2, 3, 4, 5, 6, 7, 8]
        stack = _sequence(open_session, [1, 2, 3, 4], "focus")
        _sequence(open_session, [5, 6], "burst")
        _stacked(open_session, stack, [1, 2, 3, 4])
        for number, rating, flag, label in ((1, 5, 1, "red"), (2, 4, 0, None), (5, 3, -1, "Green")):
            row = open_session.get_one(Capture, number)
            row.rating, row.flag, row.label = rating, flag, label
        beetle = Keyword(path="animal|insect|Beetle", folded="animal|insect|beetle")
        by_hand, saved = Collection(name="Best", folded="best"), Collection(name="Top", folded="top", query="rating>=4")
        again = Collection(name="loop", folded="loop", query="collection:loop")
        open_session.add_all([beetle, by_hand, saved, again])
        open_session.flush()
        open_session.add(CaptureKeyword(capture_id=7, keyword_id=beetle.id))
        open_session.add(CollectionMember(collection_id=by_hand.id, capture_id=8))
        open_session.flush()
        yield open_session


def _numbers(session: Session, found: Select[int]) -> list[int]:
    return sorted(session.scalars(found))


@pytest.mark.parametrize(
    ("query", "captures"),
    [
        ("", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("rating>=4", [1, 2]),
        ("rating:3..4", [2, 5]),
        ("rating:0 not kind:burst", [3, 4, 7, 8]),
        ("rating:reject", [5]),
        ("flag:pick,reject", [1, 5]),
        ("flag!=none", [1, 5]),
        ("label:RED", [1]),
        ("label:green", [5]),
        ("label:none kind:focus", [2, 3, 4]),
        ("keyword:insect", [7]),
        ("keyword:BEET*", [7]),
        ("keyword:sect", []),
        ("keyword=animal|insect|beetle", [7]),
        ("keyword:animal>insect", [7]),
        ("beet", [7]),
        ("kind:focus", [1, 2, 3, 4]),
        ("kind:focus,burst iso<=200", [1, 2]),
        ("date:2026", [1, 2, 3, 4, 5, 6]),
        ("date:2025-11", [7, 8]),
        ("date:2026-10-05T14:31", [2]),
        ("date>2026-10-05T14:31", [3, 4, 5, 6]),
        ("date<=2026-10-05T14:31", [1, 2, 7, 8]),
        ("date<2026", [7, 8]),
        ("date:2025-11..2026-09", [7, 8]),
        ("date:2026-10-05..", [1, 2, 3, 4, 5, 6]),
        ("camera:r5", [1, 2, 3, 4, 5, 6]),
        ('camera:"olympus e-m1"', [7, 8]),
        ("lens:macro", [1, 2, 3, 4, 5, 6]),
        ("not lens:macro", [7, 8]),
        ("lens!=x", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("iso:100..400", [1, 2, 3]),
        ("aperture>=f/4", [7, 8]),
        ("aperture=2.8", [1, 2, 3, 4, 5, 6]),
        ("focal:60mm", [7, 8]),
        ("shutter<=1/200", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("shutter<1/200", []),
        ("distance<0.32", [1, 2]),
        ("name:IMG_0003", [3]),
        ("name=IMG_0003.CR3", [3]),
        ("name:000*3.CR", [3]),
        ("name:DCIM", []),
        ("folder:dcim", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("IMG_0002 or IMG_0004", [2, 4]),
        ("name:img%", []),
        ("capture:2..3", [2, 3]),
        ("sequence:2", [5, 6]),
        ("frames>=3", [1, 2, 3, 4]),
        ("sure>=80%", [1, 2, 3, 4, 5, 6]),
        ("stacked", [1, 2, 3, 4]),
        ("not is:stacked", [5, 6, 7, 8]),
        ("has:stacked iso:100", [1]),
        ('"stacked"', []),
        ("collection:best", [8]),
        ("collection:Top", [1, 2]),
        ("not has:sequence", [7, 8]),
        ("has:raw not has:jpeg", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("has:keyword or has:collection", [7, 8]),
        ("has:distance", [1, 2, 3, 4, 5, 6]),
        ("complete", [1, 2, 3, 4]),
    ],
)
def test_captures(session: Session, query: str, captures: list[int]) -> None:
    assert _numbers(session, searching.captures_matching(session, query)) == captures


@pytest.mark.parametrize(
    ("query", "sequences"),
    [
        ("", [1, 2]),
        ("rating>=4", [1]),
        ("not rating>=4", [2]),
        ("rating>=4 and kind:focus and date:2026-10", [1]),
        ("camera:R5", [1, 2]),
        ("frames<3", [2]),
        ("stacked", [1]),
        ("collection:top", [1]),
        ("rejected or picked", [1, 2]),
        ("name:IMG_0006", [2]),
    ],
)
def test_sequences_match_by_some_frame(session: Session, query: str, sequences: list[int]) -> None:
    assert _numbers(session, searching.sequences_matching(session, query)) == sequences


@pytest.mark.parametrize(
    ("query", "column", "words"),
    [
        ("ratng>=4", 1, "did you mean rating?"),
        ("stars>3", 1, "did you mean rating?"),
        ("exposure<1/60", 1, "did you mean shutter?"),
        ("state:done", 1, "is:stacked"),
        ("edited:true", 1, "write is:edited"),
        ("width>1000", 1, "there are rating, flag"),
        ("iso:100 rating 4", 9, "write rating:4, or put rating in quotes"),
        ("iso:100 kind:foucs", 14, "kind is one of focus"),
        ("rating:many", 8, "needs a number"),
        ("date:2026-13", 6, "is no date"),
        ("date:yesterday", 6, "is no date"),
        ("name>4", 1, "is text"),
        ("kind>focus", 1, "is a word"),
        ("iso>100..200", 5, "a range goes with ':'"),
        ("rating>=9", 9, "rating goes from 0 to 5; there is no 9"),
        ("rating:3..6", 8, "goes from 0 to 5"),
        ("rating>5", 8, "rating goes from 0 to 5; nothing is above that"),
        ("rating<0", 8, "nothing is below that"),
        ("sure<200%", 6, "goes from 0 to 100"),
        ("frames:9..3", 8, "runs backwards; write frames:3..9"),
        ("shutter:1/60..1/200", 9, "runs backwards; write shutter:1/200..1/60"),
        ("date:2026-11..2026-10", 6, "runs backwards; write date:2026-10..2026-11"),
        ("is:lovely", 4, "is one of stacked"),
        ("collection:none", 12, "there is no collection"),
        ("collection:loop", 12, "asks for itself"),
    ],
)
def test_what_means_nothing_is_refused_by_its_column(session: Session, query: str, column: int, words: str) -> None:
    with pytest.raises(BadQuery, match=f"^query, column {column}: ") as caught:
        searching.check(session, query)
    assert words in str(caught.value)


def test_a_result_is_stale_when_frames_look_or_reference_differ(session: Session) -> None:
    def stale() -> list[int]:
        return _numbers(session, searching.sequences_matching(session, "stale"))

    assert stale() == []
    edits.apply(session, {3: replace(NEUTRAL, exposure=1.0)}, "brighter")
    assert stale() == [1]
    history.undo(session)
    assert stale() == []
    edits.apply(session, {1: replace(NEUTRAL, exposure=1.0)}, "not the reference")
    assert stale() == []
    session.get_one(Sequence, 1).reference_capture_id = 1
    session.flush()
    assert stale() == [1]
    session.get_one(Sequence, 1).reference_capture_id = None
    body = next(iter(dust.bodies(session)))
    dust.mark(session, body, (30, 40), 5, dust.DUST)
    assert stale() == [], "it was stacked without a look at dust"
    made = session.scalars(select(Stack)).one()
    made.settings = {**made.settings, "stack": {"dust": True}}
    session.flush()
    assert stale() == [1]
    made.settings = {**made.settings, "stack": {"dust": True, "dust_marks": [["dust", 30.0, 40.0, 5.0]]}}
    session.flush()
    assert stale() == []
    session.delete(session.get_one(SequenceMember, 4))
    session.flush()
    assert stale() == [1]


def test_every_field_and_fact_makes_sense_to_the_database(session: Session) -> None:
    sample = {"rating": "3", "flag": "pick", "label": "red", "collection": "best", "date": "2026", "kind": "focus"}
    for name in FIELDS:
        for find in (searching.captures_matching, searching.sequences_matching):
            session.scalars(find(session, f"{name}:{sample.get(name, '1')}")).all()
    for name in FACTS:
        for find in (searching.captures_matching, searching.sequences_matching):
            session.scalars(find(session, f"has:{name} not is:{name}")).all()
