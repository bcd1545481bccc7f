"""Run the migrations on a catalog file: one process at a time, all or nothing, foreign keys checked at the end."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event
from sqlalchemy.pool import StaticPool


def scripts() -> ScriptDirectory:
    """Return the migrations that lie beside this file, wherever the package is installed."""
    return ScriptDirectory(str(Path(__file__).parent))


def upgrade(path: Path) -> None:
    """Upgrade to the newest revision inside one BEGIN IMMEDIATE, so that eight processes may try at once.

    Foreign keys are off while tables are rebuilt (a batch ALTER would cascade into the children) and checked before
    the commit. Raises sqlite3.DatabaseError where the file is none.
    """
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA foreign_keys = OFF")
        engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
        event.listen(engine, "begin", lambda connection: None)
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            directory = scripts()
            context = MigrationContext.configure(
                connection,
                opts={
                    "fn": lambda revision, _context: directory._upgrade_revs("head", revision),
                    "transactional_ddl": True,
                    "render_as_batch": True,
                    "script": directory,
                },
            )
            with Operations.context(context):
                context.run_migrations()
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                connection.exec_driver_sql("ROLLBACK")
                raise sqlite3.IntegrityError(f"{len(broken)} rows refer to nothing after the upgrade")
            if connection.in_transaction():
                connection.commit()
            if raw.in_transaction:
                raw.execute("COMMIT")
