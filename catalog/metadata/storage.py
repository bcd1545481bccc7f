"""Write metadata as JSON for the catalog and read them back, unchanged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from catalog.metadata.record import Metadata

_NAMES = frozenset(f.name for f in fields(Metadata))
_INFINITE = "inf"


def to_json(metadata: Metadata) -> dict[str, Any]:
    """Give the record as values that JSON knows; what is unknown is left out, infinity is the string 'inf'."""
    stored: dict[str, Any] = {}
    for field in fields(Metadata):
        value = getattr(metadata, field.name)
        if value is None:
            continue
        if isinstance(value, datetime):
            value = value.isoformat()
        elif isinstance(value, float) and math.isinf(value):
            value = _INFINITE
        elif isinstance(value, tuple):
            value = list(value)
        elif isinstance(value, Mapping):
            value = dict(value)
        stored[field.name] = value
    return stored


def from_json(stored: Mapping[str, Any]) -> Metadata:
    """Rebuild the record; names that it does not know are ignored."""
    known = {name: value for name, value in stored.items() if name in _NAMES and value is not None}
    for name in ("focus_near_m", "focus_far_m"):
        if known.get(name) == _INFINITE:
            known[name] = math.inf
    if "taken_at" in known:
        known["taken_at"] = datetime.fromisoformat(known["taken_at"])
    if "readers" in known:
        known["readers"] = tuple(known["readers"])
    return Metadata(**known)
