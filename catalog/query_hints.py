"""What was probably meant, where a query says what this language does not know."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

from catalog.errors import BadQuery
from catalog.query_language import Comparison, Node
from catalog.query_terms import FACTS, FIELDS

_OTHER_NAMES: Final[Mapping[str, str]] = {
    "stars": "rating", "flagged": "flag", "color": "label", "colour": "label", "tag": "keyword", "tags": "keyword",
    "keywords": "keyword", "album": "collection", "taken": "date", "year": "date", "time": "date", "make": "camera",
    "model": "camera", "body": "camera", "f": "aperture", "fnumber": "aperture", "f-number": "aperture",
    "focal-length": "focal", "exposure": "shutter", "speed": "shutter", "focus": "distance", "file": "name",
    "filename": "name", "title": "name", "path": "folder", "type": "kind", "count": "frames", "confidence": "sure",
    "state": "is", "status": "is", "stack": "is",
}  # fmt: skip
"""What other programs call a field."""
_NEAR: Final = 0.7


def no_field(name: str) -> str:
    """Say that there is no field of a name, and which was probably meant."""
    if name in FACTS:
        return f"there is no field {name!r}; write is:{name}"
    known = (*FIELDS, "is", "has")
    meant = _OTHER_NAMES.get(name) or next(iter(difflib.get_close_matches(name, known, n=1, cutoff=_NEAR)), None)
    if meant is None:
        return f"there is no field {name!r}; there are {', '.join(known)}"
    wanted = "is:stacked, is:stale or is:failed" if meant == "is" else meant
    return f"there is no field {name!r}; did you mean {wanted}?"


def require_compared(parts: tuple[Node, ...]) -> None:
    """Raise BadQuery for the name of a field with only a word after it: 'rating 4' is no search for two words."""
    for field, value in _words_in_a_row(parts):
        name = field.values[0].low.lower()
        if name in FIELDS:
            word = value.values[0].low
            raise BadQuery(field.column, f"write {name}:{word}, or put {name} in quotes to look for the word")


def _words_in_a_row(parts: tuple[Node, ...]) -> Iterator[tuple[Comparison, Comparison]]:
    for one, other in pairwise(parts):
        match one, other:
            case Comparison(field="word"), Comparison(field="word"):
                yield one, other
