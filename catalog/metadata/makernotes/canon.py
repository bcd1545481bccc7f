"""Canon: focus distance, bracketing and gear.

Seen on real files from the EOS 350D to the R6; what is known from documentation only says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from catalog.metadata.finding import Finding, Raw
from catalog.metadata.header import MakerNote
from catalog.metadata.lens_name import lens_by_range
from catalog.metadata.makernotes.note import note_directory
from catalog.metadata.record import BracketKind
from catalog.metadata.tiff import Directory

_SETTINGS, _SHOT, _SERIAL, _FILE = 0x0001, 0x0004, 0x000C, 0x0093
_LENS_MODEL, _INTERNAL_SERIAL, _FOCUS_BRACKET = 0x0095, 0x0096, 0x4053
_FAR_CM = 65535
_BRACKETS: dict[int, BracketKind] = {1: "exposure", 2: "other", 3: "iso", 4: "white_balance"}


def _at(values: Sequence[int], index: int) -> int:
    return values[index] if len(values) > index else 0


def _metres(centimetres: int) -> float:
    return math.inf if centimetres == _FAR_CM else centimetres / 100


def focus_distance(file_info: Sequence[int], shot_info: Sequence[int]) -> tuple[float | None, float | None, list[int]]:
    """Give near and far in metres, and what was written; the upper value is the far one, 0 means unknown.

    A PowerShot writes the upper one alone.
    """
    for values, index in ((file_info, 20), (shot_info, 19)):
        upper, lower = _at(values, index) & 0xFFFF, _at(values, index + 1) & 0xFFFF
        if upper and lower:
            near, far = sorted((_metres(upper), _metres(lower)))
            return near, far, [upper, lower]
        if upper:
            return None, _metres(upper), [upper, lower]
    return None, None, []


def _bracket(
    note: Directory, settings: Sequence[int], file_info: Sequence[int]
) -> tuple[BracketKind | None, int | None, int | None]:
    """Give kind, index and count."""
    # 0x4053 is known from documentation only: [1] on, [2] frames, [5] depth composite.
    focus = note.numbers(_FOCUS_BRACKET, 8)
    if _at(settings, 50) == 1 or _at(focus, 1) == 1:
        return "focus", None, (_at(focus, 2) or None) if _at(focus, 1) == 1 else None
    kind = _BRACKETS.get(_at(file_info, 3))
    return kind, (_at(file_info, 5) or None) if kind else None, None


def _lens(note: Directory, settings: Sequence[int]) -> str | None:
    name = note.text(_LENS_MODEL)
    if name:
        return name
    long, short, units = _at(settings, 23), _at(settings, 24), _at(settings, 25) or 1
    return lens_by_range(short / units, long / units, 0, 0)


def _serial(note: Directory) -> str | None:
    number = note.number(_SERIAL)
    return str(number) if number else note.text(_INTERNAL_SERIAL)


def decode(note: MakerNote, standard: Finding) -> Finding:
    """Decode the note of an EOS, PowerShot or CR3."""
    tags = note_directory(note, 0)
    settings, shot, file = (tags.numbers(tag, 128) for tag in (_SETTINGS, _SHOT, _FILE))
    near, far, centimetres = focus_distance(file, shot)
    kind, index, count = _bracket(tags, settings, file)
    raw: dict[str, Raw] = {"Canon.FocusDistance": centimetres} if centimetres else {}
    raw |= {
        f"Canon.{name}": value
        for name, value in (
            ("ContinuousDrive", _at(settings, 5)),
            ("FocusBracketing", _at(settings, 50)),
            ("BracketMode", _at(file, 3)),
            ("SequenceNumber", _at(shot, 9)),
        )
        if value
    }
    if tags.entries.get(_FOCUS_BRACKET):
        raw["Canon.FocusBracketingInfo"] = list(tags.numbers(_FOCUS_BRACKET, 8))
    return Finding(
        reader="canon",
        body_serial=_serial(tags),
        lens=_lens(tags, settings),
        focus_near_m=near,
        focus_far_m=far,
        bracket_kind=kind,
        bracket_index=index,
        bracket_count=count,
        raw=raw,
    )
