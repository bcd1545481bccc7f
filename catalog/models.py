"""The catalog's tables. Times are UTC without a zone; a picture's own time is the camera's wall clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def utc_now() -> datetime:
    """Return the present time in UTC, without a zone, as it is stored."""
    return datetime.now(UTC).replace(tzinfo=None)


class Base(DeclarativeBase):
    """Base of all tables; constraints are named by rule, so that migrations can name them too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012 - SQLAlchemy's own declaration form


class Settings(Base):
    """Develop settings, stored once for all captures that share them."""

    __tablename__ = "settings"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    value: Mapped[dict[str, Any]]


class Capture(Base):
    """One exposure; its RAW and its JPEG are two files of one capture."""

    __tablename__ = "capture"
    id: Mapped[int] = mapped_column(primary_key=True)
    taken_at: Mapped[datetime | None] = mapped_column(index=True)
    body: Mapped[str | None]
    folder: Mapped[str]
    stem: Mapped[str]
    header: Mapped[dict[str, Any]]
    """`Metadata` as JSON, from the raw file where there is one."""
    evidence: Mapped[dict[str, Any] | None]
    """What the pictures show: measured on a preview, for grouping."""
    rating: Mapped[int] = mapped_column(default=0)
    flag: Mapped[int] = mapped_column(default=0)
    label: Mapped[str | None]
    settings_id: Mapped[int | None] = mapped_column(ForeignKey("settings.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    files: Mapped[list[File]] = relationship(back_populates="capture", order_by="File.id")
    settings: Mapped[Settings | None] = relationship()
    __table_args__ = (
        Index("ix_capture_folder_stem", "folder", "stem"),
        Index("ix_capture_body_taken_at", "body", "taken_at"),
        CheckConstraint("rating BETWEEN 0 AND 5", name="rating"),
        CheckConstraint("flag BETWEEN -1 AND 1", name="flag"),
    )


class File(Base):
    """A picture file, known by its content; `stored_path` is where we read it, `source_path` where it came from."""

    __tablename__ = "file"
    id: Mapped[int] = mapped_column(primary_key=True)
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id", ondelete="CASCADE"), index=True)
    source_path: Mapped[str] = mapped_column(index=True)
    stored_path: Mapped[str] = mapped_column(unique=True)
    size: Mapped[int]
    mtime_ns: Mapped[int]
    digest: Mapped[str] = mapped_column(unique=True)
    signature: Mapped[str] = mapped_column(index=True)
    role: Mapped[str]
    online: Mapped[bool] = mapped_column(default=True)
    capture: Mapped[Capture] = relationship(back_populates="files")
    __table_args__ = (CheckConstraint("role IN ('raw', 'jpeg', 'other')", name="role"),)


class Sighting(Base):
    """A file as it was last seen outside the library, and what became of it: makes a second look instant."""

    __tablename__ = "sighting"
    id: Mapped[int] = mapped_column(primary_key=True)
    source_path: Mapped[str] = mapped_column(unique=True)
    size: Mapped[int]
    mtime_ns: Mapped[int]
    outcome: Mapped[str]
    reason: Mapped[str | None]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("file.id", ondelete="CASCADE"), index=True)
    __table_args__ = (CheckConstraint("outcome IN ('imported', 'duplicate', 'skipped')", name="outcome"),)


class Sequence(Base):
    """A run of captures that belong together."""

    __tablename__ = "sequence"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(index=True)
    confidence: Mapped[float]
    reasons: Mapped[list[Any]]
    warnings: Mapped[list[Any]]
    idle_s: Mapped[float]
    """Seconds without a new frame after which the sequence counts as complete."""
    expected_count: Mapped[int | None]
    complete: Mapped[bool] = mapped_column(default=False)
    reference_capture_id: Mapped[int | None] = mapped_column(ForeignKey("capture.id", ondelete="SET NULL"))
    started_at: Mapped[datetime | None]
    changed_at: Mapped[datetime] = mapped_column(default=utc_now)
    stack_choice: Mapped[dict[str, Any] | None]
    """What a person chose of how it is stacked (`stacker.choice`); nothing where nobody did."""
    members: Mapped[list[SequenceMember]] = relationship(
        order_by="SequenceMember.position", cascade="all, delete-orphan", passive_deletes=True
    )
    # The number of a sequence that is no more is never given to another: people write numbers down.
    __table_args__ = ({"sqlite_autoincrement": True},)


class SequenceMember(Base):
    """A capture's place in its sequence; a capture is in one sequence at most."""

    __tablename__ = "sequence_member"
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id", ondelete="CASCADE"), primary_key=True)
    sequence_id: Mapped[int] = mapped_column(ForeignKey("sequence.id", ondelete="CASCADE"))
    position: Mapped[int]
    capture: Mapped[Capture] = relationship()
    __table_args__ = (Index("ix_sequence_member_sequence_id_position", "sequence_id", "position"),)


class UserConstraint(Base):
    """What a person said of the grouping; it survives every regrouping. `captures` is a list of ids."""

    __tablename__ = "user_constraint"
    id: Mapped[int] = mapped_column(primary_key=True)
    relation: Mapped[str]
    captures: Mapped[list[Any]]
    value: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    __table_args__ = (
        CheckConstraint("relation IN ('must_link', 'cannot_link', 'locked', 'excluded', 'kind')", name="relation"),
    )


class Batch(Base):
    """One undoable action, over any number of captures."""

    __tablename__ = "batch"
    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    undone: Mapped[bool] = mapped_column(default=False)
    dropped: Mapped[bool] = mapped_column(default=False)
    """Undone and then overtaken by another edit: cannot be redone, but still says that its captures were touched."""


class Edit(Base):
    """One capture's part in a batch: its settings before and after."""

    __tablename__ = "edit"
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True)
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id", ondelete="CASCADE"), primary_key=True, index=True)
    before_id: Mapped[int | None] = mapped_column(ForeignKey("settings.id"))
    after_id: Mapped[int | None] = mapped_column(ForeignKey("settings.id"))


