"""The first catalog: captures, files, sequences, edits, stacks, exports and jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_table(
        "settings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settings")),
        sa.UniqueConstraint("digest", name=op.f("uq_settings_digest")),
    )
    op.create_table(
        "user_constraint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("captures", sa.JSON(), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "relation IN ('must_link', 'cannot_link', 'locked', 'excluded', 'kind')",
            name=op.f("ck_user_constraint_relation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_constraint")),
    )
    op.create_table(
        "capture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(), nullable=True),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("stem", sa.String(), nullable=False),
        sa.Column("header", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("flag", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("settings_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("flag BETWEEN -1 AND 1", name=op.f("ck_capture_flag")),
        sa.CheckConstraint("rating BETWEEN 0 AND 5", name=op.f("ck_capture_rating")),
        sa.ForeignKeyConstraint(["settings_id"], ["settings.id"], name=op.f("fk_capture_settings_id_settings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture")),
    )
    op.create_index("ix_capture_body_taken_at", "capture", ["body", "taken_at"], unique=False)
    op.create_index("ix_capture_folder_stem", "capture", ["folder", "stem"], unique=False)
    op.create_index(op.f("ix_capture_taken_at"), "capture", ["taken_at"], unique=False)
    op.create_table(
        "edit",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("capture_id", sa.Integer(), nullable=False),
        sa.Column("before_id", sa.Integer(), nullable=True),
        sa.Column("after_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["after_id"], ["settings.id"], name=op.f("fk_edit_after_id_settings")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_edit_batch_id_batch"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["before_id"], ["settings.id"], name=op.f("fk_edit_before_id_settings")),
        sa.ForeignKeyConstraint(
            ["capture_id"], ["capture.id"], name=op.f("fk_edit_capture_id_capture"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("batch_id", "capture_id", name=op.f("pk_edit")),
    )
    op.create_index(op.f("ix_edit_capture_id"), "edit", ["capture_id"], unique=False)
    op.create_table(
        "file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("capture_id", sa.Integer(), nullable=False),
        sa.Column("source_path", sa.String(), nullable=False),
        sa.Column("stored_path", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("mtime_ns", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.CheckConstraint("role IN ('raw', 'jpeg', 'other')", name=op.f("ck_file_role")),
        sa.ForeignKeyConstraint(
            ["capture_id"], ["capture.id"], name=op.f("fk_file_capture_id_capture"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
        sa.UniqueConstraint("digest", name=op.f("uq_file_digest")),
        sa.UniqueConstraint("stored_path", name=op.f("uq_file_stored_path")),
    )
    op.create_index(op.f("ix_file_capture_id"), "file", ["capture_id"], unique=False)
    op.create_index(op.f("ix_file_signature"), "file", ["signature"], unique=False)
    op.create_index(op.f("ix_file_source_path"), "file", ["source_path"], unique=False)
    op.create_table(
        "sequence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("idle_s", sa.Double(), nullable=False),
        sa.Column("expected_count", sa.Integer(), nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("reference_capture_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reference_capture_id"],
            ["capture.id"],
            name=op.f("fk_sequence_reference_capture_id_capture"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sequence")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_sequence_kind"), "sequence", ["kind"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("order", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(), nullable=True),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("sequence_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_job_state")),
        sa.ForeignKeyConstraint(
            ["sequence_id"], ["sequence.id"], name=op.f("fk_job_sequence_id_sequence"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("key", name=op.f("uq_job_key")),
    )
    op.create_index(op.f("ix_job_sequence_id"), "job", ["sequence_id"], unique=False)
    op.create_index("ix_job_state_priority_id", "job", ["state", "priority", "id"], unique=False)
    op.create_table(
        "sequence_member",
        sa.Column("capture_id", sa.Integer(), nullable=False),
        sa.Column("sequence_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["capture_id"], ["capture.id"], name=op.f("fk_sequence_member_capture_id_capture"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["sequence_id"], ["sequence.id"], name=op.f("fk_sequence_member_sequence_id_sequence"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("capture_id", name=op.f("pk_sequence_member")),
    )
    op.create_index(
        "ix_sequence_member_sequence_id_position", "sequence_member", ["sequence_id", "position"], unique=False
    )
    op.create_table(
        "sighting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_path", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("mtime_ns", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("outcome IN ('imported', 'duplicate', 'skipped')", name=op.f("ck_sighting_outcome")),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_sighting_file_id_file"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sighting")),
        sa.UniqueConstraint("source_path", name=op.f("uq_sighting_source_path")),
    )
    op.create_index(op.f("ix_sighting_file_id"), "sighting", ["file_id"], unique=False)
    op.create_table(
        "stack",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sequence_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("engine_version", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("quality", sa.JSON(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sequence_id"], ["sequence.id"], name=op.f("fk_stack_sequence_id_sequence"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stack")),
        sa.UniqueConstraint("key", name=op.f("uq_stack_key")),
    )
    op.create_index(op.f("ix_stack_digest"), "stack", ["digest"], unique=False)
    op.create_index(op.f("ix_stack_path"), "stack", ["path"], unique=False)
    op.create_index(op.f("ix_stack_sequence_id"), "stack", ["sequence_id"], unique=False)
    op.create_table(
        "export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stack_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("recipe", sa.JSON(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["stack_id"], ["stack.id"], name=op.f("fk_export_stack_id_stack"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
        sa.UniqueConstraint("stack_id", "key", name=op.f("uq_export_stack_id_key")),
    )
    op.create_index(op.f("ix_export_digest"), "export", ["digest"], unique=False)
    op.create_index(op.f("ix_export_path"), "export", ["path"], unique=False)
    op.create_index(op.f("ix_export_stack_id"), "export", ["stack_id"], unique=False)
    op.create_table(
        "stack_frame",
        sa.Column("stack_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("capture_id", sa.Integer(), nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("transform", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["capture_id"], ["capture.id"], name=op.f("fk_stack_frame_capture_id_capture"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["file.id"], name=op.f("fk_stack_frame_file_id_file"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["stack_id"], ["stack.id"], name=op.f("fk_stack_frame_stack_id_stack"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("stack_id", "position", name=op.f("pk_stack_frame")),
    )
    op.create_index(op.f("ix_stack_frame_capture_id"), "stack_frame", ["capture_id"], unique=False)
