"""What can be wrong with the file or its disk is told in one line; what was committed stays."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from catalog import database
from catalog.database import Catalog
from catalog.errors import CatalogDamaged, CatalogError, CatalogLocked, CatalogNotWritable
from catalog.models import Batch, Edit
from tests.catalog.made import opened


def _labels(catalog: Catalog) -> list[str]:
    with catalog.reader() as session:
        return list(session.scalars(select(Batch.label).order_by(Batch.id)))


def test_a_writer_commits_at_its_end(tmp_path: Path) -> None:
    with opened(tmp_path) as catalog:
        with catalog.writer() as session:
            session.add(Batch(label="kept"))
        assert _labels(catalog) == ["kept"]


def test_a_writer_that_fails_changes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as catalog:
        with pytest.raises(ZeroDivisionError), catalog.writer() as session:
            session.add(Batch(label="lost"))
            session.flush()
            raise ZeroDivisionError
        assert _labels(catalog) == []
        with catalog.writer() as session:  # and the lock is free again
            session.add(Batch(label="kept"))


def test_a_reader_changes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as catalog:
        with catalog.reader() as session:
            session.add(Batch(label="lost"))
            session.flush()
        assert _labels(catalog) == []


def test_a_reader_sees_one_state_while_another_writes(tmp_path: Path) -> None:
    with opened(tmp_path) as catalog, opened(tmp_path) as other, catalog.reader() as session:
        assert session.scalars(select(Batch.id)).all() == []
        with other.writer() as writing:
            writing.add(Batch(label="later"))
        assert session.scalars(select(Batch.id)).all() == []
        assert _labels(other) == ["later"]


def test_foreign_keys_are_enforced_on_every_connection(tmp_path: Path) -> None:
    with opened(tmp_path) as catalog, pytest.raises(IntegrityError), catalog.writer() as session:
        session.add(Edit(batch_id=1, capture_id=1))


@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)])
def test_a_committed_row_survives_a_power_cut(tmp_path: Path, pragma: str, value: object) -> None:
    """SQLite promises it for WAL with synchronous = FULL (2); only that these are in force can be tested here."""
    with opened(tmp_path) as catalog, catalog.reader() as session:
        assert session.connection().exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_a_lock_held_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PRAGMAS", (*database.PRAGMAS, "PRAGMA busy_timeout = 20"))
    with opened(tmp_path) as catalog, closing(sqlite3.connect(catalog.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CatalogLocked, match=r"catalog\.sqlite: locked by another program"), catalog.writer():
            pass
        assert _labels(catalog) == []  # readers are not held up


@pytest.mark.parametrize("keep", [5000, 40_000], ids=["cut short", "cut in the middle"])
def test_a_truncated_catalog_is_told(tmp_path: Path, keep: int) -> None:
    with opened(tmp_path) as catalog:
        path = catalog.path
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CatalogDamaged, match="damaged or not a catalog"), opened(tmp_path) as catalog:
        _labels(catalog)


def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    path.write_bytes(b"not a database at all, but long enough to look" * 50)
    before = path.read_bytes()
    with pytest.raises(CatalogDamaged, match="file is not a database"):
        Catalog.open(path)
    assert path.read_bytes() == before


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(CatalogNotWritable, match="cannot be written"):
        Catalog.open(tmp_path / "nowhere" / "catalog.sqlite")
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite" / "inside").mkdir(parents=True)
    with pytest.raises(CatalogError, match=r"catalog\.sqlite"):
        Catalog.open(tmp_path / "catalog.sqlite")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    folder.mkdir()
    folder.chmod(0o555)
    try:
        with pytest.raises(CatalogNotWritable, match="make it writable"):
            Catalog.open(folder / "catalog.sqlite")
    finally:
        folder.chmod(0o755)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (sqlite3.SQLITE_READONLY_DBMOVED, CatalogNotWritable),
        (sqlite3.SQLITE_CANTOPEN, CatalogNotWritable),
        (sqlite3.SQLITE_FULL, CatalogNotWritable),
        (sqlite3.SQLITE_IOERR_WRITE, CatalogNotWritable),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, CatalogLocked),
        (sqlite3.SQLITE_CORRUPT_INDEX, CatalogDamaged),
    ],
)
def test_every_code_of_the_driver_has_its_clear_error(code: int, error: type[CatalogError]) -> None:
    failure = sqlite3.OperationalError("words of the driver")
    failure.sqlite_errorcode = code
    found = database.clear_error(Path("/lib/catalog.sqlite"), failure)
    assert type(found) is error
    assert str(found).startswith("/lib/catalog.sqlite: ")
    assert "\n" not in str(found)


def test_our_own_mistakes_are_not_dressed_up_as_the_users(tmp_path: Path) -> None:
    with opened(tmp_path) as catalog, pytest.raises(IntegrityError), catalog.writer() as session:
        session.add(Batch(label=None))


WRITER = """
import sys
from pathlib import Path
from catalog.database import Catalog
from catalog.models import Batch
catalog = Catalog.open(Path(sys.argv[1]))
with catalog.writer() as session:
    session.add(Batch(label="committed"))
with catalog.writer() as session:
    session.add(Batch(label="cut"))
    session.flush()
    print("now", flush=True)
    sys.stdin.read()
"""


def test_a_writer_killed_in_the_middle_leaves_what_was_committed(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "now\n"
        process.send_signal(signal.SIGKILL)
    with opened(tmp_path) as catalog:
        assert _labels(catalog) == ["committed"]
        with catalog.writer() as session:
            session.add(Batch(label="after"))
        assert _labels(catalog) == ["committed", "after"]
