"""Apple: the range of focus distance. Seen on iPhone 7, 12 Pro and 15 Pro.

Which way FocusPosition counts is not known from any pair of files; nearer is taken as smaller, as in the phone's API.
"""

from __future__ import annotations

from catalog.metadata.finding import Finding, Raw
from catalog.metadata.header import MakerNote
from catalog.metadata.makernotes.note import head_of, note_directory

_BURST, _RANGE, _POSITION, _DEPTH = 0x000B, 0x000C, 0x002F, 0x0038


def decode(note: MakerNote, standard: Finding) -> Finding | None:
    """Decode an iPhone's note: big-endian, its offsets counting from its first byte."""
    if not head_of(note).startswith(b"Apple iOS\0"):
        return None
    tags = note_directory(note, 14, base=note.start, order=">")
    # The phone writes the two ends in either order.
    ends = sorted(value for value in (tags.ratio(_RANGE, 0), tags.ratio(_RANGE, 1)) if value is not None and value > 0)
    position = tags.number(_POSITION)
    raw: dict[str, Raw] = {
        f"Apple.{name}": list(values)
        for name, values in (
            ("FocusDistanceRange", tags.numbers(_RANGE, 2)),
            ("AFMeasuredDepth", tags.numbers(_DEPTH, 1)),
        )
        if values
    }
    burst = tags.text(_BURST)
    if burst:
        raw["Apple.BurstUUID"] = burst
    return Finding(
        reader="apple",
        focus_near_m=ends[0] if len(ends) == 2 else None,
        focus_far_m=ends[1] if len(ends) == 2 else None,
        focus_position=position,
        focus_scheme="apple-lens-position+" if position is not None else None,
        raw=raw,
    )
