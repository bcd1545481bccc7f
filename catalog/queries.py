"""Ask the catalog: plain frozen values for the planner, the command line and the page. No query in a loop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from catalog import copies
from catalog.batches import chunks
from catalog.metadata import storage
from catalog.metadata.record import Metadata
from catalog.models import Capture, Export, File, Job, Sequence, SequenceMember, Sighting, Stack
from stacker.choice import NOTHING_SAID, StackChoice


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A file that we wrote; `key` names what it was made from and how."""

    path: str
    size: int
    digest: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StackView:
    """One version of a sequence's result."""

    id: int
    key: str
    master: ResultFile
    exports: tuple[ResultFile, ...]
    method: str
    engine_version: str
    settings: dict[str, Any]
    quality: dict[str, Any]
    current: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameView:
    """A capture in its sequence; the file is the raw one where there is one."""

    capture_id: int
    file_id: int
    path: str
    source: str
    digest: str
    metadata: Metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceView:
    """A sequence with its frames in shooting order and its results, newest first."""

    id: int
    kind: str
    confidence: float
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    complete: bool
    idle_s: float
    expected_count: int | None
    changed_at: datetime
    reference_capture_id: int | None
    frames: tuple[FrameView, ...]
    stacks: tuple[StackView, ...]
    job_state: str | None
    job_error: str | None
    choice: StackChoice = NOTHING_SAID
    """What somebody chose of how it is stacked."""

    @property
    def reference_index(self) -> int:
        """The place of the chosen reference among the frames; the middle one unless somebody chose."""
        ids = [frame.capture_id for frame in self.frames]
        chosen = self.reference_capture_id
        return ids.index(chosen) if chosen in ids else len(ids) // 2

    @property
    def reference(self) -> FrameView:
        """The frame whose geometry, look and header the result takes on."""
        return self.frames[self.reference_index]

    @property
    def current(self) -> StackView | None:
        """The result in force."""
        return next((stack for stack in self.stacks if stack.current), None)

    @property
    def state(self) -> str:
        """Where it stands: 'open', 'done', 'stale' and so on, for a person."""
        if self.kind != "focus":
            return "not stacked"
        if self.job_state in ("queued", "running", "failed", "cancelled"):
            return self.job_state
        if self.current is not None:
            return "done"
        return "waiting" if self.complete else "open"


def _frames(session: Session, numbers: Select[int]) -> dict[int, list[FrameView]]:
    """Return the frames of sequences in shooting order. Columns and not rows: a card has thousands of frames."""
    columns = (
        SequenceMember.sequence_id,
        Capture.id,
        File.id,
        File.stored_path,
        File.source_path,
        File.digest,
        Capture.header,
    )
    found = session.execute(
        select(*columns)
        .join(Capture, Capture.id == SequenceMember.capture_id)
        .join(File, File.capture_id == Capture.id)
        .where(SequenceMember.sequence_id.in_(numbers))
        .order_by(SequenceMember.sequence_id, SequenceMember.position, File.role != "raw", File.id)
    )
    frames: dict[int, list[FrameView]] = defaultdict(list)
    for number, capture_id, file_id, path, source, digest, header in found:
        mine = frames[number]
        if mine and mine[-1].capture_id == capture_id:
            continue  # the JPEG beside the raw file
        mine.append(
            FrameView(
                capture_id=capture_id,
                file_id=file_id,
                path=path,
                source=source,
                digest=digest,
                metadata=storage.from_json(header),
            )
        )
    return frames


def _stack(stack: Stack) -> StackView:
    return StackView(
        id=stack.id,
        key=stack.key,
        master=ResultFile(stack.path, stack.size, stack.digest, stack.key),
        exports=tuple(ResultFile(e.path, e.size, e.digest, e.key) for e in stack.exports),
        method=stack.method,
        engine_version=stack.engine_version,
        settings=stack.settings,
        quality=stack.quality,
        current=stack.current,
        created_at=stack.created_at,
    )


