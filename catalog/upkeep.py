"""Look after the catalog: back it up while it is in use, and check it against the files it speaks of."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from catalog.copying import PART_SUFFIX, digest_file
from catalog.database import Catalog
from catalog.models import Export, File, Stack


@dataclass(frozen=True, slots=True)
class CheckReport:
    """How many files were looked at, and what is wrong, in words."""

    files: int
    problems: tuple[str, ...]


def backup(catalog: Catalog, target: Path) -> None:
    """Copy the catalog to `target` as one consistent state, whole or not at all."""
    partial = target.with_name(f".{target.name}.{os.getpid()}{PART_SUFFIX}")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(catalog.path)) as source, closing(sqlite3.connect(partial)) as copy:
            source.backup(copy)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


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


def check(catalog: Catalog, *, verify: bool = False) -> CheckReport:
    """Check the database's integrity and that each file is there with its size; with `verify`, its content too."""
    with catalog.reader() as session:
        connection = session.connection()
        problems = [
            f"catalog: {row[0]}" for row in connection.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok"
        ]
        problems += [
            f"catalog: a row of {row[0]} refers to nothing in {row[2]}"
            for row in connection.exec_driver_sql("PRAGMA foreign_key_check")
        ]
        files = [
            *((row.stored_path, row.size, row.digest, "an original") for row in session.scalars(select(File))),
            *(
                (row.path, row.size, row.digest, "a master")
                for row in session.scalars(select(Stack).where(Stack.current))
            ),
            *(
                (row.path, row.size, row.digest, "an export")
                for row in session.scalars(select(Export).join(Stack, Stack.id == Export.stack_id).where(Stack.current))
            ),
        ]
    found = (_file_problem(*file, verify) for file in files)
    return CheckReport(len(files), (*problems, *(problem for problem in found if problem)))