class Marking(Base):
    """A part of a batch that is no develop setting: what `subject` was of a capture before and after.

    Without a capture the subject belongs to the whole catalog: a collection, a saved search.
    """

    __tablename__ = "marking"
    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id", ondelete="CASCADE"), index=True)
    capture_id: Mapped[int | None] = mapped_column(ForeignKey("capture.id", ondelete="CASCADE"), index=True)
    subject: Mapped[str]
    before: Mapped[Any] = mapped_column(JSON)
    after: Mapped[Any] = mapped_column(JSON)


class Keyword(Base):
    """A keyword by its whole path, from general to special: 'animal|insect|beetle'."""

    __tablename__ = "keyword"
    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str]
    folded: Mapped[str] = mapped_column(unique=True)
    """The path without regard to capitals: 'Beetle' and 'beetle' are one keyword."""


class CaptureKeyword(Base):
    """A keyword given to a capture."""

    __tablename__ = "capture_keyword"
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id", ondelete="CASCADE"), primary_key=True)
    keyword_id: Mapped[int] = mapped_column(ForeignKey("keyword.id", ondelete="CASCADE"), primary_key=True, index=True)


class Collection(Base):
    """Captures put together by hand, or, where it has a query, whatever matches at the moment."""

    __tablename__ = "collection"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    folded: Mapped[str] = mapped_column(unique=True)
    query: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class CollectionMember(Base):
    """A capture in a collection."""

    __tablename__ = "collection_member"
    collection_id: Mapped[int] = mapped_column(ForeignKey("collection.id", ondelete="CASCADE"), primary_key=True)
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id", ondelete="CASCADE"), primary_key=True, index=True)


