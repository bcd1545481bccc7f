"""Bring a catalog file to this version's schema: one process at a time, checked before it is kept."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import filelock

from catalog.errors import CatalogDamaged, CatalogLocked, CatalogNotWritable, CatalogTooNew
from develop.codecs import atomic

HEAD = "0005"
"""The newest revision in migrations/versions; a test holds the two together."""

LOCK_TIMEOUT_S = 120.0
"""How long to wait for another process that is upgrading: longer than copying and rebuilding a large catalog takes."""


def _revision(path: Path) -> str | None:
    """Return the file's revision, or None for a new or empty one. Reads only; raises CatalogDamaged."""
    if not path.exists() or path.stat().st_size == 0:
        return None
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=15)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            return None
        if "alembic_version" not in tables:
            raise CatalogDamaged(path, "it is the database of another program")
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None:
        raise CatalogDamaged(path, "it does not say its version")
    return str(row[0])


def _keep_copy(path: Path, revision: str, head: str) -> None:
    """Keep the catalog as it was before an upgrade, beside it, by SQLite's own backup (it may be in WAL mode)."""
    if shutil.disk_usage(path.parent).free < 2 * path.stat().st_size:
        raise CatalogNotWritable(path, "not enough free space for the copy that is kept before an upgrade")
    copy = path.with_name(f"{path.name}.before-{head}-from-{revision}")
    with (
        atomic.beside(copy) as partial,
        closing(sqlite3.connect(path)) as source,
        closing(sqlite3.connect(partial)) as target,
    ):
        source.backup(target)


def bring_up_to_date(path: Path, *, head: str = HEAD, scripts: Path | None = None) -> None:
    """Make the catalog at `path`, or upgrade it; return at once when it is of this version.

    `scripts` is the folder of the migrations, the shipped one unless given. Raises CatalogTooNew for a revision that
    this version does not know, CatalogDamaged where it is no catalog, CatalogLocked, or CatalogNotWritable.
    """
    if _revision(path) == head:
        return
    if not path.parent.is_dir():
        raise CatalogNotWritable(path, "its folder is not there")
    lock = filelock.FileLock(path.with_name(f".{path.name}.upgrading"), timeout=LOCK_TIMEOUT_S)
    try:
        with lock:
            _upgrade(path, head, scripts)
    except filelock.Timeout as error:
        raise CatalogLocked(path) from error
    except OSError as error:
        raise CatalogNotWritable(path, error.strerror or str(error)) from error


def _upgrade(path: Path, head: str, scripts: Path | None) -> None:
    revision = _revision(path)  # once more: another process may have been here while we waited
    if revision == head:
        return
    if revision is not None:
        if revision > head:
            raise CatalogTooNew(path, revision)
        _keep_copy(path, revision, head)
    # Alembic takes a third of a second to import: only where there is something to do.
    from migrations import run  # noqa: PLC0415

    run.upgrade(path, scripts or run.SCRIPTS)
