"""Group more captures than memory holds: lot by lot, and together only those that may concern each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from catalog.grouping.clock import frame_of, mend_clock, was_set
from catalog.grouping.constraints import Constraints
from catalog.grouping.group import group, group_stretch, made_in_camera
from catalog.grouping.groups import Group
from catalog.grouping.lanes import card_of, lane_of, next_numbers, stretches
from catalog.grouping.placed import Placed, place
from catalog.grouping.rules import Rules
from catalog.grouping.shots import Shot


@dataclass(slots=True)
class _Lots:
    """The groups of each lot, and how its stretches begin and end: a set clock may have torn apart what goes on."""

    rules: Rules
    excluded: Collection[int]
    groups: list[list[Group]] = field(default_factory=list)
    _firsts: list[tuple[int, float, int]] = field(default_factory=list)
    _lasts: list[tuple[int, float, int]] = field(default_factory=list)

    def add(self, lot: Iterable[Shot]) -> None:
        """Group a lot by itself."""
        placed = [place(shot) for shot in lot]
        found = [made_in_camera(each, self.rules) for each in placed if each.shot.is_result]
        free = [each for each in placed if not each.shot.is_result] if found else placed
        for stretch in mend_clock(stretches(free, self.rules), self.rules):
            self._note_ends(stretch[0], stretch[-1])
            found += group_stretch(stretch, self.rules)
        # What a person took out may stand where a stretch would otherwise end, and go on in another lot.
        kept = [each for each in free if each.shot.id not in self.excluded]
        if 0 < len(kept) < len(free):
            for stretch in mend_clock(stretches(kept, self.rules), self.rules):
                self._note_ends(stretch[0], stretch[-1])
        self.groups.append(found)

    def _note_ends(self, first: Placed, last: Placed) -> None:
        at = len(self.groups)
        if first.time is not None and first.shot.counter is not None:
            self._firsts.append((_key(first, first.shot.counter), first.time, at))
        if last.time is not None and last.shot.counter is not None:
            self._lasts += [(_key(last, number), last.time, at) for number in next_numbers(last.shot.counter)]

    def torn(self) -> set[int]:
        """Give the lots that a set clock may have parted, rather too many than too few."""
        begins: dict[int, list[tuple[float, int]]] = {}
        for key, time, at in self._firsts:
            begins.setdefault(key, []).append((time, at))
        return {
            each
            for key, time, at in self._lasts
            for begin, other in begins.get(key, ())
            if other != at and was_set(begin - time)
            for each in (at, other)
        }


def _key(placed: Placed, number: int) -> int:
    """Stand for a file name of a body: a number is much smaller, and two names that share one do no harm."""
    return hash((lane_of(placed), card_of(placed.shot.folder), frame_of(placed.shot.name), number))


def group_lots(
    lots: Iterable[Iterable[Shot]],
    again: Callable[[Collection[int]], Iterable[Shot]],
    rules: Rules | None = None,
    constraints: Constraints | None = None,
) -> Iterator[Group]:
    """Give the same groups as `group` of all shots, in no particular order, holding one lot at a time.

    No sequence may reach from one lot into another, but for a clock that was set and for what a person said. `again`
    gives shots once more by their ids: those of the lots that turn out to concern each other.
    """
    rules, constraints = rules or Rules(), constraints or Constraints()
    seen = _Lots(rules, constraints.excluded)
    for lot in lots:
        seen.add(lot)
    together, said = seen.torn(), constraints.captures
    if said:
        together |= {
            at for at, groups in enumerate(seen.groups) if any(not said.isdisjoint(found.members) for found in groups)
        }
    for at, groups in enumerate(seen.groups):
        if at not in together:
            yield from groups
    ids = {member for at in together for found in seen.groups[at] for member in found.members}
    if ids:
        yield from group(again(ids), rules, constraints)
