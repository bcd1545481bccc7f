"""Apply what a person said to what the evidence gave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from msgspec.structs import replace

from catalog.grouping.constraints import Constraints
from catalog.grouping.groups import KINDS, Group, Kind
from catalog.grouping.kinds import Verdict, describe, single, verdict_of
from catalog.grouping.placed import Placed
from catalog.grouping.rules import Rules


def _shooting_order(ids: Iterable[int], order: Mapping[int, int]) -> list[int]:
    return sorted(ids, key=lambda i: order[i])


def _merged(sets: Sequence[Sequence[int]], links: Iterable[frozenset[int]]) -> list[list[int]]:
    """Unite sets that a link touches."""
    pool = [list(members) for members in sets]
    home = {i: at for at, members in enumerate(pool) for i in members}
    for link in links:
        places = sorted({home[i] for i in link if i in home})
        for other in places[1:]:
            for i in pool[other]:
                home[i] = places[0]
            pool[places[0]] += pool[other]
            pool[other] = []
    return [members for members in pool if members]


def _cut(members: Sequence[int], pairs: Iterable[tuple[int, int]], order: Mapping[int, int]) -> list[list[int]]:
    """Cut a set just before the later one of every pair that lies in it."""
    place = {i: at for at, i in enumerate(members)}
    starts = {max(a, b, key=lambda i: order[i]) for a, b in pairs if a in place and b in place and a != b}
    at = sorted({0, len(members), *(place[i] for i in starts)})
    return [list(members[start:stop]) for start, stop in pairwise(at)]


def _judged(members: Sequence[int], said: str, free: Mapping[int, Placed], rules: Rules) -> Group:
    """Judge frames that a person put together, or cut apart, by what they are now."""
    frames = [free[i] for i in members]
    if len(frames) == 1:
        return single(frames[0], [said], rules)
    verdict = verdict_of(frames, rules)
    kept = Verdict("review" if verdict.loose else verdict.kind, verdict.confidence, (*verdict.reasons, said))
    return describe(frames, None, kept, rules)


def _with_kind(found: Group, kinds: Sequence[tuple[frozenset[int], str]]) -> Group:
    for members, kind in reversed(kinds):
        if 2 * len(members.intersection(found.members)) > len(found.members):
            known: Kind = next((known for known in KINDS if known == kind), "review")
            said = (*found.reasons, f"a person said that this is '{known}'")
            return replace(found, kind=known, confidence=1.0, reasons=said, wants_pictures=False)
    return found


def _locked(free: Mapping[int, Placed], constraints: Constraints) -> tuple[list[list[int]], set[int]]:
    held: dict[int, int] = {}
    for at, members in enumerate(constraints.locked):
        held.update({i: at for i in members if i in free})
    sets: dict[int, list[int]] = {}
    for i, at in held.items():
        sets.setdefault(at, []).append(i)
    return list(sets.values()), set(held)


def correct(
    natural: Sequence[Group], free: Mapping[int, Placed], rules: Rules, constraints: Constraints
) -> list[Group]:
    """Give the groups as people want them; those that nobody touched stay as they are."""
    order = {i: at for at, i in enumerate(sorted(free, key=lambda i: _when(free[i])))}
    order.update(_order_of(natural, order))
    kept, held = _locked(free, constraints)
    said = {frozenset(found.members): found for found in natural}
    sets = [[i for i in found.members if i not in held] for found in natural]
    merged = _merged([members for members in sets if members], constraints.must_link)
    found: list[Group] = []
    for members in merged:
        for piece in _cut(_shooting_order(members, order), constraints.cannot_link, order):
            same = said.get(frozenset(piece))
            found.append(same or _judged(piece, "put together by a person", free, rules))
    found += [_judged(_shooting_order(s, order), "locked by a person", free, rules) for s in kept]
    return [_with_kind(each, constraints.kinds) for each in found]


def _when(placed: Placed) -> tuple[bool, float, str, int, int]:
    counter = placed.shot.counter if placed.shot.counter is not None else -1
    return (placed.time is None, placed.time or 0.0, placed.shot.folder, counter, placed.id)


def _order_of(natural: Sequence[Group], order: Mapping[int, int]) -> dict[int, int]:
    """Keep the order that grouping found inside each group, on the places that its frames hold."""
    mine: dict[int, int] = {}
    for found in natural:
        places = sorted(order[i] for i in found.members)
        mine.update(zip(found.members, places, strict=True))
    return mine
