"""Panasonic, and the Leicas that it makes: bracketing, its frame number, gear.

Seen on real files of the DMC-FZ3 and DMC-LX3 with no bracketing; every mark of focus bracketing and of merged post
focus is known from documentation only. There is no focus distance.
"""

from __future__ import annotations

from catalog.metadata.finding import Finding, Raw
from catalog.metadata.header import MakerNote
from catalog.metadata.makernotes.note import head_of, note_directory
from catalog.metadata.record import BracketKind

_INTERNAL_SERIAL, _BURST, _SEQUENCE = 0x0025, 0x002A, 0x002B
_LENS, _LENS_SERIAL, _FOCUS_BRACKET, _MERGED = 0x0051, 0x0052, 0x00BD, 0x00BF
_BURSTS: dict[int, BracketKind] = {2: "exposure", 3: "focus", 8: "white_balance", 18: "other"}


def decode(note: MakerNote, standard: Finding) -> Finding | None:
    """Decode a Lumix's note."""
    head = head_of(note)
    if not head.startswith((b"Panasonic\0\0\0", b"LEICA\0\0\0")):
        return None
    tags = note_directory(note, 12 if head.startswith(b"Panasonic") else 8)
    burst, sequence = tags.number(_BURST), tags.number(_SEQUENCE)
    kind = _BURSTS.get(burst or 0)
    # Steps from where the bracket began; positive is farther.
    step = tags.number(_FOCUS_BRACKET) if kind == "focus" else None
    merged = tags.numbers(_MERGED, 2)
    raw: dict[str, Raw] = {
        f"Panasonic.{name}": value
        for name, value in (("BurstMode", burst), ("SequenceNumber", sequence), ("FocusBracket", step))
        if value is not None
    }
    return Finding(
        reader="panasonic",
        body_serial=tags.text(_INTERNAL_SERIAL),
        lens=tags.text(_LENS),
        lens_serial=tags.text(_LENS_SERIAL),
        focus_position=step,
        focus_scheme="panasonic-focus-bracket+" if step is not None else None,
        bracket_kind=kind,
        bracket_index=sequence or None if kind else None,
        composite=any(merged) if merged else None,
        raw=raw,
    )
