"""Olympus and OM System: focus distance and motor steps, bracketing, in-camera results.

Seen on real files of the E-1, E-M5 III, E-M10 III and OM-1; the bit that marks focus bracketing, and the kinds of
in-camera result, are known from documentation only.
"""

from __future__ import annotations

import math

from catalog.metadata.finding import Finding, Raw
from catalog.metadata.header import MakerNote
from catalog.metadata.makernotes.note import byte_order, head_of, note_directory, sub_directory
from catalog.metadata.record import BracketKind
from catalog.metadata.tiff import Directory

_EQUIPMENT, _SETTINGS, _FOCUS = 0x2010, 0x2020, 0x2050
_EARLY_SERIAL, _SERIAL, _LENS_SERIAL, _LENS_MODEL = 0x0404, 0x0101, 0x0202, 0x0203
_STEP_SIZE, _DRIVE, _STACKED = 0x0308, 0x0600, 0x0804
_STEPS, _STEPS_FAR, _STEPS_NEAR, _DISTANCE = 0x0301, 0x0303, 0x0304, 0x0305
_FAR = 0xFFFFFFFF
_DRIVE_KINDS: dict[int, BracketKind] = {2: "exposure", 3: "white_balance", 4: "exposure"}
_BRACKETING = 5
# Bits of DriveMode's third number; the focus bit rules where several are set.
_BRACKET_BITS: tuple[tuple[int, BracketKind], ...] = (
    (0x40, "focus"),
    (0x01, "exposure"),
    (0x20, "exposure"),
    (0x10, "iso"),
    (0x02, "white_balance"),
)
# Live composite, the two HDR modes and the focus stack. High resolution and live ND also join exposures,
# but hold one plane of focus: they are what a photographer would stack.
_RESULTS = frozenset((1, 5, 6, 9))


def _open(note: MakerNote) -> Directory:
    head = head_of(note)
    if head.startswith(b"OM SYSTEM\0\0\0"):
        return note_directory(note, 16, base=note.start, order=byte_order(head[12:14]))
    if head.startswith(b"OLYMPUS\0"):
        return note_directory(note, 12, base=note.start, order=byte_order(head[8:10]))
    return note_directory(note, 8)


def _distance(focus: Directory) -> tuple[float | None, list[int]]:
    pair = list(focus.numbers(_DISTANCE, 1))
    if not pair or not pair[0]:
        return None, pair
    # Millimetres stand in the numerator; the denominator means nothing.
    return (math.inf if pair[0] == _FAR else pair[0] / 1000), pair


def _position(focus: Directory) -> tuple[int | None, str | None]:
    """Give the motor's step and its scheme; the steps at the lens's two ends tell which way they count."""
    step, far, near = (focus.number(tag) for tag in (_STEPS, _STEPS_FAR, _STEPS_NEAR))
    if step is None:
        return None, None
    return step, "olympus-steps+" if far is not None and near is not None and far > near else "olympus-steps-"


def _bracket(drive: tuple[int, ...]) -> tuple[BracketKind | None, int | None]:
    mode, shot, bits = (*drive, 0, 0, 0)[:3]
    kind = _DRIVE_KINDS.get(mode)
    if mode == _BRACKETING:
        kind = next((name for bit, name in _BRACKET_BITS if bits & bit), "other")
    return kind, (shot or None) if kind else None


def decode(note: MakerNote, standard: Finding) -> Finding:
    """Decode the note of any Olympus or OM body, with the offsets of either."""
    tags = _open(note)
    empty = Directory(tags.block, 0)
    equipment, settings, focus = (sub_directory(tags, tag) or empty for tag in (_EQUIPMENT, _SETTINGS, _FOCUS))
    distance, pair = _distance(focus)
    step, scheme = _position(focus)
    drive, stacked = settings.numbers(_DRIVE, 8), settings.numbers(_STACKED, 2)
    kind, index = _bracket(drive)
    found: dict[str, list[int]] = {
        "FocusDistance": pair,
        "FocusStepInfinity": list(focus.numbers(_STEPS_FAR, 1)),
        "FocusStepNear": list(focus.numbers(_STEPS_NEAR, 1)),
        "FocusBracketStepSize": list(settings.numbers(_STEP_SIZE, 1)),
        "DriveMode": list(drive),
        "StackedImage": list(stacked),
    }
    raw: dict[str, Raw] = {f"Olympus.{name}": values for name, values in found.items() if values}
    return Finding(
        reader="olympus",
        body_serial=equipment.text(_SERIAL) or tags.text(_EARLY_SERIAL),
        lens=equipment.text(_LENS_MODEL),
        lens_serial=equipment.text(_LENS_SERIAL),
        focus_near_m=distance,
        focus_far_m=distance,
        focus_position=step,
        focus_scheme=scheme,
        bracket_kind=kind,
        bracket_index=index,
        composite=(stacked[0] in _RESULTS) if stacked else None,
        raw=raw,
    )
