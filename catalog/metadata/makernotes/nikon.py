"""Nikon: focus distance and lens position, shutter count, bracketing.

Seen on real files of the D70, D850, Z 5, Z 6 (also with an F lens on the FTZ), Z 8 and Z 9. The frame number of a focus
shift (Z 8 and Z 9) and the mark of a multiple exposure are known from documentation only. What Z 5, Z 6 and Z 7
write as the number of focus shift shots is a menu setting, there on every picture, and so is not read.
"""

from __future__ import annotations

import math
import struct
from typing import NamedTuple

from catalog.metadata.finding import Finding, Raw
from catalog.metadata.header import MakerNote
from catalog.metadata.lens_name import lens_by_range
from catalog.metadata.makernotes.nikon_cipher import decipher, serial_key
from catalog.metadata.makernotes.note import byte_order, head_of, note_directory
from catalog.metadata.record import BracketKind
from catalog.metadata.tiff import Directory

_ISO, _SERIAL, _LENS, _SHOOTING_MODE, _SHOT_INFO = 0x0002, 0x001D, 0x0084, 0x0089, 0x0091
_LENS_DATA, _EARLY_SERIAL, _SHUTTER_COUNT, _MULTI_EXPOSURE = 0x0098, 0x00A0, 0x00A7, 0x00B0
_LENS_DATA_SIZE = 0x5E
_EXPOSURE_BIT, _WHITE_BALANCE_BIT = 0x10, 0x40
# Where the byte of the focus distance stands, by the version of LensData.
_DISTANCE_AT = {b"0101": 9, b"0201": 9, b"0202": 9, b"0203": 9, b"0204": 10}
_F_MOUNT_DISTANCE_AT, _Z_MOUNT = 0x0B, 1
# Z 9 and Z 8: the table of offsets begins at 0x24, its entry for the shot's place in a sequence is at 0x30.
_SEQUENCE_VERSIONS = (b"0805", b"0806")
_SEQUENCE_ENTRY, _FOCUS_SHIFT = 0x30, 0x20


class _Focus(NamedTuple):
    distance: float | None = None
    position: int | None = None
    raw: tuple[tuple[str, Raw], ...] = ()


def _open(note: MakerNote) -> Directory:
    head = head_of(note)
    if head[:6] == b"Nikon\0" and head[6:7] == b"\2":
        return note_directory(note, 18, base=note.start + 10, order=byte_order(head[10:12]))
    return note_directory(note, 8 if head[:6] == b"Nikon\0" else 0)


def _coarse(value: int) -> float:
    """Give metres of the one-byte distance; 0 is infinity."""
    return 0.01 * 10 ** (value / 40) if value else math.inf


def _f_mount(data: bytes, at: int) -> _Focus:
    if len(data) <= at or not any(data[4:20]):
        return _Focus()
    return _Focus(_coarse(data[at]), None, (("Nikon.FocusDistance", data[at]),))


def _z_mount(data: bytes) -> _Focus:
    """Decode LensData 08xx; behind an adapter for F lenses the fields of the Z mount stay empty."""
    if len(data) < _LENS_DATA_SIZE or not any(data[0x30:0x40]) or data[0x35] != _Z_MOUNT:
        return _f_mount(data, _F_MOUNT_DISTANCE_AT)
    (fine,) = struct.unpack_from("<H", data, 0x4E)
    (position,) = struct.unpack_from("<i", data, 0x5A)
    # At infinity the lens still names a distance, and its position is 0 or less.
    return _Focus(2.0 ** ((fine / 256 - 80) / 12), position, (("Nikon.FocusDistance", fine),))


def _focus(data: bytes, serial: int, count: int | None) -> _Focus:
    version = data[:4]
    if version[:1] == b"0" and version >= b"0201":
        if count is None:
            return _Focus()
        data = version + decipher(data[4:], serial, count)
    if version[:2] == b"08":
        return _z_mount(data)
    return _f_mount(data, _DISTANCE_AT[version]) if version in _DISTANCE_AT else _Focus()


def _focus_shift(tags: Directory, serial: int, count: int | None) -> int:
    """Give the frame's number in a focus shift; 0 where there is none, or the body does not say."""
    info = tags.entries.get(_SHOT_INFO)
    if info is None or count is None or tags.raw(_SHOT_INFO, 4) not in _SEQUENCE_VERSIONS:
        return 0
    place = tags.block.bytes_at(info.start + _SEQUENCE_ENTRY, 4)
    offset = int.from_bytes(decipher(place, serial, count, _SEQUENCE_ENTRY), "little") + _FOCUS_SHIFT
    if not _SEQUENCE_ENTRY < offset < info.size:
        return 0
    return decipher(tags.block.bytes_at(info.start + offset, 1), serial, count, offset)[0]


def _body_serial(tags: Directory) -> str | None:
    return tags.text(_SERIAL) or (tags.text(_EARLY_SERIAL) or "").removeprefix("NO=").strip() or None


def _bracket(tags: Directory, shift: int) -> BracketKind | None:
    if shift:
        return "focus"
    mode = tags.number(_SHOOTING_MODE) or 0
    if mode & _EXPOSURE_BIT:
        return "exposure"
    return "white_balance" if mode & _WHITE_BALANCE_BIT else None


def _lens(tags: Directory) -> str | None:
    ends = [tags.ratio(_LENS, index) or 0.0 for index in range(4)]
    return lens_by_range(*ends)


def _is_result(tags: Directory) -> bool | None:
    data = tags.raw(_MULTI_EXPOSURE, 8)
    return any(data[4:8]) if data[:3] == b"010" and len(data) == 8 else None


def decode(note: MakerNote, standard: Finding) -> Finding:
    """Decode the note of a Coolpix, DSLR or Z body."""
    tags = _open(note)
    body, count = _body_serial(tags), tags.number(_SHUTTER_COUNT)
    serial = serial_key(tags.text(_SERIAL), standard.model)
    focus = _focus(tags.raw(_LENS_DATA, _LENS_DATA_SIZE), serial, count)
    shift = _focus_shift(tags, serial, count)
    kind = _bracket(tags, shift)
    raw: dict[str, Raw] = dict(focus.raw)
    if shift:
        raw["Nikon.FocusShiftShooting"] = shift
    return Finding(
        reader="nikon",
        body_serial=body,
        iso=(*tags.numbers(_ISO, 2), 0, 0)[1] or None,
        lens=_lens(tags),
        focus_near_m=focus.distance,
        focus_far_m=focus.distance,
        focus_position=focus.position,
        focus_scheme="nikon-lens-position-" if focus.position is not None else None,
        bracket_kind=kind,
        bracket_index=shift or None,
        camera_counter=count,
        composite=_is_result(tags),
        raw=raw,
    )
