"""Keywords in a hierarchy: 'animal|insect|beetle', as Lightroom writes them; capitals make no difference."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from catalog.batches import chunks, names_of
from catalog.errors import NotAllowed
from catalog.models import CaptureKeyword, Keyword

SEPARATOR = "|"
LONGEST = 500


def checked(text: str) -> str:
    """Return a keyword's path with its words trimmed; '>' separates as well as '|'. Raises NotAllowed."""
    words = [" ".join(word.split()) for word in text.replace(">", SEPARATOR).split(SEPARATOR)]
    if not all(words) or not text.strip():
        raise NotAllowed(f"keyword {text!r}: a part of it is empty; write it as animal|insect|beetle")
    if any(mark in text for mark in '",;\n'):
        raise NotAllowed(f"keyword {text!r}: a keyword holds no quotation marks, commas or semicolons")
    if len(text) > LONGEST:
        raise NotAllowed(f"keyword {text[:40]!r}...: {len(text)} characters are too many; {LONGEST} at most")
    return SEPARATOR.join(words)


def of(session: Session, captures: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Return the keywords of each capture that has any, in alphabetical order."""
    named = (
        select(CaptureKeyword.capture_id, Keyword.path)
        .join(Keyword, Keyword.id == CaptureKeyword.keyword_id)
        .order_by(Keyword.folded)
    )
    return names_of(session, named, CaptureKeyword.capture_id, captures)


def counted(session: Session) -> list[tuple[str, int]]:
    """Return the keywords that are in use with the number of captures, in alphabetical order."""
    rows = session.execute(
        select(Keyword.path, func.count(CaptureKeyword.capture_id))
        .join(CaptureKeyword, CaptureKeyword.keyword_id == Keyword.id)
        .group_by(Keyword.id)
        .order_by(Keyword.folded)
    )
    return [(path, count) for path, count in rows]


def put(session: Session, wanted: Mapping[int, Iterable[str]]) -> None:
    """Give captures just these keywords."""
    numbers = _numbers(session, {path for paths in wanted.values() for path in paths})
    for chunk in chunks(wanted):
        session.execute(delete(CaptureKeyword).where(CaptureKeyword.capture_id.in_(chunk)))
    rows = [
        {"capture_id": capture, "keyword_id": number}
        for capture, paths in wanted.items()
        for number in {numbers[path.casefold()] for path in paths}
    ]
    if rows:
        session.execute(insert(CaptureKeyword), rows)


def _numbers(session: Session, paths: Collection[str]) -> dict[str, int]:
    """Return the row of each keyword by its path without capitals, made where it is new."""
    numbers: dict[str, int] = {}
    for path in sorted(paths):
        folded = path.casefold()
        row = session.scalar(select(Keyword).where(Keyword.folded == folded))
        if row is None:
            row = Keyword(path=path, folded=folded)
            session.add(row)
            session.flush()
        numbers[folded] = row.id
    return numbers
