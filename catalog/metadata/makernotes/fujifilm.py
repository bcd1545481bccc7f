"""Fujifilm: the bracket and its frame number. No focus distance, and nothing to tell a focus bracket from others.

Seen on real files of the FinePix S5 Pro and X-T3 with no bracketing; the marks themselves are from documentation only.
"""

from __future__ import annotations

from dataclasses import replace

from catalog.metadata.finding import Finding, Raw
from catalog.metadata.header import MakerNote
from catalog.metadata.makernotes.note import head_of, note_directory

_SERIAL, _BRACKETING, _SEQUENCE, _DRIVE, _PICTURE_MODE = 0x0010, 0x1100, 0x1101, 0x1103, 0x1150
_COUNT, _COUNT_BITS = 0x1438, 0x7FFF
_MARK = b"FUJIFILM"
_BRACKETED = 1
_JOINED = frozenset((1, 2, 128))  # pro low-light, pro focus, HDR: each joins several exposures


def decode(note: MakerNote, standard: Finding) -> Finding | None:
    """Decode a Fujifilm note: always little-endian, its offsets counting from its first byte."""
    head = head_of(note)
    if not head.startswith(_MARK):
        return None
    little = replace(note, block=replace(note.block, order="<"))
    offset = little.block.numbers_at(note.start + len(_MARK), "I")
    tags = note_directory(little, offset[0] if offset else 0, base=note.start)
    bracketing, sequence = tags.number(_BRACKETING), tags.number(_SEQUENCE)
    mode = tags.number(_PICTURE_MODE)
    raw: dict[str, Raw] = {
        f"Fujifilm.{name}": value
        for name, value in (
            ("AutoBracketing", bracketing),
            ("SequenceNumber", sequence),
            ("DriveSettings", tags.number(_DRIVE)),
            ("PictureMode", mode),
        )
        if value is not None
    }
    return Finding(
        reader="fujifilm",
        body_serial=tags.text(_SERIAL),
        bracket_kind="other" if bracketing == _BRACKETED else None,
        bracket_index=(sequence or None) if bracketing == _BRACKETED else None,
        camera_counter=(tags.number(_COUNT) or 0) & _COUNT_BITS or None,
        composite=None if mode is None else mode in _JOINED,
        raw=raw,
    )
