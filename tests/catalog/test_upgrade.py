"""Opening makes, upgrades, or refuses; whatever goes wrong, the catalog is as it was."""

from __future__ import annotations

import multiprocessing
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from catalog import upgrade
from catalog.database import Catalog, clear_error
from catalog.errors import CatalogDamaged, CatalogNotWritable, CatalogTooNew
from migrations import run

NEXT = "9001"
SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "{next}"
down_revision = "{present}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("capture") as capture:
        capture.add_column(sa.Column("place", sa.String(), nullable=True))
        capture.alter_column("stem", nullable=True)
    {then}
"""


def _scripts(folder: Path, then: str = "pass") -> Path:
    """A next version's migrations: it rebuilds the capture table, which other tables refer to."""
    shutil.copytree(run.SCRIPTS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    text = SECOND.format(then=then, next=NEXT, present=upgrade.HEAD)
    (folder / "versions" / f"{NEXT}_second.py").write_text(text, encoding="utf-8")
    return folder


def _fill(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("PRAGMA foreign_keys = ON")
        raw.execute(
            "INSERT INTO capture (id, folder, stem, header, rating, flag, created_at)"
            " VALUES (7, 'DCIM', 'IMG_7', '{}', 3, 0, '2026-01-01')"
        )
        raw.execute(
            "INSERT INTO file (id, capture_id, source_path, stored_path, size, mtime_ns, digest, signature, role,"
            " online) VALUES (1, 7, '/card/a', '/lib/a', 1, 1, 'd', 's', 'raw', 1)"
        )


def _rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as raw:
        return raw.execute(query).fetchall()


def test_an_upgrade_keeps_every_row_and_what_refers_to_it(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    upgrade.bring_up_to_date(path)
    _fill(path)
    upgrade.bring_up_to_date(path, head=NEXT, scripts=_scripts(tmp_path / "next"))
    assert _rows(path, "SELECT id, stem, rating, place FROM capture") == [(7, "IMG_7", 3, None)]
    assert _rows(path, "SELECT id, capture_id FROM file") == [(1, 7)]
    assert _rows(path, "SELECT version_num FROM alembic_version") == [(NEXT,)]


def test_the_catalog_as_it_was_is_kept_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    upgrade.bring_up_to_date(path)
    _fill(path)
    upgrade.bring_up_to_date(path, head=NEXT, scripts=_scripts(tmp_path / "next"))
    copy = tmp_path / f"catalog.sqlite.before-{NEXT}-from-{upgrade.HEAD}"
    assert _rows(copy, "SELECT version_num FROM alembic_version") == [(upgrade.HEAD,)]
    assert _rows(copy, "SELECT id FROM capture") == [(7,)]


def test_a_new_catalog_needs_no_copy(tmp_path: Path) -> None:
    upgrade.bring_up_to_date(tmp_path / "catalog.sqlite")
    assert not list(tmp_path.glob("*.before-*"))


@pytest.mark.parametrize(
    ("then", "error"),
    [
        ('op.execute("DELETE FROM capture")', sqlite3.IntegrityError),
        ('op.execute("SELECT * FROM nowhere")', OperationalError),
    ],
    ids=["rows that refer to nothing", "a step that fails"],
)
def test_a_failed_upgrade_changes_nothing(tmp_path: Path, then: str, error: type[Exception]) -> None:
    path = tmp_path / "catalog.sqlite"
    upgrade.bring_up_to_date(path)
    _fill(path)
    with pytest.raises(error):
        upgrade.bring_up_to_date(path, head=NEXT, scripts=_scripts(tmp_path / "next", then))
    assert _rows(path, "SELECT version_num FROM alembic_version") == [(upgrade.HEAD,)]
    assert _rows(path, "SELECT id FROM capture") == [(7,)]
    assert _rows(path, "SELECT capture_id FROM file") == [(7,)]
    assert "place" not in [row[1] for row in _rows(path, "PRAGMA table_info(capture)")]


def test_rows_that_refer_to_nothing_are_told_as_damage(tmp_path: Path) -> None:
    found = clear_error(tmp_path / "c", sqlite3.IntegrityError("2 rows would refer to nothing after the upgrade"))
    assert isinstance(found, CatalogDamaged)


def test_no_upgrade_without_room_for_the_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "catalog.sqlite"
    upgrade.bring_up_to_date(path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**6, 10**6 - 1000, 1000))
    with pytest.raises(CatalogNotWritable, match="not enough free space"):
        upgrade.bring_up_to_date(path, head=NEXT, scripts=_scripts(tmp_path / "next"))
    assert _rows(path, "SELECT version_num FROM alembic_version") == [(upgrade.HEAD,)]


def test_a_newer_catalog_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    upgrade.bring_up_to_date(path)
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9001'")
    before = path.read_bytes()
    with pytest.raises(CatalogTooNew, match=r"catalog\.sqlite: made by a newer Stackroom \(catalog version 9001\)"):
        Catalog.open(path)
    assert path.read_bytes() == before


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("CREATE TABLE songs (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(CatalogDamaged, match="another program"):
        Catalog.open(path)
    assert path.read_bytes() == before


def test_an_empty_file_becomes_a_catalog(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    path.touch()
    upgrade.bring_up_to_date(path)
    assert _rows(path, "SELECT version_num FROM alembic_version") == [(upgrade.HEAD,)]


def test_opening_an_up_to_date_catalog_loads_no_migrations(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    upgrade.bring_up_to_date(path)
    code = (
        "import sys; from pathlib import Path; from catalog.database import Catalog;"
        f"Catalog.open(Path({str(path)!r})).close(); sys.exit('alembic' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _bring(path: Path, start: Barrier, head: str, scripts: Path) -> None:
    start.wait()
    upgrade.bring_up_to_date(path, head=head, scripts=scripts)


@pytest.mark.parametrize("head", [upgrade.HEAD, NEXT], ids=["make", "upgrade"])
def test_eight_processes_may_open_it_at_once(tmp_path: Path, head: str) -> None:
    path, scripts = tmp_path / "catalog.sqlite", run.SCRIPTS
    if head == NEXT:
        upgrade.bring_up_to_date(path)
        _fill(path)
        scripts = _scripts(tmp_path / "next")
    context = multiprocessing.get_context("fork")
    start = context.Barrier(8)
    processes = [context.Process(target=_bring, args=(path, start, head, scripts)) for _ in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 8
    assert _rows(path, "SELECT version_num FROM alembic_version") == [(head,)]
    assert _rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert not list(tmp_path.glob(".*part*"))
