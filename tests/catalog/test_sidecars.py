"""Who changed since sidecar and catalog last agreed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from catalog import marks, sequences, sidecars
from catalog.sidecars import Agreed
from develop.xmp_described import Place
from tests.catalog import made

THEN = Agreed(path="/a.xmp", size=1, mtime_ns=1, digest="file", said="said")


@pytest.mark.parametrize(
    ("agreed", "digest", "said", "standing"),
    [
        (None, None, "said", "none"),
        (THEN, None, "said", "none"),
        (None, "file", "said", "new"),
        (THEN, "file", "said", "same"),
        (THEN, "file", "more", "catalog newer"),
        (THEN, "changed", "said", "sidecar newer"),
        (THEN, "changed", "more", "conflict"),
    ],
)
def test_standing(agreed: Agreed | None, digest: str | None, said: str, standing: str) -> None:
    assert sidecars.standing(agreed, digest, said) == standing


def test_what_was_agreed_is_remembered_once(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        made.captures(session, 1)
        sidecars.remember(session, 1, THEN)
        sidecars.remember(session, 1, replace(THEN, said="later"))
        session.flush()
        assert sidecars.agreed(session, [1, 2]) == {1: replace(THEN, said="later")}


def test_a_capture_is_described_by_its_marks_and_its_place(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        numbers = made.captures(session, 3)
        sequences.regroup(session)
        first = session.connection().exec_driver_sql("SELECT sequence_id FROM sequence_member LIMIT 1").scalar_one()
        sequences.merge(session, {first, *sequences_of(session)})
        kind = sequences.set_kind(session, sequences_of(session)[0], "focus")
        assert kind is not None
        marks.change(session, [2], lambda had: replace(had, rating=3, keywords=("fly",)), "rate")
        told = sidecars.described(session, numbers)
        assert (told[2].rating, told[2].keywords) == (3, ("fly",))
        assert told[2].place == Place(sequence=sequences_of(session)[0], kind="focus", position=2, count=3)


def sequences_of(session: object) -> list[int]:
    from sqlalchemy.orm import Session

    assert isinstance(session, Session)
    rows = session.connection().exec_driver_sql("SELECT DISTINCT sequence_id FROM sequence_member ORDER BY 1")
    return [row[0] for row in rows]
