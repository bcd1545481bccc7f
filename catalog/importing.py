"""Record files: identity is content, RAW and JPEG of one exposure are one capture, a file seen twice is one file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy import insert as bulk_insert
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from catalog.batches import chunks
from catalog.metadata import storage
from catalog.metadata.record import Metadata
from catalog.models import Capture, File, Sighting, VirtualCopy
from catalog.nearby import body_of

_PORTION = 200
"""Files that are looked up at a time: old builds of SQLite take no more than 999 values in a statement."""
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
    for chunk in chunks(sources):
        for row in session.execute(select(*columns).where(Sighting.source_path.in_(chunk))):
            seen[row.source_path] = Seen(row.size, row.mtime_ns, row.outcome, row.reason, row.file_id)
    return seen


def stored_signatures(session: Session, signatures: Iterable[str]) -> set[str]:
    """Return those quick signatures that files in the catalog have: a hint that the content may be there too."""
    found: set[str] = set()
    for chunk in chunks(signatures):
        found.update(session.scalars(select(File.signature).where(File.signature.in_(chunk))))
    return found


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


def skipped_because(session: Session, reason: str) -> set[str]:
    """Return the paths that were skipped for a reason that begins so."""
    mine = (Sighting.outcome == "skipped", Sighting.reason.startswith(reason, autoescape=True))
    return set(session.scalars(select(Sighting.source_path).where(*mine)))


def forget(session: Session, sources: Iterable[str]) -> None:
    """Forget that paths were ever seen: what kept them from being taken in is over."""
    for chunk in chunks(sources):
        session.execute(delete(Sighting).where(Sighting.source_path.in_(chunk)))


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
    copies = select(VirtualCopy.capture_id)
    named = select(Capture).where(Capture.stem == item.source.stem, Capture.id.not_in(copies))
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
    ids: dict[int, int] = {}
    outcomes: dict[int, Outcome] = {}
    new = _new(session, incoming)
    for at, (capture, file) in zip(new, _add_all(session, [incoming[at] for at in new]), strict=True):
        ids[at], outcomes[at] = file, Outcome(incoming[at].source, "imported", capture)
    filed = {at: _filed(session, item) for at, item in enumerate(incoming) if at not in ids}
    session.flush()
    for at, row in filed.items():
        ids[at], outcomes[at] = row.id, _outcome(incoming[at], row)
    # Of a source that comes twice in one call the last word counts, as it would in two calls.
    _sight(
        session,
        [
            _sighting(str(item.source), item.size, item.mtime_ns, outcome=outcomes[at].status, file_id=ids[at])
            for at, item in enumerate(incoming)
        ],
    )
    return [outcomes[at] for at in range(len(incoming))]


def _new(session: Session, incoming: Sequence[Incoming]) -> list[int]:
    """Give the places of files that are surely new, captures of their own: all of a fresh card but its JPEG twins."""
    digests, places, names, moments = _already(session, incoming)
    new = []
    for at, item in enumerate(incoming):
        stem, taken = item.source.stem, item.metadata.taken_at
        name, moment = (str(item.source.parent), stem), (stem, taken)
        is_elsewhere = taken is not None and moment in moments
        if not (item.digest in digests or str(item.stored) in places or name in names or is_elsewhere):
            new.append(at)
        # What comes later in one call and shares any of these is looked at by itself.
        digests.add(item.digest)
        places.add(str(item.stored))
        names.add(name)
        moments.add(moment)
    return new


_Known = tuple[set[str], set[str], set[tuple[str, str]], set[tuple[str, datetime | None]]]


def _already(session: Session, incoming: Sequence[Incoming]) -> _Known:
    """Return digests, stored places, names in their folders and names at their moments that the catalog knows."""
    digests, places, names, moments = _already_some(session, incoming[:_PORTION])
    for start in range(_PORTION, len(incoming), _PORTION):
        more = _already_some(session, incoming[start : start + _PORTION])
        digests, places, names, moments = digests | more[0], places | more[1], names | more[2], moments | more[3]
    return digests, places, names, moments


def _already_some(session: Session, incoming: Sequence[Incoming]) -> _Known:
    stems = {item.source.stem for item in incoming}
    times = {item.metadata.taken_at for item in incoming if item.metadata.taken_at is not None}
    folders = {str(item.source.parent) for item in incoming}
    real = Capture.id.not_in(select(VirtualCopy.capture_id))
    known = select(Capture.folder, Capture.stem).where(real, Capture.folder.in_(folders), Capture.stem.in_(stems))
    dated = select(Capture.stem, Capture.taken_at).where(real, Capture.taken_at.in_(times), Capture.stem.in_(stems))
    return (
        set(session.scalars(select(File.digest).where(File.digest.in_({item.digest for item in incoming})))),
        set(session.scalars(select(File.stored_path).where(File.stored_path.in_({str(i.stored) for i in incoming})))),
        {(folder, stem) for folder, stem in session.execute(known)},
        {(stem, taken) for stem, taken in session.execute(dated)},
    )


def _add_all(session: Session, incoming: Sequence[Incoming]) -> list[tuple[int, int]]:
    """Make a capture and a file for each; return their numbers."""
    if not incoming:
        return []
    made = bulk_insert(Capture).returning(Capture.id, sort_by_parameter_order=True)
    captures = session.scalars(made, [_capture_row(item) for item in incoming]).all()
    filed = bulk_insert(File).returning(File.id, sort_by_parameter_order=True)
    rows = [{**_file_row(item), "capture_id": number} for number, item in zip(captures, incoming, strict=True)]
    return list(zip(captures, session.scalars(filed, rows).all(), strict=True))


def _capture_row(item: Incoming) -> dict[str, object]:
    return {
        "folder": str(item.source.parent),
        "stem": item.source.stem,
        "header": storage.to_json(item.metadata),
        "taken_at": item.metadata.taken_at,
        "body": body_of(item.metadata),
    }


def _file_row(item: Incoming) -> dict[str, object]:
    return {
        "source_path": str(item.source),
        "stored_path": str(item.stored),
        "role": item.role,
        "digest": item.digest,
        "size": item.size,
        "mtime_ns": item.mtime_ns,
        "signature": item.signature,
    }


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
