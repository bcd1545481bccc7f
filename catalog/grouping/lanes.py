"""Sort captures into one time line a body, and each line into stretches that no sequence can leave."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from catalog.grouping.placed import Placed
from catalog.grouping.rules import Rules

_DCF_FOLDER = re.compile(r"^\d{3}\w{5}$", re.ASCII)
_DCF_LAST = re.compile(r"(?:^|[/\\])(\d{3})\w{5}$", re.ASCII)
_COUNTERS = 10_000
_BIG_JUMP = 5_000
_SAME_BODY_JUMP = 50

Lane = tuple[str | None, ...]


def card_of(folder: str) -> str:
    """Give the folder without its last DCF part, so that 100CANON and 101CANON are one card."""
    head, _, last = folder.replace("\\", "/").rstrip("/").rpartition("/")
    return head if _DCF_FOLDER.match(last) else folder


def next_folder(folder: str, step: int = 1) -> str | None:
    """Name the folder that a camera goes on in when one is full: 101CANON after 100CANON; None for other names."""
    found = _DCF_LAST.search(folder)
    number = int(found[1]) + step if found else 0
    return f"{folder[: found.start(1)]}{number}{folder[found.end(1) :]}" if found and 100 <= number <= 999 else None


def lane_of(placed: Placed) -> Lane:
    """Name the body that took a shot; without a serial number the card's folder stands in for it."""
    known = placed.shot.metadata
    if known.body_serial:
        return (known.make, known.model, known.body_serial)
    return (known.make, known.model, None, card_of(placed.shot.folder))


def follows(before: int | None, after: int | None) -> bool:
    """Tell whether one file number comes next after another; 9999 is followed by 1, or by 0."""
    if before is None or after is None:
        return False
    return after == before + 1 or (before == 9999 and after in (0, 1))


def next_numbers(number: int) -> tuple[int, ...]:
    """Give the file numbers that may come next after one."""
    return (number + 1,) if number != 9999 else (10000, 0, 1)


def _number(placed: Placed) -> int:
    counter = placed.shot.counter
    return counter if counter is not None else -1


def _unwrapped(numbers: Sequence[int]) -> list[int]:
    """Let file numbers go on past 9999 where both ends of the range occur."""
    if max(numbers) - min(numbers) < _BIG_JUMP:
        return list(numbers)
    return [number + _COUNTERS if number < _BIG_JUMP else number for number in numbers]


def _by_counter(shots: Sequence[Placed]) -> list[Placed]:
    """Order shots by the camera's counter where all have one, else by file number."""
    counts = [placed.shot.metadata.camera_counter for placed in shots]
    known = [count for count in counts if count is not None]
    numbers = known if len(set(known)) == len(shots) else _unwrapped([_number(placed) for placed in shots])
    order = sorted(range(len(shots)), key=lambda i: (numbers[i], shots[i].shot.folder, shots[i].shot.name, shots[i].id))
    return [shots[i] for i in order]


def _settle_ties(shots: list[Placed]) -> list[Placed]:
    """Order shots that bear one time by their counters."""
    settled: list[Placed] = []
    start = 0
    for stop in range(1, len(shots) + 1):
        if stop == len(shots) or shots[stop].time != shots[start].time:
            settled += _by_counter(shots[start:stop]) if stop - start > 1 else shots[start:stop]
            start = stop
    return settled


def _rises(numbers: Sequence[int]) -> bool:
    return all(a < b for a, b in pairwise(numbers))


def _runs_on(shots: list[Placed]) -> bool:
    """Tell whether clock and file numbers agree on an order of shots, with no two at once."""
    return all(before.time != after.time and _number(before) < _number(after) for before, after in pairwise(shots))


def _trust_counters(shots: list[Placed]) -> list[Placed]:
    """Order a stretch by its file numbers where these run through and the clock does not agree with them."""
    if len(shots) < 3 or any(placed.shot.counter is None for placed in shots):
        return shots
    numbers = _unwrapped([_number(placed) for placed in shots])
    if _rises(numbers) or len(set(numbers)) < len(numbers) or max(numbers) - min(numbers) > len(numbers) + 2:
        return shots
    return _by_counter(shots)


