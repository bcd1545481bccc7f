"""The page about searching names every field and every fact."""

from __future__ import annotations

import re
from pathlib import Path

from catalog.query_terms import FACTS, FIELDS

PAGE = Path(__file__).parents[2] / "docs" / "organise.md"


def test_every_field_and_fact_is_on_the_page() -> None:
    table = [line.split("|", 2) for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    named = {name for _, names, _ in table for name in re.findall(r"`(\w+)`", names)}
    assert named == {*FIELDS, "is", "has"}
    facts = next(rest for _, names, rest in table if "`has`" in names)
    assert set(re.findall(r"\w+", facts)) == set(FACTS)
