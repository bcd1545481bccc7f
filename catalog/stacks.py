"""Record results: a stack with its frames and exports. The same result recorded twice is the same rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, union, update
from sqlalchemy.orm import Session

from catalog.batches import chunks
from catalog.models import Delivery, Export, File, Sequence, Stack, StackFrame


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file that was written."""

    path: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """A frame that went into a stack, or was left out of it (`used`); `transform` is 3 x 3, reference to frame."""

    capture_id: int
    file_id: int
    digest: str
    used: bool
    transform: list[list[float]] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRecord:
    """All that is kept of a stack."""

    sequence_id: int
    key: str
    master: FileRecord
    method: str
    engine_version: str
    settings: dict[str, Any]
    quality: dict[str, Any]
    frames: tuple[FrameRecord, ...]


def record_stack(session: Session, record: StackRecord) -> int:
    """Record a stack as its sequence's current one; earlier ones stay as versions. Returns its id."""
    # While it was being built its sequence may have been merged into another: then it is nobody's, but on record.
    sequence = session.scalar(select(Sequence.id).where(Sequence.id == record.sequence_id))
    stack = session.scalar(select(Stack).where(Stack.key == record.key))
    if stack is None:
        stack = Stack(key=record.key)
        session.add(stack)
    stack.sequence_id = sequence
    stack.path, stack.size, stack.digest = record.master.path, record.master.size, record.master.digest
    stack.method, stack.engine_version = record.method, record.engine_version
    stack.settings = record.settings
    # A report without a word on quality only rendered what had been fused before: what is known of that stays.
    is_news = bool(record.quality) or not stack.quality
    if is_news:
        stack.quality = record.quality
    stack.current = stack.sequence_id is not None
    session.flush()
    session.execute(
        update(Stack).where(Stack.sequence_id == record.sequence_id, Stack.id != stack.id).values(current=False)
    )
    _vacate(session, record.master.path, stack)
    known = {frame.position: frame for frame in stack.frames}
    for position, frame in enumerate(record.frames):
        row = known.get(position)
        if row is None:
            row = StackFrame(stack_id=stack.id, position=position)
            session.add(row)
        row.capture_id, row.file_id, row.digest = frame.capture_id, frame.file_id, frame.digest
        if is_news:
            row.used, row.transform = frame.used, frame.transform
    session.flush()
    return stack.id


def _vacate(session: Session, path: str, keeper: Stack | Export) -> None:
    """Take a path from the earlier versions that it was written over: what they were is gone from the disk."""
    session.execute(update(Stack).where(Stack.path == path, Stack.key != keeper.key).values(path="", size=0))
    session.execute(delete(Export).where(Export.path == path, Export.key != keeper.key))


def record_export(session: Session, stack_id: int, *, key: str, recipe: dict[str, Any], file: FileRecord) -> int:
    """Record a file rendered from a stack. Returns its id."""
    export = session.scalar(select(Export).where(Export.stack_id == stack_id, Export.key == key))
    if export is None:
        export = Export(stack_id=stack_id, key=key)
        session.add(export)
    export.recipe, export.path, export.size, export.digest = recipe, file.path, file.size, file.digest
    session.flush()
    _vacate(session, file.path, export)
    return export.id


def belongs_to_other(session: Session, path: str, sequence_id: int) -> bool:
    """Say whether a path is a result of another sequence."""
    owners = select(Stack.sequence_id).where(Stack.path == path)
    rendered = select(Stack.sequence_id).join(Export, Export.stack_id == Stack.id).where(Export.path == path)
    return any(owner != sequence_id for owner in session.scalars(owners.union(rendered)))


def results_among(session: Session, paths: Collection[str]) -> set[str]:
    """Return those of the paths at which a result of ours lies, or lay."""
    found: set[str] = set()
    for chunk in chunks(paths):
        mine = union(*(select(table.path).where(table.path.in_(chunk)) for table in (Stack, Export, Delivery)))
        found.update(session.scalars(mine))
    return found


def digests_at(session: Session, paths: Collection[str]) -> dict[str, str]:
    """Return what we left at those of the paths at which a stack's files lie."""
    found: dict[str, str] = {}
    for chunk in chunks(paths):
        for table in (Stack, Export):
            rows = session.execute(select(table.path, table.digest).where(table.path.in_(chunk)).order_by(table.id))
            found.update((path, digest) for path, digest in rows)
    return found


def sizes_of_results(session: Session, sizes: Collection[int]) -> set[int]:
    """Return those sizes that a result has: only of such files is a digest worth reading for."""
    found = union(*(select(table.size).where(table.size.in_(sizes)) for table in (Stack, Export, Delivery)))
    return set(session.scalars(found))


def is_result(session: Session, path: str, digest: str) -> bool:
    """Say whether a file is one of our own results, by its place or by its content (a result may be moved)."""
    for table in (Stack, Export, Delivery):
        if session.scalar(select(table.id).where((table.path == path) | (table.digest == digest)).limit(1)):
            return True
    return False


def file_ids(session: Session, capture_ids: list[int]) -> dict[int, int]:
    """Return the file that is developed of each capture: the raw one where there is one."""
    rows = session.execute(select(File.capture_id, File.id, File.role).where(File.capture_id.in_(capture_ids)))
    best: dict[int, tuple[bool, int]] = {}
    for capture_id, file_id, role in rows:
        best[capture_id] = max(best.get(capture_id, (False, 0)), (role == "raw", file_id))
    return {capture_id: file_id for capture_id, (_, file_id) in best.items()}
