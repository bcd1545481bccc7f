"""Understand the times that cameras write."""

from __future__ import annotations

import re
from datetime import datetime

_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-9]{2})")


def parse_time(stamp: str | None, subsec: str | None) -> tuple[datetime | None, float | None]:
    """Give the camera's wall clock, and how finely it is known in seconds; sub-seconds are decimals, '05' is 0.05 s."""
    try:
        taken = datetime.strptime((stamp or "")[:19], "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None, None
    digits = (subsec or "").strip()
    if not (digits.isascii() and digits.isdigit()):
        return taken, 1.0
    micro = int(digits[:6].ljust(6, "0"))
    return taken.replace(microsecond=micro), 10.0 ** -min(len(digits), 6)


def parse_offset(text: str | None) -> int | None:
    """Give '+05:30' in minutes; None for blanks, which some makers write."""
    found = _OFFSET.match(text or "")
    if not found:
        return None
    total = int(found[2]) * 60 + int(found[3])
    return -total if found[1] == "-" else total
