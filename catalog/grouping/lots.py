"""Group more captures than memory holds: lot by lot, and together only those that may concern each other."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import msgspec

from catalog.grouping.clock import frame_of, mend_clock, was_set
from catalog.grouping.constraints import Constraints
from catalog.grouping.group import group, group_stretch, made_in_camera
from catalog.grouping.groups import Group
from catalog.grouping.lanes import card_of, lane_of, next_numbers, stretches
from catalog.grouping.placed import Placed, place
from catalog.grouping.rows import Row, cut_lots
from catalog.grouping.rules import Rules
from catalog.grouping.shots import Shot

End = tuple[int, float]
"""The file name, as a number, and the time at which something begins or would go on."""


class GroupedLot(msgspec.Struct, frozen=True, gc=False):
    """The groups of a lot, and how its stretches begin and end: a set clock may have torn apart what goes on."""

    groups: list[Group]
    firsts: list[End]
    lasts: list[End]


_LOTS = list[GroupedLot]
_DECODER = msgspec.msgpack.Decoder(_LOTS)


def group_lot(lot: Iterable[Shot], rules: Rules, excluded: Collection[int] = ()) -> GroupedLot:
    """Group a lot by itself, as if nobody had said anything of it."""
    placed = [place(shot) for shot in lot]
    found = GroupedLot([made_in_camera(each, rules) for each in placed if each.shot.is_result], [], [])
    free = [each for each in placed if not each.shot.is_result] if found.groups else placed
    for stretch in mend_clock(stretches(free, rules), rules):
        _note_ends(found, stretch[0], stretch[-1])
        found.groups.extend(group_stretch(stretch, rules))
    # What a person took out may stand where a stretch would otherwise end, and go on in another lot.
    kept = [each for each in free if each.shot.id not in excluded] if excluded else free
    if 0 < len(kept) < len(free):
        for stretch in mend_clock(stretches(kept, rules), rules):
            _note_ends(found, stretch[0], stretch[-1])
    return found


def _note_ends(found: GroupedLot, first: Placed, last: Placed) -> None:
    if first.time is not None and first.shot.counter is not None:
        found.firsts.append((_key(first, first.shot.counter), first.time))
    if last.time is not None and last.shot.counter is not None:
        found.lasts.extend((_key(last, number), last.time) for number in next_numbers(last.shot.counter))


def _key(placed: Placed, number: int) -> int:
    """Stand for a file name of a body, in any process: a number is small, and two names that share one do no harm."""
    name = (lane_of(placed), card_of(placed.shot.folder), frame_of(placed.shot.name), number)
    return zlib.crc32(repr(name).encode("utf-8", "surrogatepass"))


def _torn(lots: Sequence[GroupedLot]) -> set[int]:
    """Give the lots that a set clock may have parted, rather too many than too few."""
    begins: dict[int, list[tuple[float, int]]] = {}
    for at, lot in enumerate(lots):
        for key, time in lot.firsts:
            begins.setdefault(key, []).append((time, at))
    return {
        each
        for at, lot in enumerate(lots)
        for key, time in lot.lasts
        for begin, other in begins.get(key, ())
        if other != at and was_set(begin - time)
        for each in (at, other)
    }


def group_rows(rows: Iterable[Row], rules: Rules, excluded: Collection[int] = ()) -> bytes:
    """Group whole lots by themselves; gives what `read_lots` reads, to be sent from one process to another."""
    return msgspec.msgpack.encode([group_lot(lot, rules, excluded) for lot in cut_lots(rows, rules)])


def read_lots(sent: bytes) -> list[GroupedLot]:
    """Read what `group_rows` gave."""
    return _DECODER.decode(sent)


def join_lots(
    lots: Iterable[GroupedLot],
    again: Callable[[Collection[int]], Iterable[Shot]],
    rules: Rules,
    constraints: Constraints,
) -> Iterator[Group]:
    """Give the groups of lots; those that concern each other, or that a person spoke of, are grouped together."""
    seen = list(lots)
    together, said = _torn(seen), constraints.captures
    if said:
        together |= {
            at for at, lot in enumerate(seen) if any(not said.isdisjoint(found.members) for found in lot.groups)
        }
    for at, lot in enumerate(seen):
        if at not in together:
            yield from lot.groups
    ids = {member for at in together for found in seen[at].groups for member in found.members}
    if ids:
        yield from group(again(ids), rules, constraints)


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
    grouped = (group_lot(lot, rules, constraints.excluded) for lot in lots)
    return join_lots(grouped, again, rules, constraints)
