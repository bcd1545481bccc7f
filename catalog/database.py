"""Open the catalog: one SQLite file, readers deferred, writers BEGIN IMMEDIATE, upgraded at open."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, exc
from sqlalchemy.orm import Session

from catalog import upgrade
from catalog.errors import CatalogDamaged, CatalogError, CatalogLocked, CatalogNotWritable

BUSY_TIMEOUT_MS = 15_000
"""How long a writer waits for another: longer than any transaction of ours, none of which reads a picture."""

# FULL: a committed row survives a power cut. With NORMAL in WAL mode the last commits may be lost, and a lost row
# beside a card that was cleared after 'done' would be a lost picture. A commit costs one fsync; we batch.
PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)

# SQLite's result codes, https://www.sqlite.org/rescode.html; the low byte is the primary one.
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_NOT_WRITABLE = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions behind our back
    for pragma in PRAGMAS:
        connection.execute(pragma)


def clear_error(path: Path, error: Exception) -> CatalogError | None:
    """Translate a driver's error into one of ours; None where it is none that a person can act on."""
    cause = getattr(error, "orig", None) or error
    code, text = getattr(cause, "sqlite_errorcode", 0) & 0xFF, str(cause)
    if code in _LOCKED:
        return CatalogLocked(path)
    if code in _NOT_WRITABLE:
        return CatalogNotWritable(path, text)
    if code in _NO_ROOM:
        return CatalogNotWritable(path, f"{text}; is the disk full?")
    if code in _DAMAGED or "refer to nothing" in text:
        return CatalogDamaged(path, text)
    return None


@contextlib.contextmanager
def _clearly(path: Path) -> Iterator[None]:
    try:
        yield
    except (exc.DBAPIError, sqlite3.DatabaseError) as error:
        clear = clear_error(path, error)
        if clear is None:
            raise
        raise clear from error


@dataclass(frozen=True, slots=True)
class Catalog:
    """An open catalog. Sessions come from `reader` and `writer`; never hold a writer while reading a picture."""

    path: Path
    engine: Engine

    @classmethod
    def open(cls, path: Path) -> Catalog:
        """Open the catalog file, made or upgraded as needed.

        Raises CatalogTooNew, CatalogDamaged, CatalogLocked or CatalogNotWritable.
        """
        with _clearly(path):
            upgrade.bring_up_to_date(path)
            engine = create_engine(f"sqlite:///{path}")
            event.listen(engine, "connect", _prepare)
            return cls(path, engine)

    @contextlib.contextmanager
    def reader(self) -> Iterator[Session]:
        """Yield a session for reading; it sees one state of the catalog throughout and changes nothing."""
        with _clearly(self.path), Session(self.engine, expire_on_commit=False) as session:
            session.connection().exec_driver_sql("BEGIN")
            yield session
            session.rollback()

    @contextlib.contextmanager
    def writer(self) -> Iterator[Session]:
        """Yield a session that holds the write lock; commits at the end, changes nothing on an error."""
        with _clearly(self.path), Session(self.engine, expire_on_commit=False) as session:
            session.connection().exec_driver_sql("BEGIN IMMEDIATE")
            yield session
            session.commit()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()
