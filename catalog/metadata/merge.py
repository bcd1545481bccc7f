"""Make one record of what several readers found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from catalog.metadata.finding import Finding
from catalog.metadata.header import Header
from catalog.metadata.record import Metadata

# Where the maker knows better than the standard tag; what a program wrote later never does. A maker's rank is 0.
_MAKER_FIRST = frozenset(("focus_far_m",))
_RANKS = {"exifread": 1, "ciff": 1, "dng": 2, "xmp": 2, "exiftool": 2}
# These are one statement: the reader that gives the first gives all.
_TOGETHER = (
    ("taken_at", "time_resolution_s", "utc_offset_minutes"),
    ("focus_far_m", "focus_near_m"),
    ("focus_position", "focus_scheme"),
    ("bracket_kind", "bracket_index", "bracket_count"),
    ("width", "height"),
)
_SINGLE = tuple(
    f.name
    for f in fields(Finding)
    if f.name not in ("reader", "raw", "composite") and not any(f.name in group for group in _TOGETHER)
)
# Programs that fuse frames; a plain editor's name says nothing.
STACKERS = re.compile(
    r"stackroom|helicon|zerene|picolay|combinez|focus-?stack|shine ?stacker|focusweave|enfuse|chimpstackr|openfocus",
    re.IGNORECASE,
)


def _first(findings: Sequence[Finding], names: tuple[str, ...]) -> tuple[Finding | None, dict[str, Any]]:
    for finding in findings:
        if getattr(finding, names[0]) is not None:
            return finding, {name: getattr(finding, name) for name in names if getattr(finding, name) is not None}
    return None, {}


def _is_result(findings: Sequence[Finding]) -> bool:
    return any(f.composite or (f.software and STACKERS.search(f.software)) for f in findings)


def merge(header: Header, findings: Sequence[Finding]) -> Metadata:
    """Take each field from the first reader that knows it: the standard tags before the maker's, but for focus."""
    maker_first = sorted(findings, key=lambda f: _RANKS.get(f.reader, 0))
    chosen: dict[str, Any] = {}
    used: set[str] = set()
    for names in (*((name,) for name in _SINGLE), *_TOGETHER):
        order = maker_first if names[0] in _MAKER_FIRST else findings
        finding, values = _first(order, names)
        if finding:
            chosen |= values
            used.add(finding.reader)
    if header.size:
        chosen["width"], chosen["height"] = header.size
    if chosen.get("orientation") not in range(1, 9):
        chosen["orientation"] = 1
    raw = {name: value for finding in findings for name, value in finding.raw.items()}
    used |= {f.reader for f in findings if f.raw or f.composite is not None}
    return Metadata(
        **chosen,
        composite=_is_result(findings),
        raw=raw,
        readers=tuple(f.reader for f in findings if f.reader in used),
    )
