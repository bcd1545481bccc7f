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
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from catalog.metadata import storage
from catalog.metadata.record import Metadata
from catalog.models import Capture, File, Sighting
from catalog.nearby import body_of

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


def _sight(session: Session, sightings: Sequence[dict[str, object]]) -> None:
    """Record how files were seen; what was recorded of them before is replaced."""
    if not sightings:
        return
    statement = insert(Sighting)
    latest = {name: statement.excluded[name] for name in ("size", "mtime_ns", "outcome", "reason", "file_id")}
    session.execute(statement.on_conflict_do_update(index_elements=["source_path"], set_=latest), sightings)


def skip(session: Session, source: str, size: int, mtime_ns: int, reason: str) -> None:
    """Record that a file is not taken in, and why."""
    _sight(session, [_sighting(source, size, mtime_ns, outcome="skipped", reason=reason)])


def _sighting(
    source: str, size: int, mtime_ns: int, *, outcome: str, reason: str | None = None, file_id: int | None = None
) -> dict[str, object]:
    return {
        "source_path": source,
        "size": size,
        "mtime_ns": mtime_ns,
        "outcome": outcome,
        "reason": reason,
        "file_id": file_id,
    }


def _same_exposure(capture: Capture, item: Incoming) -> bool:
    if any(file.role == item.role for file in capture.files):
        return False
    body, taken_at = body_of(item.metadata), item.metadata.taken_at
    if capture.body and body and capture.body != body:
        return False
    if capture.taken_at is None or taken_at is None:
        return capture.taken_at is taken_at
    return abs(capture.taken_at - taken_at) <= PAIR_TOLERANCE


def _near(session: Session, item: Incoming) -> list[Capture]:
    """Return the captures that a file may belong to: of its name beside it, else of its very moment anywhere.

    Two card slots, or an import that sorts by kind, lay RAW and JPEG into two folders. There the body's serial number
    and the same fraction of a second must vouch for them.
    """
    named = select(Capture).where(Capture.stem == item.source.stem)
    beside = list(session.scalars(named.where(Capture.folder == str(item.source.parent))))
    taken_at = item.metadata.taken_at
    if beside or taken_at is None or not taken_at.microsecond or not item.metadata.body_serial:
        return beside
    return list(session.scalars(named.where(Capture.taken_at == taken_at, Capture.body == body_of(item.metadata))))


def _capture_for(session: Session, item: Incoming) -> Capture:
    folder, stem = str(item.source.parent), item.source.stem
    for capture in _near(session, item):
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
    capture.taken_at, capture.body = metadata.taken_at, body_of(metadata)


def register(session: Session, incoming: Sequence[Incoming]) -> list[Outcome]:
    """Record files, new or seen before; the same call twice leaves the same rows."""
    filed = [(item, _filed(session, item)) for item in incoming]
    session.flush()
    outcomes = [_outcome(item, file) for item, file in filed]
    # Of a source that comes twice in one call the last word counts, as it would in two calls.
    _sight(
        session,
        [
            _sighting(str(item.source), item.size, item.mtime_ns, outcome=done.status, file_id=file.id)
            for (item, file), done in zip(filed, outcomes, strict=True)
        ],
    )
    return outcomes


def _filed(session: Session, item: Incoming) -> File:
    """Return the row of this content: found, or made."""
    near = (File.digest == item.digest) | (File.stored_path == str(item.stored))
    rows = session.scalars(select(File).where(near)).all()
    twin = next((row for row in rows if row.digest == item.digest), None)
    if twin is None:
        return _replaced(rows[0], item) if rows else _added(session, item)
    if twin.stored_path != str(item.stored) and len(rows) == 1 and not os.path.lexists(twin.stored_path):
        _follow(twin, item)
    return twin


def _outcome(item: Incoming, file: File) -> Outcome:
    if file.source_path != str(item.source):
        return Outcome(item.source, "duplicate", file.capture_id, file.source_path)
    return Outcome(item.source, "imported", file.capture_id)


def _added(session: Session, item: Incoming) -> File:
    capture = _capture_for(session, item)
    file = File(source_path=str(item.source), stored_path=str(item.stored), role=item.role, digest=item.digest)
    _measure(file, item)
    capture.files.append(file)
    return file


def _replaced(file: File, item: Incoming) -> File:
    """Give the file at this place its new content: a program wrote over it. The capture keeps its edits.

    Only files added in place can change so: copies in the library are never written again.
    """
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
