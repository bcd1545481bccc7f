"""Remember what was exported to where: promised before a file is written, recorded once it lies whole at its place."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import copies
from catalog.batches import chunks
from catalog.metadata import storage
from catalog.models import Capture, Delivery, File, SequenceMember
from catalog.queries import FrameView


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A file that was exported, or was being written when the program was cut (`digest` is empty)."""

    subject: str
    recipe: str
    folder: str
    wanted: str
    number: int
    path: str
    key: str
    size: int = 0
    digest: str = ""


def known(session: Session, folder: str) -> list[Delivered]:
    """Return what was ever exported to a folder."""
    rows = session.scalars(select(Delivery).where(Delivery.folder == folder).order_by(Delivery.id))
    return [
        Delivered(
            subject=row.subject,
            recipe=row.recipe,
            folder=row.folder,
            wanted=row.wanted,
            number=row.number,
            path=row.path,
            key=row.key,
            size=row.size,
            digest=row.digest,
        )
        for row in rows
    ]


def folders(session: Session) -> set[str]:
    """Return the folders that were ever exported to, as they were named."""
    return set(session.scalars(select(Delivery.folder).distinct()))


def put(session: Session, delivered: Delivered) -> None:
    """Promise a file, or record it; there is one of a subject and recipe in a folder."""
    row = session.scalar(
        select(Delivery).where(
            Delivery.subject == delivered.subject,
            Delivery.recipe == delivered.recipe,
            Delivery.folder == delivered.folder,
        )
    )
    if row is None:
        row = Delivery(subject=delivered.subject, recipe=delivered.recipe, folder=delivered.folder)
        session.add(row)
    row.wanted, row.number, row.path = delivered.wanted, delivered.number, delivered.path
    row.key, row.size, row.digest = delivered.key, delivered.size, delivered.digest


def originals_below(session: Session, folder: str) -> set[str]:
    """Return the files below a folder that pictures are developed from: nothing may be written over them."""
    inside = folder.rstrip("/\\")
    rows = session.execute(select(File.stored_path, File.source_path))
    return {path for row in rows for path in row if path.startswith(inside)}


def single_frames(session: Session, captures: Collection[int]) -> list[FrameView]:
    """Return captures as frames in the order they were shot; a virtual copy's picture is that of its original."""
    origin = copies.originals(session, captures)
    shown: dict[int, list[int]] = {}
    for capture in captures:
        shown.setdefault(origin.get(capture, capture), []).append(capture)
    found: dict[int, FrameView] = {}
    for chunk in chunks(shown):
        rows = session.execute(
            select(File.capture_id, File.id, File.stored_path, File.source_path, File.digest, Capture.header)
            .join(Capture, Capture.id == File.capture_id)
            .where(File.capture_id.in_(chunk))
            .order_by(File.role != "raw", File.id)
        )
        for original, file_id, path, source, digest, header in rows:
            for capture in shown[original]:
                found.setdefault(
                    capture,
                    FrameView(
                        capture_id=capture,
                        file_id=file_id,
                        path=path,
                        source=source,
                        digest=digest,
                        metadata=storage.from_json(header),
                    ),
                )
    return sorted(found.values(), key=lambda frame: (str(frame.metadata.taken_at), frame.source, frame.capture_id))


def sequences_of(session: Session, captures: Collection[int]) -> dict[int, int]:
    """Return in which sequence each capture is, where it is in one."""
    found: dict[int, int] = {}
    for chunk in chunks(captures):
        rows = select(SequenceMember.capture_id, SequenceMember.sequence_id).where(SequenceMember.capture_id.in_(chunk))
        for capture, sequence in session.execute(rows):
            found[capture] = sequence
    return found
