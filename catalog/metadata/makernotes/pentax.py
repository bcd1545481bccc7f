"""Pentax: the focus motor's position, shutter count, bracketing and body.

Seen on real files of the K-3, K-3 II and K-70, none of which holds a focus position; that and the marks of bracketing
and of multiple exposure are known from documentation only.
"""

from __future__ import annotations

from catalog.metadata.finding import Finding, Raw
from catalog.metadata.header import MakerNote
from catalog.metadata.makernotes.note import head_of, note_directory
from catalog.metadata.tiff import Directory, Order

_DATE, _TIME, _FOCUS, _BRACKETING, _DRIVE, _COUNT, _SERIAL = 0x0006, 0x0007, 0x0010, 0x0018, 0x0034, 0x005D, 0x0229
_INTERVALS = frozenset((0x08, 0x0F, 0xFF))
_EXPOSURE_STEPS = 0x0FFF
"""The upper bits of the bracket's step say whether it counts halves or thirds."""


def _open(note: MakerNote) -> Directory | None:
    head = head_of(note)
    if head.startswith(b"AOC\0"):
        return note_directory(note, 6, order=_order(head[6:8]))
    if head.startswith((b"PENTAX \0", b"SAMSUNG\0")):
        return note_directory(note, 10, base=note.start, order=_order(head[10:12]))
    return None


def _order(count: bytes) -> Order:
    """Give the order in which the number of tags is small: programs that rewrite a note leave its mark as it was."""
    return "<" if int.from_bytes(count, "little") < int.from_bytes(count, "big") else ">"


def _shutter_count(tags: Directory) -> int | None:
    """Decipher the count, which is masked with the picture's date and time."""
    masked, date, time = tags.raw(_COUNT, 4), tags.raw(_DATE, 4), tags.raw(_TIME, 4)
    if len(masked) < 4 or len(date) < 4 or len(time) < 3:
        return None
    moment = int.from_bytes(time[:3] + b"\0", "big")
    return int.from_bytes(masked, "big") ^ int.from_bytes(date, "big") ^ (0xFFFFFFFF - moment)


def decode(note: MakerNote, standard: Finding) -> Finding | None:
    """Decode the note of a Pentax or Ricoh DSLR."""
    tags = _open(note)
    if tags is None:
        return None
    position, bracketing, drive = tags.number(_FOCUS), tags.numbers(_BRACKETING, 2), tags.numbers(_DRIVE, 4)
    stepped = bool(bracketing) and bracketing[0] & _EXPOSURE_STEPS != 0
    found = (("FocusPosition", list(tags.numbers(_FOCUS, 1))), ("AutoBracketing", list(bracketing)))
    raw: dict[str, Raw] = {f"Pentax.{name}": values for name, values in (*found, ("DriveMode", list(drive))) if values}
    return Finding(
        reader="pentax",
        body_serial=tags.text(_SERIAL),
        focus_position=position,
        focus_scheme="pentax-focus+" if position is not None else None,
        bracket_kind="exposure" if stepped else None,
        camera_counter=_shutter_count(tags),
        composite=(drive[3] != 0 and drive[3] not in _INTERVALS) if len(drive) == 4 else None,
        raw=raw,
    )
