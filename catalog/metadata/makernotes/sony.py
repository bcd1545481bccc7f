"""Sony: the focus motor's position, shutter count and place in a burst.

Seen on real files of the DSLR-A330, SLT-A77V, ILCE-6000, 7M3, 7SM3 and 7CM2. The position rises with distance but is no
distance; there is no mark of focus bracketing. Bracketing by exposure is known from documentation only.
"""

from __future__ import annotations

import math
import re
import struct

from catalog.metadata.finding import Finding, Raw
from catalog.metadata.header import MakerNote
from catalog.metadata.makernotes.note import head_of, note_directory
from catalog.metadata.record import BracketKind
from catalog.metadata.tiff import Directory

_SHOT_COUNTS, _SEQUENCE, _FOCUS = 0x9050, 0x9400, 0x9402
_RELEASE, _SEQUENCE_NUMBER = 0xB049, 0xB04A
_MOST = 512
# Tag 0x0020 of the DSLR-A200 to A900, by its size.
_EARLY_FOCUS, _EARLY_SIZES, _EARLY_POSITION_AT, _EARLY_COUNT_AT = 0x0020, (19154, 19148), 0x09BB, 0x0846
_EARLY_FAR = 128
_POSITION_AT = 0x2D
_NO_MOTOR = re.compile(r"SLT-|HV|ILCA-|DSC-|Stellar")
# The bodies whose shutter count stands at 0x32, at 0x3a and at 0x0a; elsewhere it is not known.
_EARLY = re.compile(r"(SLT-|HV|Lunar|NEX-|ILCA-(68|77M2)|ILCE-(7|7R|7S|7M2|QX1|[356]000|3500|5100)\b)")
_MIDDLE = re.compile(
    r"(ILCA-99M2|ILME-FX3|ZV-E10|ILCE-(1|6[14]00A?|6300|6500|6600|7C|7M3|7M4A?|7RM2|7RM[34]A?|7RM5|7SM[23]|9|9M2))\b"
)
_LATE = re.compile(r"(ILME-FX2|ZV-E1|ZV-E10M2|ILCE-(1M2|6700|7CM2|7CR|7M5|7RM6))\b")
_COUNT_AT = ((_EARLY, 0x32), (_MIDDLE, 0x3A), (_LATE, 0x0A))
_COUNT_BITS = 0x00FFFFFF
# Where 0x9400 keeps the frame's number (from 0), and the number of frames, by its first byte.
_SEQUENCE_AT = {
    **dict.fromkeys((0x07, 0x09, 0x0A), (0x08, 0x22)),
    **dict.fromkeys((0x0C,), (0x08, 0x1E)),
    **dict.fromkeys((0x23, 0x24, 0x26, 0x28, 0x31, 0x32, 0x33, 0x41), (0x12, 0x16)),
}
_RELEASES: dict[int, BracketKind] = {5: "exposure", 6: "white_balance", 8: "other"}


def _cube_table() -> bytes:
    """Invert the cipher c = b³ mod 249; a few bytes have no inverse of their own and stay as they are."""
    table = bytearray(range(256))
    for plain in range(2, 248):
        table[plain**3 % 249] = plain
    return bytes(table)


_PLAIN = _cube_table()


def _open(note: MakerNote) -> Directory:
    marked = head_of(note)[:4] in (b"SONY", b"VHAB", b"\0\0SO")
    return note_directory(note, 12 if marked else 0)


def _number(data: bytes, at: int, form: str = "<I") -> int | None:
    return struct.unpack_from(form, data, at)[0] if at + struct.calcsize(form) <= len(data) else None


def _shutter_count(tags: Directory, model: str) -> int | None:
    data = tags.raw(_SHOT_COUNTS, _MOST).translate(_PLAIN)
    at = next((at for bodies, at in _COUNT_AT if bodies.match(model)), None)
    count = None if at is None else _number(data, at)
    return None if count is None else count & _COUNT_BITS or None


def _position(tags: Directory, model: str) -> int | None:
    enciphered = tags.raw(_FOCUS, _MOST)
    if _NO_MOTOR.match(model) or len(enciphered) <= _POSITION_AT or enciphered[0] in (0x05, 0xFF):
        return None
    return enciphered.translate(_PLAIN)[_POSITION_AT] or None


def _early(tags: Directory, focal_mm: float | None) -> Finding | None:
    """Decode the plain block of the first DSLRs: position, its distance in focal lengths, and shutter count."""
    entry = tags.entries.get(_EARLY_FOCUS)
    if entry is None or entry.size not in _EARLY_SIZES:
        return None
    data = tags.raw(_EARLY_FOCUS)
    position, count = data[_EARLY_POSITION_AT], _number(data, _EARLY_COUNT_AT) or 0
    distance = math.inf if position >= _EARLY_FAR else position * focal_mm / 1000 if focal_mm and position else None
    return Finding(
        reader="sony",
        focus_near_m=distance,
        focus_far_m=distance,
        focus_position=position,
        focus_scheme="sony-dslr-focus+",
        camera_counter=count & _COUNT_BITS or None,
        raw={"Sony.FocusPosition": position},
    )


def _sequence(tags: Directory) -> tuple[int | None, int | None]:
    """Give the frame's number from 1, and the number of frames where it was fixed beforehand."""
    enciphered = tags.raw(_SEQUENCE, _MOST)
    places = _SEQUENCE_AT.get(enciphered[0]) if enciphered else None
    if places is None:
        return None, None
    data = enciphered.translate(_PLAIN)
    index, count = _number(data, places[0]), _number(data, places[1], "B")
    return (None if index is None else index + 1), count or None


def decode(note: MakerNote, standard: Finding) -> Finding:
    """Decode the note of an A-mount or E-mount body."""
    tags, model = _open(note), standard.model or ""
    if early := _early(tags, standard.focal_mm):
        return early
    position, (index, count) = _position(tags, model), _sequence(tags)
    kind = _RELEASES.get(tags.number(_RELEASE) or 0)
    raw: dict[str, Raw] = {
        f"Sony.{name}": value
        for name, value in (
            ("FocusPosition2", position),
            ("ReleaseMode", tags.number(_RELEASE)),
            ("SequenceNumber", tags.number(_SEQUENCE_NUMBER)),
            ("SequenceImageNumber", index),
            ("SequenceLength", count),
        )
        if value is not None
    }
    return Finding(
        reader="sony",
        focus_position=position,
        focus_scheme="sony-focus+" if position is not None else None,
        bracket_kind=kind,
        bracket_index=index if kind else None,
        bracket_count=count if kind else None,
        camera_counter=_shutter_count(tags, model),
        raw=raw,
    )
