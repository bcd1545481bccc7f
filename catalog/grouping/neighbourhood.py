"""Which captures a change can touch: regrouping them alone gives the same as regrouping all."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from catalog.grouping.clock import mend_clock, was_set
from catalog.grouping.constraints import Constraints
from catalog.grouping.lanes import follows, stretches
from catalog.grouping.placed import place
from catalog.grouping.rules import Rules
from catalog.grouping.shots import Shot

_Body = tuple[str | None, str | None, str | None]


def _body(shot: Shot) -> _Body:
    known = shot.metadata
    return (known.make, known.model, known.body_serial)


class _Line:
    """One body's dated shots in the order of time, and by file number."""

    def __init__(self, shots: Iterable[Shot]) -> None:
        dated = [(shot.metadata.taken_at, shot.id, shot) for shot in shots if shot.metadata.taken_at is not None]
        dated.sort(key=lambda entry: entry[:2])
        self.times: list[datetime] = [taken for taken, _, _ in dated]
        self.shots = [shot for _, _, shot in dated]
        self._by_number: dict[int | None, list[int]] = defaultdict(list)
        for at, shot in enumerate(self.shots):
            self._by_number[shot.counter].append(at)

    def _is_near(self, at: int, rules: Rules) -> bool:
        """Tell, rather too often than too seldom, whether a shot and the next may be of one stretch."""
        known = self.shots[at].metadata
        longest = max(rules.suggest_within_s, rules.longest_gap_s) + known.time_resolution_s
        gap = (self.times[at + 1] - self.times[at]).total_seconds()
        return gap <= longest + 2 * (known.exposure_s or 0.0)

    def around(self, time: datetime, rules: Rules) -> range:
        """Give the places of the shots that a shot at some time may be of one stretch with."""
        start = bisect_left(self.times, time)
        stop = start + 1
        while start > 0 and self._is_near(start - 1, rules):
            start -= 1
        while stop < len(self.times) and self._is_near(stop - 1, rules):
            stop += 1
        return range(start, min(stop, len(self.times)))

    def across_a_set_clock(self, at: int) -> list[Shot]:
        """Give the shots whose file numbers adjoin a shot's though a set clock may have parted them."""
        number = self.shots[at].counter
        if number is None:
            return []
        near = {number + 1, number - 1, *((0, 1) if number == 9999 else ()), *((9999,) if number in (0, 1) else ())}
        found = []
        for other in (each for wanted in near for each in self._by_number.get(wanted, ())):
            first, last = (at, other) if follows(number, self.shots[other].counter) else (other, at)
            if was_set((self.times[last] - self.times[first]).total_seconds()):
                found.append(self.shots[other])
        return found


def _within_reach(shots: Sequence[Shot], seeds: Iterable[Shot], rules: Rules) -> dict[int, Shot]:
    """Gather, rather too many than too few, the shots whose stretches the seeds are in."""
    bodies = {_body(seed) for seed in seeds}
    of_body: dict[_Body, list[Shot]] = {body: [] for body in bodies}
    for shot in shots:
        body = _body(shot)
        if body in of_body:
            of_body[body].append(shot)
    lines = {body: _Line(known) for body, known in of_body.items()}
    reached = {shot.id: shot for known in of_body.values() for shot in known if shot.metadata.taken_at is None}
    waiting = list(seeds)
    while waiting:
        seed = waiting.pop()
        if seed.id in reached or seed.metadata.taken_at is None:
            continue
        line = lines[_body(seed)]
        for at in line.around(seed.metadata.taken_at, rules):
            reached[line.shots[at].id] = line.shots[at]
            waiting += [other for other in line.across_a_set_clock(at) if other.id not in reached]
    return reached


def _sets(shots: Iterable[Shot], rules: Rules) -> list[set[int]]:
    found = mend_clock(stretches([place(shot) for shot in shots], rules), rules)
    return [{placed.id for placed in stretch} for stretch in found]


def neighbourhood(
    shots: Iterable[Shot],
    changed_ids: Collection[int],
    rules: Rules | None = None,
    constraints: Constraints | None = None,
) -> frozenset[int]:
    """Give the ids to regroup when some captures came or changed: the stretches of shooting that they lie in.

    `shots` are all, the changed ones with them; of other bodies and far times only what a person linked matters.
    """
    rules, constraints = rules or Rules(), constraints or Constraints()
    everything = {shot.id: shot for shot in shots}
    said = (*constraints.must_link, *constraints.locked, *constraints.cannot_link)
    links = [everything.keys() & set(link) for link in said]
    changed = set(changed_ids)
    seeds = set(changed)
    near: dict[int, Shot] = {}
    while missing := (seeds | {i for link in links if link & (near.keys() | seeds) for i in link}) - near.keys():
        seeds |= missing
        near.update(
            _within_reach(list(everything.values()), [everything[i] for i in missing if i in everything], rules)
        )
        near.update((i, everything[i]) for i in missing if i in everything)
        seeds &= everything.keys()
    before = _sets((shot for i, shot in near.items() if i not in changed), rules)
    return _reached([*_sets(near.values(), rules), *before, *links], changed & everything.keys())


def _reached(sets: Sequence[set[int]], seeds: set[int]) -> frozenset[int]:
    """Unite the sets that can be come to from the seeds."""
    reached, grew = set(seeds), True
    while grew:
        grew = False
        for each in sets:
            if each & reached and not each <= reached:
                reached |= each
                grew = True
    return frozenset(reached)
