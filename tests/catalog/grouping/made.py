"""Make captures with known truth: a few words a sequence."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from catalog.grouping.constraints import Constraints
from catalog.grouping.group import group
from catalog.grouping.shots import Shot
from catalog.metadata.record import Metadata

START = datetime(2026, 3, 7, 10, 0, 0)
NEAR_TO_FAR = (0.300, 0.306, 0.312, 0.318, 0.325, 0.332, 0.339)


def steps(n: int, first: float = 0.3, last: float = 0.36) -> list[float]:
    """Give distances in even steps of dioptres, as focus bracketing does."""
    a, b = 1 / first, 1 / last
    return [1 / (a + (b - a) * i / (n - 1)) for i in range(n)]


def frames(at: float, cadence: float, focus: Sequence[float | None], first: int = 1, **known: Any) -> list[Shot]:
    """Make frames from `at` seconds on, one for each focus distance; ids are given by `card`."""
    known = {"make": "Canon", "model": "R6", "body_serial": "1", "lens": "100 mm", "time_resolution_s": 0.01, **known}
    folder = known.pop("folder", "DCIM/100CANON")
    made = []
    for i, metres in enumerate(focus):
        taken = START + timedelta(seconds=round(at + i * cadence, 3))
        if known["time_resolution_s"] >= 1.0:
            taken = taken.replace(microsecond=0)
        header = Metadata(taken_at=taken, focus_near_m=metres, focus_far_m=metres, **known)
        number = (first + i - 1) % 9999 + 1
        made.append(Shot(id=0, metadata=header, counter=number, folder=folder, name=f"IMG_{number:04d}"))
    return made


def change(shots: Sequence[Shot], **values: Sequence[Any]) -> list[Shot]:
    """Give each frame its own values: `change(shots, iso=[100, 200])`."""
    return [
        replace(shot, metadata=dataclasses.replace(shot.metadata, **{name: each[i] for name, each in values.items()}))
        for i, shot in enumerate(shots)
    ]


def marked(shots: Sequence[Shot], kind: str = "focus", first: int = 1, count: int | None = None) -> list[Shot]:
    """Mark frames as the camera does in a bracket."""
    n = len(shots)
    return change(
        shots, bracket_kind=[kind] * n, bracket_index=list(range(first, first + n)), bracket_count=[count] * n
    )


def card(*parts: Iterable[Shot]) -> list[Shot]:
    """Number the captures of a card from 1 on."""
    return [replace(shot, id=i) for i, shot in enumerate((shot for part in parts for shot in part), 1)]


def found(shots: Iterable[Shot], constraints: Constraints | None = None) -> list[tuple[str, tuple[int, ...]]]:
    """Group, and give kinds and members."""
    return [(each.kind, each.members) for each in group(shots, constraints=constraints)]


def sizes(shots: Iterable[Shot]) -> list[tuple[str, int]]:
    """Group, and give kinds and numbers of frames."""
    return [(kind, len(members)) for kind, members in found(shots)]
