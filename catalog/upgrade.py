"""Bring a catalog file to this version's schema: on a connection of its own, checked before it is kept."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from catalog.errors import CatalogDamaged, CatalogNotWritable, CatalogTooNew

HEAD = "0001"
"""The newest revision in migrations/versions; a test holds the two together."""


def _revision(path: Path) -> str | None:
    """Return the file's revision, or None for a file without one. Reads only; raises CatalogDamaged."""
    if not path.exists() or path.stat().st_size == 0:
        return None
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=15)) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return None
        except sqlite3.DatabaseError as error:
            raise CatalogDamaged(path, str(error)) from error
    return str(row[0]) if row else None


def _keep_copy(path: Path, revision: str) -> None:
    """Keep the catalog as it was before an upgrade, beside it, by SQLite's own backup (it may be in WAL mode)."""
    copy = path.with_name(f"{path.name}.before-{HEAD}-from-{revision}")
    partial = copy.with_name(f".{copy.name}.stackroom-part")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(partial)) as target:
        source.backup(target)
    partial.replace(copy)


def bring_up_to_date(path: Path) -> None:
    """Make the catalog at `path`, or upgrade it; return at once when it is of this version.

    Raises CatalogTooNew for a revision that this version does not know, CatalogDamaged where it is no catalog.
    """
    revision = _revision(path)
    if revision == HEAD:
        return
    if revision is not None:
        if revision > HEAD:
            raise CatalogTooNew(path, revision)
        if shutil.disk_usage(path.parent).free < 2 * path.stat().st_size:
            raise CatalogNotWritable(path, "not enough free space for the copy that is kept before an upgrade")
        _keep_copy(path, revision)
    # Alembic takes a third of a second to import: only where there is something to do.
    from migrations import run  # noqa: PLC0415

    run.upgrade(path)
