"""A batch: one undoable action over any number of captures, whatever it changes of them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

from sqlalchemy import update
from sqlalchemy.orm import Session

from catalog.errors import NoSuchRow
from catalog.models import Batch

Each = TypeVar("Each")


def chunks(values: Iterable[Each], size: int = 500) -> Iterable[list[Each]]:
    """Give values in portions that one statement can take."""
    remaining = iter(values)
    while chunk := list(islice(remaining, size)):
        yield chunk


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


def unknown_capture(capture_id: int) -> NoSuchRow:
    """Return the error for a capture that is not there."""
    return NoSuchRow(f"capture {capture_id}: not in the catalog; `stackroom list` shows what is")
