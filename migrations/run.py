"""Run the migrations on a catalog file: one process at a time, all or nothing, foreign keys checked at the end."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

SCRIPTS = Path(__file__).parent
"""The migrations lie beside this file, wherever the package is installed."""


def configuration(scripts: Path = SCRIPTS) -> Config:
    """Return Alembic's configuration without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    return config


def upgrade(path: Path, scripts: Path = SCRIPTS) -> None:
    """Upgrade to the newest revision in one transaction.

    It begins with BEGIN IMMEDIATE, so that many processes may try at once. Foreign keys are off while tables are
    rebuilt (a batch ALTER would cascade into the children) and checked before the commit. Raises
    sqlite3.IntegrityError where rows would refer to nothing, and whatever the driver says of a file that is none.
    """
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = FULL")
        raw.execute("PRAGMA foreign_keys = OFF")
        engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            config = configuration(scripts)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise sqlite3.IntegrityError(f"{len(broken)} rows would refer to nothing after the upgrade")
            connection.commit()
