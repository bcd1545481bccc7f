"""The part of a header that grouping looks at, read from its stored form in one step: a catalog may hold a million."""

from __future__ import annotations

import json
from datetime import datetime

import msgspec

from catalog.metadata import storage
from catalog.metadata.record import BracketKind, Metadata


class Header(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What grouping asks of a header, under the names that `Metadata` has for it."""

    make: str | None = None
    model: str | None = None
    body_serial: str | None = None
    lens: str | None = None
    lens_serial: str | None = None
    taken_at: datetime | None = None
    time_resolution_s: float = 1.0
    exposure_s: float | None = None
    f_number: float | None = None
    iso: float | None = None
    focal_mm: float | None = None
    width: int | None = None
    height: int | None = None
    orientation: int = 1
    focus_near_m: float | None = None
    focus_far_m: float | None = None
    focus_position: int | None = None
    focus_scheme: str | None = None
    bracket_kind: BracketKind | None = None
    bracket_index: int | None = None
    bracket_count: int | None = None
    camera_counter: int | None = None
    composite: bool = False
    software: str | None = None


_DECODER = msgspec.json.Decoder(Header)


def read_header(stored: str) -> Header | Metadata:
    """Read a stored header, `storage.to_json` as JSON text."""
    try:
        return _DECODER.decode(stored)
    except msgspec.ValidationError:
        # Infinity is a word, which has no place in a column of numbers.
        return storage.from_json(json.loads(stored))
