"""Tell when a group is complete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from catalog.grouping.groups import Group
from catalog.grouping.lanes import lane_of
from catalog.grouping.placed import place
from catalog.grouping.shots import Shot


def is_counted_out(found: Group, shots: Mapping[int, Shot]) -> bool:
    """Tell whether the camera's count says that all frames are here."""
    if found.expected_count is None or len(found.members) < found.expected_count:
        return False
    indices = {shots[i].metadata.bracket_index for i in found.members}
    return None in indices or len(indices) >= found.expected_count


def is_closed(
    found: Group, shots: Mapping[int, Shot], others: Iterable[Shot] = (), now: datetime | None = None
) -> bool:
    """Tell whether a group is complete.

    It is when the camera's count is reached, when its body went on to something else (`others` are shots outside
    the group), or when nothing came for `closed_after_s` until `now`, a wall clock like the camera's.
    """
    if is_counted_out(found, shots):
        return True
    last = place(shots[found.members[-1]])
    lane = lane_of(last)
    if last.time is not None:
        for shot in others:
            other = place(shot)
            if other.time is not None and other.time > last.time and lane_of(other) == lane:
                return True
    if now is None or shots[found.members[-1]].metadata.taken_at is None:
        return False
    taken = shots[found.members[-1]].metadata.taken_at
    return taken is not None and (now - taken).total_seconds() - last.exposure >= found.closed_after_s
