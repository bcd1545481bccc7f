"""Which captures a command is about: named by number, by sequence, or by a query."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import searching
from catalog.batches import chunks
from catalog.models import Capture, SequenceMember
from stackroom.errors import NotFound, NothingToDo, unknown_sequence

Captures = Annotated[list[int] | None, typer.Argument(metavar="CAPTURE...", help="Captures, from `list`.")]
Sequences = Annotated[
    list[int] | None, typer.Option("--sequence", metavar="SEQUENCE", help="All frames of this sequence; repeatable.")
]
Query = Annotated[str | None, typer.Option("--query", metavar="QUERY", help="All captures that match, as for `list`.")]


@dataclass(frozen=True, slots=True)
class Targets:
    """What a person named; None or nothing is the same."""

    captures: Collection[int] | None = None
    sequences: Collection[int] | None = None
    query: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was named at all."""
        return not (self.captures or self.sequences or self.query is not None)

    def resolve(self, session: Session) -> list[int]:
        """Return the captures, each once. Raises NothingToDo, NotFound, or BadQuery."""
        if self.is_empty:
            raise NothingToDo(
                "name captures, a sequence with --sequence or a query with --query; `stackroom list` shows them"
            )
        found = [*_existing(session, self.captures or ()), *_frames(session, self.sequences or ())]
        if self.query is not None:
            found += session.scalars(searching.captures_matching(session, self.query))
        if not found:
            raise NothingToDo(f"no capture matches {self.query}; `stackroom list` shows what there is")
        return list(dict.fromkeys(found))


def _existing(session: Session, numbers: Collection[int]) -> Collection[int]:
    known = {i for chunk in chunks(numbers) for i in session.scalars(select(Capture.id).where(Capture.id.in_(chunk)))}
    for number in numbers:
        if number not in known:
            raise NotFound(f"capture {number}: not in the catalog; `stackroom list` shows what is")
    return numbers


def _frames(session: Session, numbers: Collection[int]) -> list[int]:
    found: dict[int, list[int]] = {number: [] for number in numbers}
    for chunk in chunks(numbers):
        members = select(SequenceMember.sequence_id, SequenceMember.capture_id)
        here = members.where(SequenceMember.sequence_id.in_(chunk)).order_by(SequenceMember.position)
        for number, capture in session.execute(here):
            found[number].append(capture)
    for number, captures in found.items():
        if not captures:
            raise unknown_sequence(number)
    return [capture for captures in found.values() for capture in captures]
