"""What holds for any captures: order, doubles and the way they arrive change nothing; people have the last word."""

from __future__ import annotations

import math
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from catalog.grouping.constraints import Constraints
from catalog.grouping.group import group
from catalog.grouping.groups import Group
from catalog.grouping.lots import group_lots
from catalog.grouping.neighbourhood import neighbourhood
from catalog.grouping.shots import Shot
from catalog.metadata.record import Metadata
from tests.catalog.grouping.made import START, frames

_DISTANCES = [None, 0.3, 0.306, 0.31, 0.32, 0.33, 0.5, 3.0, math.inf]
_GAPS = [0.0, 0.05, 0.1, 1.0, 1.0, 2.5, 9.0, 29.0, 31.0, 45.0, 600.0, 3600.0, -3600.0]


@st.composite
def cards(draw: st.DrawFn) -> list[Shot]:
    """Draw a day's shooting of up to two bodies, with whatever can go wrong."""
    made: list[Shot] = []
    seconds = {"1": 0.0, None: 0.2}
    numbers = {"1": draw(st.sampled_from([1, 9990])), None: 500}
    for i in range(draw(st.integers(1, 24))):
        serial = draw(st.sampled_from(["1", "1", "1", None]))
        seconds[serial] += draw(st.sampled_from(_GAPS))
        numbers[serial] = numbers[serial] % 9999 + draw(st.sampled_from([1, 1, 1, 2]))
        metres = draw(st.sampled_from(_DISTANCES))
        dated = draw(st.integers(0, 15)) > 0
        header = Metadata(
            model="X",
            body_serial=serial,
            taken_at=START + timedelta(seconds=seconds[serial]) if dated else None,
            time_resolution_s=draw(st.sampled_from([0.01, 1.0])),
            focus_near_m=metres,
            focus_far_m=metres,
            exposure_s=0.01,
            composite=draw(st.integers(0, 20)) == 0,
            bracket_kind=draw(st.sampled_from([None, None, None, "focus"])),
        )
        made.append(Shot(id=i + 1, metadata=header, counter=numbers[serial], folder="DCIM/100X", name=f"P{i:04d}"))
    return made


def _partition(groups: tuple[Group, ...]) -> set[tuple[str, tuple[int, ...]]]:
    return {(found.kind, found.members) for found in groups}


