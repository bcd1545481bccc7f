"""Run by Alembic: on the connection that `migrations.run` hands over, or on a scratch one at a developer's desk."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine

from catalog.models import Base


def _run(connection: Connection) -> None:
    # In a transaction that was begun by the caller Alembic neither commits nor rolls back: that is the caller's.
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if isinstance(given, Connection):
    _run(given)
else:
    with create_engine(context.config.get_main_option("sqlalchemy.url") or "sqlite://").connect() as scratch:
        _run(scratch)