_NO_JOB: Final = (None, None)


def _newest_jobs(session: Session, numbers: Select[int]) -> dict[int | None, tuple[str, str | None]]:
    wanted = select(Job.sequence_id, Job.state, Job.error).where(Job.sequence_id.in_(numbers))
    return {row.sequence_id: (row.state, row.error) for row in session.execute(wanted.order_by(Job.updated_at))}


def _stacks_of(session: Session, numbers: Select[int]) -> dict[int, list[StackView]]:
    stacks: dict[int, list[StackView]] = defaultdict(list)
    found = select(Stack).where(Stack.sequence_id.in_(numbers)).order_by(Stack.id.desc())
    for stack in session.scalars(found.options(selectinload(Stack.exports))):
        stacks[stack.sequence_id or 0].append(_stack(stack))
    return stacks


def sequence_views(
    session: Session,
    *,
    kinds: Collection[str] = (),
    ids: Collection[int] | None = None,
    complete: bool | None = None,
) -> list[SequenceView]:
    """Return sequences in the order they were shot; all kinds, complete and open ones, where nothing is chosen."""
    conditions = [Sequence.kind.in_(kinds)] if kinds else []
    if ids is not None:
        conditions.append(Sequence.id.in_(ids))
    if complete is not None:
        conditions.append(Sequence.complete.is_(complete))
    numbers = select(Sequence.id).where(*conditions)
    in_order = (Sequence.started_at.is_(None), Sequence.started_at, Sequence.id)
    rows = session.scalars(select(Sequence).where(*conditions).order_by(*in_order)).all()
    frames, stacks = _frames(session, numbers), _stacks_of(session, numbers)
    jobs = _newest_jobs(session, numbers)
    return [
        SequenceView(
            id=row.id,
            kind=row.kind,
            confidence=row.confidence,
            reasons=tuple(row.reasons),
            warnings=tuple(row.warnings),
            complete=row.complete,
            idle_s=row.idle_s,
            expected_count=row.expected_count,
            changed_at=row.changed_at,
            reference_capture_id=row.reference_capture_id,
            frames=tuple(frames[row.id]),
            stacks=tuple(stacks[row.id]),
            job_state=jobs.get(row.id, _NO_JOB)[0],
            job_error=jobs.get(row.id, _NO_JOB)[1],
            choice=StackChoice.from_json(row.stack_choice or {}),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class OpenSequence:
    """A sequence that frames may still come to."""

    id: int
    frames: int
    idle_s: float
    expected_count: int | None
    folders: tuple[str, ...]
    """Where its frames came from."""


def open_sequences(session: Session) -> list[OpenSequence]:
    """Return the sequences that are not complete."""
    columns = (Sequence.id, Sequence.idle_s, Sequence.expected_count, Capture.folder)
    rows = session.execute(
        select(*columns, func.count(SequenceMember.capture_id))
        .join(SequenceMember, SequenceMember.sequence_id == Sequence.id)
        .join(Capture, Capture.id == SequenceMember.capture_id)
        .where(~Sequence.complete)
        .group_by(Sequence.id, Capture.folder)
        .order_by(Sequence.id, Capture.folder)
    )
    found: dict[int, OpenSequence] = {}
    for number, idle_s, expected, folder, frames in rows:
        before = found.get(number, OpenSequence(number, 0, idle_s, expected, ()))
        found[number] = replace(before, frames=before.frames + frames, folders=(*before.folders, folder))
    return list(found.values())


@dataclass(frozen=True, slots=True)
class CaptureView:
    """A capture as `list` shows it."""

    id: int
    taken_at: datetime | None
    body: str | None
    paths: tuple[str, ...]
    sequence_id: int | None
    kind: str | None
    rating: int
    flag: int
    label: str | None
    metadata: Metadata


def list_captures(
    session: Session,
    *,
    limit: int = 200,
    offset: int = 0,
    ids: Collection[int] | None = None,
    among: Select[int] | None = None,
) -> list[CaptureView]:
    """Return captures in the order they were taken, undated ones last; `among` is what a search gave."""
    query = (
        select(Capture, SequenceMember.sequence_id, Sequence.kind)
        .outerjoin(SequenceMember, SequenceMember.capture_id == Capture.id)
        .outerjoin(Sequence, Sequence.id == SequenceMember.sequence_id)
        .options(selectinload(Capture.files))
        .order_by(Capture.taken_at.is_(None), Capture.taken_at, Capture.id)
        .limit(limit)
        .offset(offset)
    )
    if ids is not None:
        query = query.where(Capture.id.in_(ids))
    if among is not None:
        query = query.where(Capture.id.in_(among))
    rows = session.execute(query).all()
    shown = _shown_by_copies(session, [capture.id for capture, _, _ in rows if not capture.files])
    return [
        CaptureView(
            capture.id,
            capture.taken_at,
            capture.body,
            shown.get(capture.id) or tuple(file.stored_path for file in capture.files),
            sequence_id,
            kind,
            capture.rating,
            capture.flag,
            capture.label,
            storage.from_json(capture.header),
        )
        for capture, sequence_id, kind in rows
    ]


def _shown_by_copies(session: Session, captures: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Return the files that virtual copies show: those of their originals."""
    origin = copies.originals(session, captures)
    found: dict[int, list[str]] = defaultdict(list)
    for chunk in chunks(set(origin.values())):
        theirs = select(File.capture_id, File.stored_path).where(File.capture_id.in_(chunk)).order_by(File.id)
        for original, path in session.execute(theirs):
            found[original].append(path)
    return {copy: tuple(found[original]) for copy, original in origin.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What became of the files below some folders."""

    captures: int
    capture_ids: frozenset[int]
    duplicates: tuple[tuple[str, str], ...]
    skipped: tuple[tuple[str, str], ...]


def _below(path: str, roots: Iterable[str]) -> bool:
    return any(path == root or path.startswith(root.rstrip("/") + "/") for root in roots)


def source_report(session: Session, roots: Collection[str]) -> SourceReport:
    """Tell of every file that was seen below the folders: how many captures, which duplicates, what was skipped."""
    rows = session.execute(
        select(Sighting.source_path, Sighting.outcome, Sighting.reason, File.capture_id, File.source_path)
        .outerjoin(File, File.id == Sighting.file_id)
        .order_by(Sighting.source_path)
    ).all()
    captures: set[int] = set()
    duplicates: list[tuple[str, str]] = []
    skipped: list[tuple[str, str]] = []
    for path, outcome, reason, capture_id, original in rows:
        if not _below(path, roots):
            continue
        if capture_id is not None:
            captures.add(capture_id)
        if outcome == "duplicate":
            duplicates.append((path, original))
        elif outcome == "skipped":
            skipped.append((path, reason or ""))
    return SourceReport(
        captures=len(captures),
        capture_ids=frozenset(captures),
        duplicates=tuple(duplicates),
        skipped=tuple(skipped),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much of what there is."""

    captures: int
    files: int
    sequences: dict[str, int]
    stacks: int
    exports: int
    jobs: dict[str, int]


def counts(session: Session) -> Counts:
    """Count the catalog's contents."""

    def total(table: Any) -> int:
        return session.scalar(select(func.count()).select_from(table)) or 0

    def tally(column: InstrumentedAttribute[str]) -> dict[str, int]:
        return {row[0]: row[1] for row in session.execute(select(column, func.count()).group_by(column))}

    return Counts(
        captures=total(Capture),
        files=total(File),
        sequences=tally(Sequence.kind),
        stacks=session.scalar(select(func.count()).select_from(Stack).where(Stack.current)) or 0,
        exports=total(Export),
        jobs=tally(Job.state),
    )
