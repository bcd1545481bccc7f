"""Captures as the catalog stores them, read as shots and parted into lots."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from catalog.grouping.evidence import PreviewEvidence
from catalog.grouping.header import read_header
from catalog.grouping.rules import Rules
from catalog.grouping.shots import Shot

LAST_NUMBER = re.compile(r"(\d+)(\D*)$")

Row = tuple[int, str, str, str, str | None, str | None]
"""A capture's id, folder, stem, stored header, stored evidence, and body."""


def read_shot(number: int, folder: str, stem: str, header: str, evidence: str | None) -> Shot:
    """Read a stored capture as grouping takes it."""
    counter = LAST_NUMBER.search(stem)
    # What was never measured is stored as JSON's null or as none at all.
    seen = PreviewEvidence.from_json(json.loads(evidence)) if evidence and evidence != "null" else None
    return Shot(
        id=number,
        metadata=read_header(header),
        counter=int(counter[1]) if counter else None,
        folder=folder,
        name=stem,
        evidence=seen,
    )


def _parts(before: Shot, after: Shot, rules: Rules) -> bool:
    """Tell whether for sure another sequence begins with the later of two shots of a body; so with one undated."""
    a, b = before.metadata.taken_at, after.metadata.taken_at
    if a is None or b is None:
        return b is not None
    pause = (b - a).total_seconds()
    longest = max(rules.suggest_within_s, rules.longest_gap_s)
    known = before.metadata
    return pause > longest and pause > longest + known.time_resolution_s + 2 * (known.exposure_s or 0.0)


def cut_lots(rows: Iterable[Row], rules: Rules) -> Iterator[list[Shot]]:
    """Part rows, by body and time, into lots that no sequence reaches out of: from one long pause to the next."""
    lot: list[Shot] = []
    body_before: str | None = None
    for number, folder, stem, header, evidence, body in rows:
        shot = read_shot(number, folder, stem, header, evidence)
        if lot and (body != body_before or _parts(lot[-1], shot, rules)):
            yield lot
            lot = []
        lot.append(shot)
        body_before = body
    if lot:
        yield lot


def cut_bundles(rows: Iterable[Row], size: int, rules: Rules) -> Iterator[list[Row]]:
    """Part rows, by body and time, into bundles of whole lots, of `size` rows or little more."""
    bundle: list[Row] = []
    for row in rows:
        if len(bundle) >= size:
            before = bundle[-1]
            if row[5] != before[5] or _parts(read_shot(*before[:5]), read_shot(*row[:5]), rules):
                yield bundle
                bundle = []
        bundle.append(row)
    if bundle:
        yield bundle
