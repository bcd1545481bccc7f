"""Read the few XMP properties that tell of focus, gear and time, without parsing XML that nobody vouches for."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime

from catalog.metadata.clock import parse_offset, parse_time
from catalog.metadata.finding import Finding

# A property is an attribute or an element of its own; both forms end at the first quote or angle bracket.
_PROPERTY = re.compile(
    rb"(aux:ApproximateFocusDistance|aux:Lens|aux:SerialNumber|aux:LensSerialNumber|xmp:CreatorTool|photoshop:DateCreated)"
    rb"""\s*(?:=\s*["']|>)([^"'<>]{1,200})["'<]"""
)
# Most packets hold none; looking for these first is ten times as fast as the expression.
_MARKS = (b"aux:", b"xmp:CreatorTool", b"photoshop:DateCreated")
_INFINITE = 4294967295
# To the second at least: a scan may bear the year of its negative alone.
_INSTANT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?([+-]\d\d:\d\d)?", re.ASCII)


def _distance(text: str) -> float | None:
    numerator, _, denominator = text.partition("/")
    try:
        above, below = float(numerator), float(denominator or 1)
    except ValueError:
        return None
    if above == _INFINITE:
        return math.inf
    return above / below if above > 0 and below > 0 and math.isfinite(above / below) else None


def _taken(text: str) -> tuple[datetime | None, float | None, int | None]:
    """Give the wall clock, how finely it is known, and its offset."""
    found = _INSTANT.match(text)
    if not found:
        return None, None, None
    year, month, day, time, subsec, offset = found.groups()
    taken, resolution = parse_time(f"{year}:{month}:{day} {time}", subsec)
    return taken, resolution, parse_offset(offset) if taken else None


def read_xmp(packet: bytes) -> Iterator[Finding]:
    """Give what an XMP packet says of focus distance, lens, body, time and program; nothing where it says nothing."""
    if not any(mark in packet for mark in _MARKS):
        return
    found = {
        name.decode().split(":")[1]: text
        for name, value in _PROPERTY.findall(packet)
        if (text := value.decode("utf-8", "replace").strip())
    }
    if not found:
        return
    distance = _distance(found.get("ApproximateFocusDistance", ""))
    taken, resolution, offset = _taken(found.get("DateCreated", ""))
    yield Finding(
        reader="xmp",
        taken_at=taken,
        time_resolution_s=resolution,
        utc_offset_minutes=offset,
        body_serial=found.get("SerialNumber"),
        lens=found.get("Lens"),
        lens_serial=found.get("LensSerialNumber"),
        focus_near_m=distance,
        focus_far_m=distance,
        software=found.get("CreatorTool"),
        raw={f"Xmp.{name}": value for name, value in found.items()},
    )
