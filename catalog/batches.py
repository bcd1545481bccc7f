"""A batch: one undoable action over any number of captures, whatever it changes of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from catalog.errors import NoSuchRow
from catalog.models import Batch

Each = TypeVar("Each")


def chunks(values: Iterable[Each], size: int = 500) -> Iterable[list[Each]]:
    """Give values in portions that one statement can take."""
    remaining = iter(values)
    while chunk := list(islice(remaining, size)):
        yield chunk


def names_of(
    session: Session, named: Select[int, str], capture: InstrumentedAttribute[int], captures: Iterable[int]
) -> dict[int, tuple[str, ...]]:
    """Return what `named`, a select of captures' numbers and names, says of each that has any, in its order."""
    found: dict[int, list[str]] = defaultdict(list)
    for chunk in chunks(captures):
        for number, name in session.execute(named.where(capture.in_(chunk))):
            found[number].append(name)
    return {number: tuple(names) for number, names in found.items()}


def open_batch(session: Session, label: str, *, keep_redo: bool = False) -> Batch:
    """Begin a batch. What was undone before can no longer be redone after it, unless `keep_redo`.

    `keep_redo` is for what the program does by itself on captures that no batch has changed: it must not take a
    person's redo away.
    """
    if not keep_redo:
        session.execute(update(Batch).where(Batch.undone).values(dropped=True))
    batch = Batch(label=label)
    session.add(batch)
    session.flush()
    return batch


def newest(session: Session) -> int | None:
    """Return the batch that was opened last, undone or not."""
    return session.scalar(select(func.max(Batch.id)))


def unknown_capture(capture_id: int) -> NoSuchRow:
    """Return the error for a capture that is not there."""
    return NoSuchRow(f"capture {capture_id}: not in the catalog; `stackroom list` shows what is")
