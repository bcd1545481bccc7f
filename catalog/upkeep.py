"""Look after the catalog: back it up while it is in use, and check it against the files it speaks of."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.copying import digest_file
from catalog.database import Catalog
from catalog.errors import BackupOntoItself, BackupOntoOther
from catalog.models import Delivery, Export, File, Stack
from develop.codecs import atomic

_DATABASE = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """How many files were looked at, and what is wrong, in words."""

    files: int
    problems: tuple[str, ...]


def _is_database(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_DATABASE)) == _DATABASE


def backup(catalog: Catalog, target: Path) -> None:
    """Copy the catalog to `target` as one consistent state, whole or not at all.

    An earlier backup is replaced. Raises BackupOntoItself, BackupOntoOther.
    """
    if target.exists():
        if target.samefile(catalog.path):
            raise BackupOntoItself(target)
        if not _is_database(target):
            raise BackupOntoOther(target)
    with (
        atomic.beside(target) as partial,
        closing(sqlite3.connect(catalog.path)) as source,
        closing(sqlite3.connect(partial)) as copy,
    ):
        # A journal would be left beside the copy by a cut; what is cut here is thrown away whole.
        copy.execute("PRAGMA journal_mode = OFF")
        source.backup(copy)
        # A copy of a catalog with a log beside it would get one of its own by being looked at.
        copy.execute("PRAGMA journal_mode = DELETE")


def _file_problem(path: str, size: int, digest: str, what: str, verify: bool) -> str | None:
    try:
        actual = Path(path).stat().st_size
        if actual != size:
            return f"{path}: {what} has {actual} bytes instead of {size}"
        if verify and digest_file(Path(path)) != digest:
            return f"{path}: {what} was changed since it was recorded"
    except OSError as error:
        return f"{path}: {what} cannot be read ({error.strerror or error})"
    return None


def _integrity(session: Session) -> list[str]:
    connection = session.connection()
    broken = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok"]
    dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    return [
        *(f"catalog: {line}" for line in broken),
        *(f"catalog: a row of {row[0]} refers to nothing in {row[2]}" for row in dangling),
    ]


def _recorded(session: Session) -> list[tuple[str, int, str, str]]:
    """Return path, size, digest and name of every file that should be there."""
    tables = (
        ("an original", select(File.stored_path, File.size, File.digest)),
        ("a master", select(Stack.path, Stack.size, Stack.digest).where(Stack.current)),
        (
            "an export",
            select(Export.path, Export.size, Export.digest)
            .join(Stack, Stack.id == Export.stack_id)
            .where(Stack.current),
        ),
    )
    return [(path, size, digest, what) for what, query in tables for path, size, digest in session.execute(query)]


def _delivered(session: Session) -> list[tuple[str, int, str, str]]:
    """Return the same of bulk exports that still lie where they were laid; people move those on, and may."""
    query = select(Delivery.path, Delivery.size, Delivery.digest).where(Delivery.digest != "")
    rows = session.execute(query)
    return [(path, size, digest, "an exported file") for path, size, digest in rows if Path(path).exists()]


def check(catalog: Catalog, *, verify: bool = False, originals: Path | None = None) -> CheckReport:
    """Check the database's integrity and that each file is there with its size; with `verify`, its content too.

    `verify` looks at bulk exports as well, as far as they still lie where they were laid. Files below `originals`, the
    folder that copies go to, which the catalog does not know are told too. Raises CatalogDamaged where the database
    cannot even be read.
    """
    with catalog.reader() as session:
        problems = _integrity(session)
        recorded = _recorded(session) + (_delivered(session) if verify else [])
    problems += [problem for file in recorded if (problem := _file_problem(*file, verify)) is not None]
    if originals is not None:
        known = {path for path, *_ in recorded}
        strays = (str(path) for path in sorted(originals.rglob("*")) if path.is_file())
        problems += [
            f"{path}: lies among the originals, but the catalog does not know it"
            for path in strays
            if path not in known and not path.lower().endswith(".xmp")  # sidecars belong there
        ]
    return CheckReport(len(recorded), tuple(problems))
