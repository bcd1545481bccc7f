"""Make one record of what several readers found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from catalog.metadata.finding import Finding
from catalog.metadata.header import Header
from catalog.metadata.record import Metadata

# Where the maker knows better than the standard tag; what a program wrote later never does.
_MAKER_FIRST = frozenset(("focus_near_m",))
_PROGRAMS = frozenset(("dng", "xmp", "exiftool"))
# These are one statement: the reader that gives the first gives all.
_TOGETHER = (
    ("taken_at", "time_resolution_s", "utc_offset_minutes"),
    ("focus_near_m", "focus_far_m"),
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
_STACKERS = re.compile(
    r"stackroom|helicon|zerene|picolay|combinez|focus-?stack|shine ?stacker|focusweave|enfuse|chimpstackr|openfocus",
    re.IGNORECASE,
)


def _first(findings: Sequence[Finding], names: tuple[str, ...]) -> tuple[Finding | None, dict[str, Any]]:
    for finding in findings:
        if getattr(finding, names[0]) is not None:
            return finding, {name: getattr(finding, name) for name in names if getattr(finding, name) is not None}
    return None, {}


def _is_result(findings: Sequence[Finding], software: str | None) -> bool:
    return any(f.composite for f in findings) or bool(software and _STACKERS.search(software))


def merge(header: Header, findings: Sequence[Finding]) -> Metadata:
    """Take each field from the first reader that knows it: the standard tags before the maker's, but for focus."""
    makers = tuple(f for f in findings[1:] if f.reader not in _PROGRAMS)
    maker_first = (*makers, *(f for f in findings if f not in makers))
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
    software = chosen.get("software")
    raw = {name: value for finding in findings for name, value in finding.raw.items()}
    used |= {f.reader for f in findings if f.raw or f.composite is not None}
    return Metadata(
        **chosen,
        composite=_is_result(findings, software),
        raw=raw,
        readers=tuple(f.reader for f in findings if f.reader in used),
    )
