"""What people say of the dust on a camera's sensor."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of marks."""
    op.create_table(
        "dust_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=True),
        sa.Column("x", sa.Double(), nullable=False),
        sa.Column("y", sa.Double(), nullable=False),
        sa.Column("radius", sa.Double(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("verdict IN ('dust', 'none')", name=op.f("ck_dust_mark_verdict")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dust_mark")),
    )
    op.create_index(op.f("ix_dust_mark_body"), "dust_mark", ["body"], unique=False)
