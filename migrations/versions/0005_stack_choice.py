"""What a person chose of how a sequence is stacked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for it at each sequence."""
    op.add_column("sequence", sa.Column("stack_choice", sa.JSON(), nullable=True))
