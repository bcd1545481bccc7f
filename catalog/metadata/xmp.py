"""Read the few XMP properties that tell about focus and gear, without parsing XML that nobody vouches for."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from catalog.metadata.finding import Finding

# A property is an attribute or an element of its own; both forms end at the first quote or angle bracket.
_PROPERTY = re.compile(
    rb"(aux:ApproximateFocusDistance|aux:Lens|aux:SerialNumber|aux:LensSerialNumber|xmp:CreatorTool)"
    rb"""\s*(?:=\s*["']|>)([^"'<>]{1,200})["'<]"""
)
# Most packets hold neither; looking for these first is ten times as fast as the expression.
_MARKS = (b"aux:", b"xmp:CreatorTool")
_INFINITE = 4294967295


def _distance(text: str) -> float | None:
    numerator, _, denominator = text.partition("/")
    try:
        above, below = float(numerator), float(denominator or 1)
    except ValueError:
        return None
    if above == _INFINITE:
        return math.inf
    return above / below if above > 0 and below > 0 and math.isfinite(above / below) else None


def read_xmp(packet: bytes) -> Iterator[Finding]:
    """Give what an XMP packet says of focus distance, lens, body and program; nothing where it says nothing."""
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
    yield Finding(
        reader="xmp",
        body_serial=found.get("SerialNumber"),
        lens=found.get("Lens"),
        lens_serial=found.get("LensSerialNumber"),
        focus_near_m=distance,
        focus_far_m=distance,
        software=found.get("CreatorTool"),
        raw={f"Xmp.{name}": value for name, value in found.items()},
    )
