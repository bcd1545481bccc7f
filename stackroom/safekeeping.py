"""Keep the catalog safe: a verified copy every day, and the way back from a damaged one."""

from __future__ import annotations

import re
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from catalog import sequences, upkeep
from catalog.database import Catalog
from catalog.errors import CatalogDamaged
from catalog.models import File
from develop.codecs.atomic import placing, write_beside
from stackroom.errors import NotFound
from stackroom.library import Library
from watcher import folder
from watcher.events import Listener
from watcher.intake import Intake

KEPT = 7
DAY_S = 24 * 3600.0
_NAME = re.compile(r"^catalog-\d{8}-\d{6}\.sqlite$")


def _broken(path: Path) -> str | None:
    """Return what is wrong with a catalog file, None where it is sound."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=15)) as connection:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone() is None:
                return "it is no catalog"
            [(said,)] = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if said == "ok" else str(said)


def require_sound(library: Library) -> None:
    """Look through the catalog's pages before months of work are added to them. Raises CatalogDamaged."""
    broken = _broken(library.catalog_path)
    if broken is not None:
        raise CatalogDamaged(library.catalog_path, " ".join(broken.split()))


def backups(library: Library) -> list[Path]:
    """Return the automatic copies of the catalog, the newest first."""
    if not library.backups.is_dir():
        return []
    return sorted((path for path in library.backups.iterdir() if _NAME.match(path.name)), reverse=True)


def back_up(library: Library, catalog: Catalog) -> Path:
    """Copy the catalog among its backups, verify the copy, and let go of all but the newest. Raises CatalogDamaged."""
    target = library.backups / f"catalog-{datetime.now():%Y%m%d-%H%M%S}.sqlite"
    upkeep.backup(catalog, target)
    broken = _broken(target)
    if broken is not None:
        target.unlink()
        raise CatalogDamaged(library.catalog_path, " ".join(broken.split()))
    for old in backups(library)[KEPT:]:
        for ending in ("-wal", "-shm", ""):
            Path(f"{old}{ending}").unlink(missing_ok=True)
    return target


def is_backup_due(library: Library) -> bool:
    """Say whether the newest copy is a day old, or of a time to come."""
    newest = next(iter(backups(library)), None)
    return newest is None or not 0 <= time.time() - newest.stat().st_mtime < DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did: `source` None means that no backup was sound and the catalog was built anew."""

    source: Path | None
    set_aside: Path | None
    adopted: int


def restore(library: Library, wanted: Path | None, listen: Listener) -> Restored:
    """Put a backup in the catalog's place and take in again the originals that are newer than it.

    The catalog that was there is set aside, not deleted. Raises NotFound, LibraryBusy.
    """
    if wanted is not None and _broken(wanted) is not None:
        raise NotFound(f"{wanted}: not a sound copy of a catalog ({_broken(wanted)})")
    with library.owned():
        source = wanted or next((copy for copy in backups(library) if _broken(copy) is None), None)
        if source is None and not library.originals.is_dir():
            raise NotFound(f"{library.root}: neither a backup nor originals to build a catalog from")
        set_aside: list[Path] = []

        def place(partial: Path, path: Path) -> None:
            set_aside.extend(_set_aside(path))
            partial.replace(path)

        if source is None:
            set_aside.extend(_set_aside(library.catalog_path))
        else:
            # Only a backup that lies whole beside the catalog makes it give way: the disk may have no room for one.
            with placing(place), write_beside(library.catalog_path) as partial:
                shutil.copyfile(source, partial)
        with library.catalog() as catalog:
            adopted = adopt(library, catalog, listen)
    return Restored(source=source, set_aside=next(iter(set_aside), None), adopted=adopted)


def _set_aside(path: Path) -> list[Path]:
    """Give a catalog another name; return it, nothing where there is none."""
    aside = path.with_name(f"{path.name}.damaged-{datetime.now():%Y%m%d-%H%M%S}")
    # The log goes with it, or alone: SQLite would replay it into the file that takes its place.
    there = [ending for ending in ("-wal", "-shm", "") if Path(f"{path}{ending}").exists()]
    for ending in there:
        Path(f"{path}{ending}").rename(f"{aside}{ending}")
    return [aside] if there else []


def adopt(library: Library, catalog: Catalog, listen: Listener) -> int:
    """Record originals in the library that the catalog does not know; return how many."""
    if not library.originals.is_dir():
        return 0
    with catalog.reader() as session:
        known = set(session.scalars(select(File.stored_path)))
    strays = [found for found in folder.scan([library.originals]).pictures if str(found.path) not in known]
    taken = Intake(catalog=catalog, originals=None, listen=listen).take(strays)
    if taken.trouble is not None:
        raise taken.trouble
    with catalog.writer() as session:
        sequences.regroup(session, changed=taken.captures)
    return len(taken.captures)
