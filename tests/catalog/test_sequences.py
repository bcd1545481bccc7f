"""Sequences keep their numbers and their results through regrouping, and what people said of them holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import history, importing, nearby, regrouping, sequences
from catalog.errors import NoSuchRow
from catalog.grouping.constraints import Constraints
from catalog.grouping.evidence import COLUMNS, ROWS, PreviewEvidence
from catalog.grouping.groups import Group
from catalog.grouping.rules import Rules
from catalog.grouping.shots import Shot
from catalog.models import Sequence, UserConstraint
from tests.catalog import made

MINUTE = 60.0


def by_minute(shots: Iterable[Shot], _rules: Rules, constraints: Constraints) -> tuple[Group, ...]:
    """A grouping that is simple and obedient: shots of one minute belong together, unless somebody says otherwise."""
    ordered = sorted(shots, key=lambda shot: (str(shot.metadata.taken_at), shot.id))
    part = {shot.id: {shot.id} for shot in ordered}
    apart = [set(pair) for pair in constraints.cannot_link]
    settled = {*constraints.excluded, *(capture for said in constraints.locked for capture in said)}

    def link(one: int, two: int) -> None:
        together = part[one] | part[two]
        if not together & settled and not any(pair <= together for pair in apart):
            part.update(dict.fromkeys(together, together))

    for said in constraints.locked:
        together = set(said)
        part.update(dict.fromkeys(said, together))
    for said in constraints.must_link:
        for one, two in pairwise(sorted(said)):
            link(one, two)
    for shot, following in pairwise(ordered):
        if str(shot.metadata.taken_at)[:16] == str(following.metadata.taken_at)[:16]:
            link(shot.id, following.id)
    groups: list[Group] = []
    for members in {id(members): members for members in part.values()}.values():
        kind = next((kind for said, kind in constraints.kinds if said <= members), "focus")
        groups.append(
            Group(
                kind=kind,  # type: ignore[arg-type]
                members=tuple(shot.id for shot in ordered if shot.id in members),
                confidence=0.9,
                reasons=(f"{len(members)} in one minute",),
                wants_pictures=len(members) == 2,
            )
        )
    return tuple(groups)


def test_corrections_hold_in_the_real_grouping(tmp_path: Path) -> None:
    """Two focus runs, five minutes apart: cut, merged over the cut, moved and put back."""
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        runs = [_focus_run(session, start) for start in (0.0, 300.0)]
        sequences.regroup(session)
        assert list(_stored(session).values()) == runs
        assert set(session.scalars(select(Sequence.kind))) == {"focus"}
        first, second = _stored(session)
        a, b = runs
        sequences.split(session, first, before=a[3])
        assert sorted(_stored(session).values()) == [a[:3], a[3:], b]
        sequences.merge(session, [first if _stored(session)[first] == a[:3] else max(_stored(session)), second])
        assert sorted(_stored(session).values()) == [[*a[:3], *b], a[3:]]
        sequences.merge(session, list(_stored(session)))
        assert list(_stored(session).values()) == [a + b]


def _focus_run(session: Session, start: float) -> list[int]:
    files = []
    for step in range(8):
        item = made.incoming(f"IMG_{start + step:06.1f}.JPG", seconds=start + step)
        metres = 0.5 + step / 20
        known = replace(item.metadata, focus_near_m=metres, focus_far_m=metres, exposure_s=0.01, f_number=8.0)
        files.append(replace(item, metadata=known))
    return [outcome.capture_id for outcome in importing.register(session, files)]


@pytest.fixture(autouse=True)
def _grouping(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "real_grouping" in request.function.__name__:
        return
    monkeypatch.setattr(regrouping, "group", by_minute)
    monkeypatch.setattr(regrouping, "group_all", _all_by_minute)


def _all_by_minute(session: Session, rules: Rules, said: Constraints) -> tuple[Group, ...]:
    return by_minute(nearby.all_shots(session), rules, said)


def _take_in(session: Session, *seconds: float) -> list[int]:
    files = [made.incoming(f"IMG_{second:06.1f}.JPG", seconds=second) for second in seconds]
    return [outcome.capture_id for outcome in importing.register(session, files)]


def _stored(session: Session) -> dict[int, list[int]]:
    session.expire_all()
    return {row.id: [m.capture_id for m in row.members] for row in session.scalars(select(Sequence))}


def test_captures_become_sequences_in_the_order_of_shooting(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        a, b, c, d = _take_in(session, 2, 1, MINUTE, 0)
        done = sequences.regroup(session)
        assert sorted(_stored(session).values()) == sorted([[d, b, a], [c]])
        assert (len(done.created), done.changed, done.removed) == (2, frozenset(), frozenset())
        first = session.scalars(select(Sequence).order_by(Sequence.started_at)).first()
        assert first is not None
        assert (first.started_at, first.reasons, first.complete) == (made.NOON, ["3 in one minute"], False)


def test_regrouping_again_changes_nothing(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        _take_in(session, 0, 1, MINUTE)
        sequences.regroup(session)
        sequences.set_complete(session, list(_stored(session)))
        before = _stored(session)
        done = sequences.regroup(session)
        assert not (done.created | done.changed | done.removed)
        assert _stored(session) == before
        assert all(session.scalars(select(Sequence.complete)))


def test_a_late_frame_reopens_its_sequence_and_no_other(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        _take_in(session, 0, 1, MINUTE)
        sequences.regroup(session)
        early, late = _stored(session)
        sequences.set_complete(session, [early, late])
        new = _take_in(session, 2)
        done = sequences.regroup(session, changed=new)
        assert (list(done.created), list(done.changed), list(done.removed)) == ([], [early], [])
        session.expire_all()
        assert not session.get_one(Sequence, early).complete
        assert session.get_one(Sequence, late).complete


def test_without_news_nothing_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        _take_in(session, 0, 1)
        sequences.regroup(session)
        monkeypatch.setattr(regrouping, "group", None)  # would fail when called
        assert sequences.regroup(session, changed=()).changed == frozenset()


def test_captures_that_a_cut_run_left_without_a_place_are_grouped_by_the_next(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        captures = _take_in(session, 0, 1)
        assert nearby.ungrouped(session) == set(captures)
        assert len(sequences.regroup(session, changed=()).created) == 1
        assert nearby.ungrouped(session) == set()


def test_the_larger_part_keeps_the_number(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        a, b, c, d = _take_in(session, 0, 1, 2, 3)
        sequences.regroup(session)
        (number,) = _stored(session)
        done = sequences.split(session, number, before=b)
        assert _stored(session)[number] == [b, c, d]
        (new,) = done.created
        assert _stored(session)[new] == [a]


def test_a_number_is_never_given_twice(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        _a, b = _take_in(session, 0, 1)
        sequences.regroup(session)
        (number,) = _stored(session)
        (second,) = sequences.split(session, number, before=b).created
        assert sequences.merge(session, [number, second]).removed == {second}
        (third,) = sequences.split(session, number, before=b).created
        assert third > second


def test_a_split_survives_and_may_be_split_again(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        a, b, c, d = _take_in(session, 0, 1, 2, 3)
        sequences.regroup(session)
        (number,) = _stored(session)
        sequences.split(session, number, before=c)
        sequences.regroup(session)
        assert sorted(_stored(session).values()) == [[a, b], [c, d]]
        last = next(n for n, members in _stored(session).items() if members == [c, d])
        sequences.split(session, last, before=d)
        (e,) = _take_in(session, 4)
        sequences.regroup(session, changed=[e])
        assert sorted(_stored(session).values()) == [[a, b], [c], [d, e]]


def test_a_merge_survives_and_ends_the_cut_and_a_later_cut_ends_the_merge(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        a, b, c, d = _take_in(session, 0, 1, MINUTE, MINUTE + 1)
        sequences.regroup(session)
        first, second = _stored(session)
        sequences.merge(session, [first, second])
        sequences.regroup(session)
        assert _stored(session) == {first: [a, b, c, d]}
        sequences.split(session, first, before=d)
        sequences.regroup(session)
        assert sorted(_stored(session).values()) == [[a, b, c], [d]]
        sequences.merge(session, list(_stored(session)))
        assert list(_stored(session).values()) == [[a, b, c, d]]
        assert [row.relation for row in session.scalars(select(UserConstraint))] == ["must_link"]


def test_a_move_survives_and_can_be_taken_back(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        a, b, c, d, e = _take_in(session, 0, 1, 2, MINUTE, MINUTE + 1)
        sequences.regroup(session)
        first, second = _stored(session)
        sequences.move(session, b, second)
        sequences.regroup(session)
        assert _stored(session) == {first: [a, c], second: [b, d, e]}
        sequences.move(session, b, first)
        assert _stored(session) == {first: [a, b, c], second: [d, e]}


def test_an_excluded_frame_stands_alone_until_it_is_merged_again(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        a, b, c = _take_in(session, 0, 1, MINUTE)
        sequences.regroup(session)
        sequences.exclude(session, [a])
        assert sorted(_stored(session).values()) == [[a], [b], [c]]
        numbers = [number for number, members in _stored(session).items() if members in ([a], [b])]
        sequences.merge(session, numbers)
        assert sorted(_stored(session).values()) == [[a, b], [c]]


def test_a_kind_survives_and_goes_with_both_parts(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        _a, b, _c = _take_in(session, 0, 1, 2)
        sequences.regroup(session)
        (number,) = _stored(session)
        sequences.set_kind(session, number, "burst")
        sequences.set_kind(session, number, "panorama")
        sequences.split(session, number, before=b)
        assert set(session.scalars(select(Sequence.kind))) == {"panorama"}
        sequences.merge(session, list(_stored(session)))
        assert session.scalars(select(Sequence.kind)).all() == ["panorama"]


def test_pictures_are_asked_for_once(tmp_path: Path) -> None:
    flat = (0,) * (COLUMNS * ROWS)
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        a, b, _c = _take_in(session, 0, 1, MINUTE)
        assert sequences.regroup(session).unmeasured == {a, b}
        sequences.store_evidence(session, {a: PreviewEvidence(light=flat, detail=flat)})
        assert sequences.regroup(session).unmeasured == {b}


def test_a_chosen_reference_stays(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        a, b = _take_in(session, 0, 1)
        sequences.regroup(session)
        (number,) = _stored(session)
        sequences.set_reference(session, number, b)
        sequences.regroup(session, changed=_take_in(session, 2))
        session.expire_all()
        assert session.get_one(Sequence, number).reference_capture_id == b
        with pytest.raises(NoSuchRow, match="not in sequence"):
            sequences.set_reference(session, number, a + 77)


@pytest.mark.parametrize("call", ["split", "merge", "move", "set_kind"])
def test_what_is_not_there_is_told(tmp_path: Path, call: str) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        (a,) = _take_in(session, 0)
        sequences.regroup(session)
        calls = {
            "split": lambda: sequences.split(session, 99, a),
            "merge": lambda: sequences.merge(session, [99]),
            "move": lambda: sequences.move(session, a, 99),
            "set_kind": lambda: sequences.set_kind(session, 99, "burst"),
        }
        with pytest.raises(NoSuchRow, match="sequence 99: not in the catalog"):
            calls[call]()


def test_a_cut_before_the_first_frame_is_refused(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        a, _b = _take_in(session, 0, 1)
        sequences.regroup(session)
        with pytest.raises(NoSuchRow, match="its first frame"):
            sequences.split(session, next(iter(_stored(session))), a)


def test_more_captures_than_a_statement_takes(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        made.limit_parameters(session)
        made.captures(session, 1100)
        sequences.regroup(session)
        sequences.set_complete(session, list(range(1, 1200)))
        assert all(session.scalars(select(Sequence.complete)))


def _groups(session: Session) -> list[tuple[str, list[int]]]:
    rows = session.scalars(select(Sequence).execution_options(populate_existing=True))
    return sorted((row.kind, [member.capture_id for member in row.members]) for row in rows)


@pytest.mark.parametrize("verb", ["split", "merge", "move", "exclude", "kind", "lock"])
def test_each_correction_is_taken_back_and_done_again_in_the_real_grouping(verb: str, tmp_path: Path) -> None:
    """Across restarts too: each step opens the catalog anew."""
    with made.opened(tmp_path) as catalog:
        with catalog.writer() as session:
            a, b = _focus_run(session, 0.0), _focus_run(session, 300.0)
            sequences.regroup(session)
            first, second = _stored(session)
            before = _groups(session)
            correct = {
                "split": lambda: sequences.split(session, first, before=a[3]),
                "merge": lambda: sequences.merge(session, [first, second]),
                "move": lambda: sequences.move(session, a[7], second),
                "exclude": lambda: sequences.exclude(session, [b[0], b[1]]),
                "kind": lambda: sequences.set_kind(session, first, "panorama"),
                "lock": lambda: sequences.lock(session, first),
            }
            correct[verb]()
            corrected = _groups(session)
            assert (corrected == before) is (verb == "lock")
        with catalog.writer() as session:
            assert history.undo(session).captures > 0
            assert _groups(session) == before
            assert session.scalars(select(UserConstraint)).all() == []
        with catalog.writer() as session:
            history.redo(session)
            sequences.regroup(session)
            assert _groups(session) == corrected
            assert session.scalars(select(UserConstraint)).all() != []


def test_what_comes_later_does_not_join_a_locked_sequence_in_the_real_grouping(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog, catalog.writer() as session:
        run = _focus_run(session, 0.0)
        sequences.exclude(session, run[5:]) if sequences.regroup(session).created else None
        (first,) = [number for number, members in _stored(session).items() if len(members) == 5]
        sequences.lock(session, first)
        history.undo(session)
        history.undo(session)
        assert list(_stored(session).values()) == [run]
        history.redo(session)
        history.redo(session)
        assert sorted(map(len, _stored(session).values())) == [1, 1, 1, 5]
        sequences.lock(session, first, hold=False)
        assert sorted(map(len, _stored(session).values())) == [1, 1, 1, 5]