def pause_s(before: Placed, after: Placed) -> float:
    """Give the seconds from the end of one exposure to the start of the next, none below 0."""
    if before.time is None or after.time is None:
        return 0.0
    pause = after.time - before.time - before.exposure
    return pause if pause > 0.0 else 0.0


def pauses_s(run: Sequence[Placed]) -> list[float]:
    """Give the pauses between the frames of a run in seconds, none below 0."""
    return list(map(pause_s, run, run[1:]))


def longest_pause_s(before: Placed, rules: Rules) -> float:
    """Give the longest pause after a shot that any sequence may bridge."""
    dark = before.exposure if before.exposure >= rules.dark_frame_from_s else 0.0
    return rules.longest_gap_s + before.resolution + dark


def _chains(stretch: list[Placed]) -> list[list[Placed]]:
    """Let every shot go on the run of file numbers that it continues most closely, or begin another."""
    chains: list[list[Placed]] = []
    for placed in stretch:
        number = _number(placed)

        def ahead(chain: list[Placed], number: int = number) -> int:
            step = number - _number(chain[-1])
            return step + _COUNTERS - 1 if step < -_BIG_JUMP else step

        near = [chain for chain in chains if 0 < ahead(chain) <= _SAME_BODY_JUMP]
        if near:
            folder = placed.shot.folder
            min(near, key=lambda chain: (chain[-1].shot.folder != folder, ahead(chain))).append(placed)
        else:
            chains.append([placed])
    return chains


def _bodies(stretch: list[Placed]) -> list[list[Placed]]:
    """Tell apart what one clock time mixes: runs of file numbers that overlap in time.

    Two bodies of one model without serial numbers, or one body whose clock was reset twice.
    """
    if _rises([_number(placed) for placed in stretch]):
        return [stretch]
    bodies: list[list[Placed]] = []
    position = {placed.id: at for at, placed in enumerate(stretch)}
    ends = -1
    for chain in _chains(stretch):
        first, last = position[chain[0].id], position[chain[-1].id]
        if bodies and first > ends:
            bodies[-1] += chain
        else:
            bodies.append(chain)
        ends = max(ends, last)
    return bodies


def _is_far(before: Placed, after: Placed, rules: Rules) -> bool:
    return pause_s(before, after) > max(rules.suggest_within_s, longest_pause_s(before, rules))


def _lasted_s(shots: Sequence[Placed]) -> float:
    begin, end = shots[0].time, shots[-1].time
    return end - begin if begin is not None and end is not None else 0.0


def _dated_stretches(shots: list[Placed], rules: Rules) -> Iterable[list[Placed]]:
    shots.sort(key=lambda placed: (placed.time, placed.id))
    if _lasted_s(shots) <= rules.suggest_within_s:
        yield shots
        return
    start = 0
    for stop in range(1, len(shots) + 1):
        if stop == len(shots) or _is_far(shots[stop - 1], shots[stop], rules):
            yield shots[start:stop]
            start = stop


def _undated_stretches(shots: list[Placed]) -> Iterable[list[Placed]]:
    """Without a clock only file numbers that run through, in one folder, may make a sequence."""
    folders: dict[str, list[Placed]] = defaultdict(list)
    for placed in shots:
        folders[placed.shot.folder].append(placed)
    for together in folders.values():
        ordered = sorted(together, key=lambda placed: (_number(placed), placed.shot.name, placed.id))
        start = 0
        for stop in range(1, len(ordered) + 1):
            if (
                stop == len(ordered)
                or _number(ordered[stop]) - _number(ordered[stop - 1]) > 2
                or _number(ordered[stop]) < 0
            ):
                yield ordered[start:stop]
                start = stop


def stretches(shots: Iterable[Placed], rules: Rules) -> list[list[Placed]]:
    """Give each body's shots in shooting order, in stretches that have nothing to do with each other."""
    lanes: dict[Lane, list[Placed]] = defaultdict(list)
    undated: dict[Lane, list[Placed]] = defaultdict(list)
    for placed in shots:
        (lanes if placed.time is not None else undated)[lane_of(placed)].append(placed)
    found: list[list[Placed]] = []
    for dated in lanes.values():
        for rough in _dated_stretches(dated, rules):
            if _runs_on(rough):
                found.append(rough)
            else:
                found += map(_trust_counters, _bodies(_trust_counters(_settle_ties(rough))))
    for nameless in undated.values():
        found += _undated_stretches(nameless)
    return found
