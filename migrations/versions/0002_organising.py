"""Keywords, collections, snapshots, virtual copies, sidecars, and marks in the history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _refers(table: str, column: str, to: str, *, ondelete: str | None = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"), ondelete=ondelete)


def upgrade() -> None:
    _marks()
    _keywords_and_collections()
    _copies_and_sidecars()


def _marks() -> None:
    op.create_table(
        "marking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("capture_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        _refers("marking", "batch_id", "batch"),
        _refers("marking", "capture_id", "capture"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marking")),
    )
    op.create_index(op.f("ix_marking_batch_id"), "marking", ["batch_id"], unique=False)
    op.create_index(op.f("ix_marking_capture_id"), "marking", ["capture_id"], unique=False)


def _keywords_and_collections() -> None:
    op.create_table(
        "keyword",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keyword")),
        sa.UniqueConstraint("folded", name=op.f("uq_keyword_folded")),
    )
    op.create_table(
        "capture_keyword",
        sa.Column("capture_id", sa.Integer(), nullable=False),
        sa.Column("keyword_id", sa.Integer(), nullable=False),
        _refers("capture_keyword", "capture_id", "capture"),
        _refers("capture_keyword", "keyword_id", "keyword"),
        sa.PrimaryKeyConstraint("capture_id", "keyword_id", name=op.f("pk_capture_keyword")),
    )
    op.create_index(op.f("ix_capture_keyword_keyword_id"), "capture_keyword", ["keyword_id"], unique=False)
    op.create_table(
        "collection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection")),
        sa.UniqueConstraint("folded", name=op.f("uq_collection_folded")),
    )
    op.create_table(
        "collection_member",
        sa.Column("collection_id", sa.Integer(), nullable=False),
        sa.Column("capture_id", sa.Integer(), nullable=False),
        _refers("collection_member", "collection_id", "collection"),
        _refers("collection_member", "capture_id", "capture"),
        sa.PrimaryKeyConstraint("collection_id", "capture_id", name=op.f("pk_collection_member")),
    )
    op.create_index(op.f("ix_collection_member_capture_id"), "collection_member", ["capture_id"], unique=False)


def _copies_and_sidecars() -> None:
    op.create_table(
        "snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("capture_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("settings_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        _refers("snapshot", "capture_id", "capture"),
        _refers("snapshot", "settings_id", "settings", ondelete=None),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot")),
        sa.UniqueConstraint("capture_id", "name", name=op.f("uq_snapshot_capture_id_name")),
    )
    op.create_table(
        "virtual_copy",
        sa.Column("capture_id", sa.Integer(), nullable=False),
        sa.Column("original_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        _refers("virtual_copy", "capture_id", "capture"),
        _refers("virtual_copy", "original_id", "capture"),
        sa.PrimaryKeyConstraint("capture_id", name=op.f("pk_virtual_copy")),
        sa.UniqueConstraint("original_id", "name", name=op.f("uq_virtual_copy_original_id_name")),
    )
    op.create_index(op.f("ix_virtual_copy_original_id"), "virtual_copy", ["original_id"], unique=False)
    op.create_table(
        "sidecar",
        sa.Column("capture_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("mtime_ns", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        _refers("sidecar", "capture_id", "capture"),
        sa.PrimaryKeyConstraint("capture_id", name=op.f("pk_sidecar")),
    )