@given(cards(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_order_and_doubles_change_nothing(shots: list[Shot], random: object) -> None:
    shuffled = [*shots, *shots[::2]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert group(shuffled) == group(shots)


@given(cards())
@settings(max_examples=150, deadline=None)
def test_every_capture_is_in_one_group(shots: list[Shot]) -> None:
    members = [i for found in group(shots) for i in found.members]
    assert sorted(members) == sorted(shot.id for shot in shots)


@given(cards(), st.data())
@settings(max_examples=250, deadline=None)
def test_regrouping_the_neighbourhood_is_regrouping_all(shots: list[Shot], data: st.DataObject) -> None:
    """Dumps arrive in any order and pieces; after each only the neighbourhood is grouped anew."""
    order = data.draw(st.permutations(shots))
    pieces = data.draw(st.lists(st.integers(1, len(shots)), max_size=4))
    bounds = [0, *sorted(set(pieces)), len(order)]
    ids = st.integers(1, len(shots))
    said = Constraints(
        must_link=tuple(data.draw(st.lists(st.frozensets(ids, max_size=3), max_size=2))),
        cannot_link=tuple(data.draw(st.lists(st.tuples(ids, ids), max_size=1))),
    )
    known: list[Shot] = []
    groups: dict[tuple[int, ...], Group] = {}
    for start, stop in pairwise(bounds):
        known += order[start:stop]
        near = neighbourhood(known, {shot.id for shot in order[start:stop]}, constraints=said)
        groups = {members: found for members, found in groups.items() if not near.intersection(members)}
        fresh = group((shot for shot in known if shot.id in near), constraints=said)
        groups.update({found.members: found for found in fresh})
    assert set(groups.values()) == set(group(shots, constraints=said))


@given(cards(), st.data())
@settings(max_examples=150, deadline=None)
def test_lot_by_lot_is_all_at_once(shots: list[Shot], data: st.DataObject) -> None:
    """A catalog is read one body after the other, cut at long pauses; a set clock may join what that parts."""
    lots: list[list[Shot]] = []
    for serial in ("1", None):
        for dated in (False, True):
            of_body = [s for s in shots if s.metadata.body_serial == serial and bool(s.metadata.taken_at) is dated]
            of_body.sort(key=lambda s: (s.metadata.taken_at or START, s.id))
            for at, shot in enumerate(of_body):
                before = of_body[at - 1].metadata.taken_at if at else None
                pause = (shot.metadata.taken_at - before).total_seconds() if before and shot.metadata.taken_at else 0.0
                if at and pause < 130.0:
                    lots[-1].append(shot)
                else:
                    lots.append([shot])
    ids = st.integers(1, len(shots))
    said = Constraints(
        must_link=tuple(data.draw(st.lists(st.frozensets(ids, max_size=3), max_size=1))),
        cannot_link=tuple(data.draw(st.lists(st.tuples(ids, ids), max_size=1))),
        excluded=data.draw(st.frozensets(ids, max_size=1)),
    )
    found = group_lots(lots, lambda wanted: [shot for shot in shots if shot.id in wanted], constraints=said)
    assert set(found) == set(group(shots, constraints=said))


@given(cards(), st.data())
@settings(max_examples=150, deadline=None)
def test_people_have_the_last_word(shots: list[Shot], data: st.DataObject) -> None:
    ids = st.integers(1, len(shots))
    linked = frozenset(data.draw(st.sets(ids, min_size=1, max_size=4)))
    apart = data.draw(st.tuples(ids, ids).filter(lambda pair: not set(pair) <= linked) | st.none())
    locked = frozenset(data.draw(st.sets(ids, max_size=3))) - linked
    out = data.draw(st.frozensets(ids, max_size=2)) - linked - locked
    said = Constraints(
        must_link=(linked,),
        cannot_link=(apart,) if apart and apart[0] != apart[1] and not set(apart) <= locked else (),
        locked=(locked,) if locked else (),
        excluded=out,
    )
    sets = [set(found.members) for found in group(shots, constraints=said)]
    assert sorted(i for members in sets for i in members) == sorted(shot.id for shot in shots)
    results = {shot.id for shot in shots if shot.metadata.composite}
    cut = set(said.cannot_link[0]) if said.cannot_link else set()
    assert cut <= results or not any(cut <= members for members in sets if cut)
    assert not locked - results or any(members == locked - results for members in sets)
    assert all({i} in sets for i in out)
    if not cut:
        assert not linked - results or any(linked - results <= members for members in sets)


@given(cards())
@settings(max_examples=60, deadline=None)
def test_a_split_survives_regrouping_and_a_merge_undoes_it(shots: list[Shot]) -> None:
    largest = max(group(shots), key=lambda found: len(found.members)).members
    if len(largest) < 2:
        return
    middle = len(largest) // 2
    split = Constraints(cannot_link=((largest[middle - 1], largest[middle]),))
    halves = {found.members for found in group(shots, constraints=split)}
    assert {largest[:middle], largest[middle:]} <= halves
    merged = Constraints(must_link=(frozenset(largest),))
    assert largest in {found.members for found in group(shots, constraints=merged)}


def test_what_nobody_touched_stays_word_for_word() -> None:
    shots = [Shot(id=i, metadata=Metadata(taken_at=START + timedelta(seconds=100 * i))) for i in range(1, 6)]
    said = Constraints(must_link=(frozenset({1, 2}),))
    plain = {found for found in group(shots) if not {1, 2} & set(found.members)}
    assert plain < set(group(shots, constraints=said))
    assert _partition(group([replace(shot) for shot in shots])) == _partition(group(shots))


def test_what_was_taken_out_does_not_hide_a_clock_that_was_set() -> None:
    """The clock goes back an hour in the middle of a bracket; the frame before the jump is excluded."""
    focus = (0.300, 0.306, 0.310, 0.315, 0.320)
    before, after = frames(0, 0.1, focus[:2]), frames(-3600, 0.1, focus[2:], first=3)
    stray = frames(0.25, 0.1, [None], first=6)
    shots = [replace(shot, id=number) for number, shot in enumerate([*before, *stray, *after], 1)]
    said = Constraints(excluded=frozenset({3}))
    lots = [shots[3:], shots[:3]]
    found = group_lots(lots, lambda wanted: [shot for shot in shots if shot.id in wanted], constraints=said)
    together = set(group(shots, constraints=said))
    assert set(found) == together
    assert (1, 2, 4, 5, 6) in {each.members for each in together}