class Snapshot(Base):
    """A capture's settings kept under a name."""

    __tablename__ = "snapshot"
    id: Mapped[int] = mapped_column(primary_key=True)
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id", ondelete="CASCADE"))
    name: Mapped[str]
    settings_id: Mapped[int | None] = mapped_column(ForeignKey("settings.id"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    __table_args__ = (UniqueConstraint("capture_id", "name"),)


class VirtualCopy(Base):
    """Says that a capture is a second look at another one: it has settings and marks of its own, and no file."""

    __tablename__ = "virtual_copy"
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id", ondelete="CASCADE"), primary_key=True)
    original_id: Mapped[int] = mapped_column(ForeignKey("capture.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    __table_args__ = (UniqueConstraint("original_id", "name"),)


class SidecarState(Base):
    """A capture's sidecar as it was when it and the catalog last said the same.

    `digest` is the file's, `said` that of what the catalog had to say.
    """

    __tablename__ = "sidecar"
    capture_id: Mapped[int] = mapped_column(ForeignKey("capture.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str]
    size: Mapped[int]
    mtime_ns: Mapped[int]
    digest: Mapped[str]
    said: Mapped[str]


class Stack(Base):
    """A fused master and all that it was made from."""

    __tablename__ = "stack"
    id: Mapped[int] = mapped_column(primary_key=True)
    sequence_id: Mapped[int | None] = mapped_column(ForeignKey("sequence.id", ondelete="SET NULL"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    path: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(index=True)
    method: Mapped[str]
    engine_version: Mapped[str]
    settings: Mapped[dict[str, Any]]
    quality: Mapped[dict[str, Any]]
    current: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    frames: Mapped[list[StackFrame]] = relationship(order_by="StackFrame.position", cascade="all, delete-orphan")
    exports: Mapped[list[Export]] = relationship(order_by="Export.id", cascade="all, delete-orphan")


class StackFrame(Base):
    """A frame that a stack was made from."""

    __tablename__ = "stack_frame"
    stack_id: Mapped[int] = mapped_column(ForeignKey("stack.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    capture_id: Mapped[int | None] = mapped_column(ForeignKey("capture.id", ondelete="SET NULL"), index=True)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("file.id", ondelete="SET NULL"))
    digest: Mapped[str]
    used: Mapped[bool] = mapped_column(default=True)
    transform: Mapped[list[Any] | None]


class Export(Base):
    """A file rendered from a stack's master."""

    __tablename__ = "export"
    id: Mapped[int] = mapped_column(primary_key=True)
    stack_id: Mapped[int] = mapped_column(ForeignKey("stack.id", ondelete="CASCADE"), index=True)
    key: Mapped[str]
    recipe: Mapped[dict[str, Any]]
    path: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    __table_args__ = (UniqueConstraint("stack_id", "key"),)


class Delivery(Base):
    """A file that was exported of a sequence's result or of a capture, to a folder, by a recipe.

    `subject` is 'sequence:3' or 'capture:7'; `wanted` the name that was asked for; `digest` is empty from the moment
    the file is promised until it lies whole at its place; `number` is what the name template's counter gave it.
    """

    __tablename__ = "delivery"
    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str]
    recipe: Mapped[str]
    folder: Mapped[str]
    wanted: Mapped[str]
    number: Mapped[int]
    path: Mapped[str] = mapped_column(index=True)
    key: Mapped[str]
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    __table_args__ = (UniqueConstraint("subject", "recipe", "folder"),)


class Job(Base):
    """A piece of work, kept from the moment it is wanted; `key` names the wanted result."""

    __tablename__ = "job"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    order: Mapped[dict[str, Any]]
    state: Mapped[str]
    priority: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    worker: Mapped[str | None]
    error: Mapped[str | None]
    sequence_id: Mapped[int | None] = mapped_column(ForeignKey("sequence.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"),
        Index("ix_job_state_priority_id", "state", "priority", "id"),
    )


class DustMark(Base):
    """What a person says of a place on a camera's sensor, in its pixels; of one day (YYYY-MM-DD), or of all."""

    __tablename__ = "dust_mark"
    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(index=True)
    day: Mapped[str | None]
    x: Mapped[float]
    y: Mapped[float]
    radius: Mapped[float]
    verdict: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    __table_args__ = (CheckConstraint("verdict IN ('dust', 'none')", name="verdict"),)


__all__ = [
    "Base", "Batch", "Capture", "CaptureKeyword", "Collection", "CollectionMember", "Delivery", "DustMark", "Edit",
    "Export",
    "File", "Job", "Keyword", "Marking", "Sequence", "SequenceMember", "Settings", "SidecarState", "Sighting",
    "Snapshot", "Stack", "StackFrame", "UserConstraint", "VirtualCopy", "utc_now",
]  # fmt: skip
