"""Record files: identity is content, RAW and JPEG of one exposure are one capture, a file seen twice is one file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.metadata import storage
from catalog.metadata.record import Metadata
from catalog.models import Capture, File, Sighting

PAIR_TOLERANCE = timedelta(seconds=2)
"""RAW and JPEG of one exposure may differ in the sub-seconds that their headers give."""

Role = Literal["raw", "jpeg", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A file that is whole, read and (where it is copied) safely stored."""

    source: Path
    size: int
    mtime_ns: int
    digest: str
    signature: str
    stored: Path
    role: Role
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an incoming file; `duplicate_of` is where the same content came from first."""

    source: Path
    status: Literal["imported", "duplicate"]
    capture_id: int
    duplicate_of: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What was last recorded of a file outside the library."""

    size: int
    mtime_ns: int
    outcome: str
    reason: str | None
    file_id: int | None


def _chunks(values: Iterable[str], size: int = 500) -> Iterable[list[str]]:
    # SQLite takes a limited number of parameters in one statement.
    remaining = iter(values)
    while chunk := list(islice(remaining, size)):
        yield chunk


def known(session: Session, sources: Iterable[str]) -> Mapping[str, Seen]:
    """Return what is recorded of the given source paths."""
    seen: dict[str, Seen] = {}
    columns = (
        Sighting.source_path,
        Sighting.size,
        Sighting.mtime_ns,
        Sighting.outcome,
        Sighting.reason,
        Sighting.file_id,
    )
    for chunk in _chunks(sources):
        for row in session.execute(select(*columns).where(Sighting.source_path.in_(chunk))):
            seen[row.source_path] = Seen(row.size, row.mtime_ns, row.outcome, row.reason, row.file_id)
    return seen


def stored_with_signature(session: Session, signature: str) -> bool:
    """Say whether a file with this quick signature is in the catalog: a hint that the content may be too."""
    return session.scalar(select(File.id).where(File.signature == signature).limit(1)) is not None


def stored_with_digest(session: Session, digest: str) -> Path | None:
    """Return where this very content is stored, None where it is not, or is no longer there."""
    path = session.scalar(select(File.stored_path).where(File.digest == digest))
    return Path(path) if path is not None and os.path.lexists(path) else None


def _sight(session: Session, sighting: Sighting) -> None:
    old = session.scalar(select(Sighting).where(Sighting.source_path == sighting.source_path))
    if old is None:
        session.add(sighting)
        return
    old.size, old.mtime_ns = sighting.size, sighting.mtime_ns
    old.outcome, old.reason, old.file_id = sighting.outcome, sighting.reason, sighting.file_id


def skip(session: Session, source: str, size: int, mtime_ns: int, reason: str) -> None:
    """Record that a file is not taken in, and why."""
    _sight(
        session,
        Sighting(source_path=source, size=size, mtime_ns=mtime_ns, outcome="skipped", reason=reason, file_id=None),
    )


def _body(metadata: Metadata) -> str | None:
    return " ".join(part for part in (metadata.make, metadata.model, metadata.body_serial) if part) or None


def _same_exposure(capture: Capture, item: Incoming) -> bool:
    if any(file.role == item.role for file in capture.files):
        return False
    body, taken_at = _body(item.metadata), item.metadata.taken_at
    if capture.body and body and capture.body != body:
        return False
    if capture.taken_at is None or taken_at is None:
        return capture.taken_at is taken_at
    return abs(capture.taken_at - taken_at) <= PAIR_TOLERANCE


def _capture_for(session: Session, item: Incoming) -> Capture:
    folder, stem = str(item.source.parent), item.source.stem
    beside = session.scalars(select(Capture).where(Capture.folder == folder, Capture.stem == stem))
    for capture in beside:
        if _same_exposure(capture, item):
            if item.role == "raw":
                _describe(capture, item.metadata)
            return capture
    capture = Capture(folder=folder, stem=stem)
    _describe(capture, item.metadata)
    session.add(capture)
    return capture


def _describe(capture: Capture, metadata: Metadata) -> None:
    capture.header = storage.to_json(metadata)
    capture.taken_at, capture.body = metadata.taken_at, _body(metadata)


def register(session: Session, incoming: Sequence[Incoming]) -> list[Outcome]:
    """Record files, new or seen before; the same call twice leaves the same rows."""
    return [_register_one(session, item) for item in incoming]


def _register_one(session: Session, item: Incoming) -> Outcome:
    source = str(item.source)
    twin = session.scalar(select(File).where(File.digest == item.digest))
    if twin is None:
        twin = _replaced(session, item) or _added(session, item)
    elif twin.stored_path != str(item.stored) and not os.path.lexists(twin.stored_path):
        _follow(twin, item)
    is_twin = twin.source_path != source
    session.flush()
    _sight(
        session,
        Sighting(
            source_path=source,
            size=item.size,
            mtime_ns=item.mtime_ns,
            outcome="duplicate" if is_twin else "imported",
            reason=None,
            file_id=twin.id,
        ),
    )
    if is_twin:
        return Outcome(item.source, "duplicate", twin.capture_id, twin.source_path)
    return Outcome(item.source, "imported", twin.capture_id)


def _added(session: Session, item: Incoming) -> File:
    capture = _capture_for(session, item)
    file = File(source_path=str(item.source), stored_path=str(item.stored), role=item.role, digest=item.digest)
    _measure(file, item)
    capture.files.append(file)
    return file


def _replaced(session: Session, item: Incoming) -> File | None:
    """Return the file that lay at this place, with its new content, where a program wrote over it; else None.

    Only files added in place can change so: copies in the library are never written again. The capture keeps its edits.
    """
    file = session.scalar(select(File).where(File.stored_path == str(item.stored)))
    if file is None:
        return None
    file.digest = item.digest
    _measure(file, item)
    if item.role == "raw" or len(file.capture.files) == 1:
        _describe(file.capture, item.metadata)
    return file


def _follow(file: File, item: Incoming) -> None:
    """Take over the new place of a file that was moved or renamed, or copied anew after its copy was lost."""
    if file.stored_path == file.source_path:
        file.source_path = str(item.source)
        file.capture.folder, file.capture.stem = str(item.source.parent), item.source.stem
    file.stored_path, file.online = str(item.stored), True


def _measure(file: File, item: Incoming) -> None:
    file.size, file.mtime_ns, file.signature = item.size, item.mtime_ns, item.signature
