"""Which captures a change can touch: regrouping them alone gives the same as regrouping all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from catalog.grouping.clock import mend_clock
from catalog.grouping.constraints import Constraints
from catalog.grouping.lanes import lane_of, stretches
from catalog.grouping.placed import Placed, place
from catalog.grouping.rules import Rules
from catalog.grouping.shots import Shot


def _sets(placed: Sequence[Placed], rules: Rules) -> list[set[int]]:
    return [{each.id for each in stretch} for stretch in mend_clock(stretches(placed, rules), rules)]


def neighbourhood(
    shots: Iterable[Shot],
    changed_ids: Collection[int],
    rules: Rules | None = None,
    constraints: Constraints | None = None,
) -> frozenset[int]:
    """Give the ids to regroup when some captures came or changed: the stretches of shooting that they lie in.

    `shots` are all, the changed ones with them. What a person linked comes along.
    """
    rules, constraints, changed = rules or Rules(), constraints or Constraints(), set(changed_ids)
    everything = list(shots)
    links = [*constraints.must_link, *constraints.locked, *map(frozenset, constraints.cannot_link)]
    linked = {i for link in links for i in link}
    lanes = {lane_of(place(shot)) for shot in everything if shot.id in changed or shot.id in linked}
    near = [placed for placed in map(place, everything) if lane_of(placed) in lanes]
    before = _sets([placed for placed in near if placed.id not in changed], rules)
    sets: list[set[int]] = [*_sets(near, rules), *before, *map(set, links)]
    known = {shot.id for shot in everything}
    reached, grew = set(changed), True
    while grew:
        grew = False
        for each in sets:
            if not each <= reached and each & reached:
                reached |= each
                grew = True
    return frozenset(reached & known)
