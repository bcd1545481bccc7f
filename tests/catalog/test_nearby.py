"""Grouping what a change can touch leaves the catalog as grouping everything would."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import corrections, nearby, regrouping, sequences, side_by_side
from catalog.grouping.constraints import Constraints
from catalog.grouping.group import group
from catalog.grouping.rows import read_shot
from catalog.grouping.rules import Rules
from catalog.grouping.shots import Shot
from catalog.metadata import storage
from catalog.metadata.record import Metadata
from catalog.models import Capture, Sequence
from tests.catalog import made
from tests.catalog.grouping.made import NEAR_TO_FAR, frames
from tests.catalog.grouping.test_laws import cards


def _add(session: Session, shots: list[Shot]) -> list[int]:
    rows = []
    for shot in shots:
        known = shot.metadata
        assert isinstance(known, Metadata)
        rows.append(
            Capture(
                taken_at=known.taken_at,
                body=" ".join(part for part in (known.make, known.model, known.body_serial) if part) or None,
                folder=shot.folder,
                stem=f"P{shot.counter or 0:04d}",
                header=storage.to_json(known),
            )
        )
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]


def _stored(session: Session) -> set[tuple[str, tuple[int, ...]]]:
    session.expire_all()
    return {(row.kind, tuple(m.capture_id for m in row.members)) for row in session.scalars(select(Sequence))}


def _at_once(session: Session) -> set[tuple[str, tuple[int, ...]]]:
    found = group(nearby.all_shots(session), Rules(), corrections.constraints(session))
    return {(each.kind, each.members) for each in found}


@given(cards(), st.data())
@settings(max_examples=40, deadline=None)
def test_pieces_in_any_order_are_grouped_as_all_at_once(shots: list[Shot], data: st.DataObject) -> None:
    """Dumps arrive in pieces; between them people correct, and clocks are put right."""
    order = data.draw(st.permutations(shots))
    with tempfile.TemporaryDirectory() as folder, made.opened(Path(folder)) as catalog, catalog.writer() as session:
        start = 0
        while start < len(order):
            stop = start + data.draw(st.integers(1, len(order) - start))
            sequences.regroup(session, changed=_add(session, order[start:stop]))
            assert _stored(session) == _at_once(session)
            _correct(session, data)
            assert _stored(session) == _at_once(session)
            start = stop


def _correct(session: Session, data: st.DataObject) -> None:
    rows = list(session.scalars(select(Sequence).order_by(Sequence.id)))
    chosen = data.draw(st.lists(st.sampled_from(rows), min_size=1, max_size=2, unique_by=lambda row: row.id))
    members = [member.capture_id for row in chosen for member in row.members]
    what = data.draw(st.sampled_from(["nothing", "split", "merge", "exclude", "kind", "clock"]))
    if what == "split" and len(chosen[0].members) > 1:
        sequences.split(session, chosen[0].id, chosen[0].members[-1].capture_id)
    elif what == "merge":
        sequences.merge(session, [row.id for row in chosen])
    elif what == "exclude":
        sequences.exclude(session, members[:1])
    elif what == "kind":
        sequences.set_kind(session, chosen[0].id, "burst")
    elif what == "clock":
        _set_clock(session, members[0], data.draw(st.sampled_from([-600.0, -20.0, 20.0, 600.0])))


def _set_clock(session: Session, number: int, seconds: float) -> None:
    capture = session.get_one(Capture, number)
    if capture.taken_at is not None:
        known = storage.from_json(capture.header)
        moved = replace(known, taken_at=capture.taken_at + timedelta(seconds=seconds))
        capture.taken_at, capture.header = moved.taken_at, storage.to_json(moved)
        session.flush()
    sequences.regroup(session, changed=[number])


def test_a_new_capture_reads_its_own_surroundings_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Far times and other bodies are not read, however many there are."""
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        for body in ("A", "B"):
            _add(session, [_shot(body, 600.0 * i, i) for i in range(300)])
        sequences.regroup(session)
        (new,) = _add(session, [_shot("A", 600.0 * 150 + 1.0, 9000)])
        read: list[int] = []

        def counted(number: int, folder: str, stem: str, header: str, evidence: str | None) -> Shot:
            read.append(number)
            return read_shot(number, folder, stem, header, evidence)

        monkeypatch.setattr(nearby, "read_shot", counted)
        near = nearby.touched(session, [new], Rules(), corrections.constraints(session))
    assert [shot.id for shot in near] == [151, new]
    assert 2 <= len(read) < 10


def test_many_are_grouped_by_several_processes_as_all_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of a stack that a set clock tore apart, and what a person took out, lie in the hands of two processes."""
    monkeypatch.setattr(regrouping, "_ROWS", 6)
    monkeypatch.setattr(regrouping, "_FEW_BUNDLES", 0)
    monkeypatch.setattr(side_by_side, "processors", lambda: 2)
    torn = [*frames(0, 1, NEAR_TO_FAR[:4]), *frames(-8e8, 1, NEAR_TO_FAR[4:], 5)]
    others = [shot for hour in range(1, 5) for shot in frames(3600 * hour, 0.5, NEAR_TO_FAR, 20 * hour)]
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        added = _add(session, [*torn, *others])
        said = Constraints(excluded=frozenset({added[10]}), locked=(frozenset(added[20:25]),))
        found = {(each.kind, each.members) for each in regrouping.group_all(session, Rules(), said)}
        whole = group(nearby.all_shots(session), Rules(), said)
    assert found == {(each.kind, each.members) for each in whole}
    assert ("focus", tuple(added[:7])) in found


def _shot(body: str, seconds: float, counter: int) -> Shot:
    taken = made.NOON + timedelta(seconds=seconds)
    return Shot(id=0, metadata=Metadata(model=body, taken_at=taken), counter=counter, folder=f"card/{body}")
