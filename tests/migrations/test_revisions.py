"""The shipped migrations make the very tables that the models speak of."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Inspector, create_engine, inspect

from catalog import upgrade
from catalog.models import Base
from migrations import run


@contextmanager
def _looking_at(path: Path) -> Iterator[Inspector]:
    engine: Engine = create_engine(f"sqlite:///{path}")
    try:
        yield inspect(engine)
    finally:
        engine.dispose()


def _schema(path: Path) -> dict[str, Any]:
    with _looking_at(path) as seen:
        return {
            table: {
                "columns": {c["name"]: (str(c["type"]), c["nullable"]) for c in seen.get_columns(table)},
                "primary": seen.get_pk_constraint(table),
                "foreign": sorted(seen.get_foreign_keys(table), key=lambda key: str(key["name"])),
                "unique": sorted(seen.get_unique_constraints(table), key=lambda key: str(key["name"])),
                "checks": {c["name"]: re.sub(r"\s+", " ", c["sqltext"]) for c in seen.get_check_constraints(table)},
                "indexes": sorted((i["name"], i["column_names"], i["unique"]) for i in seen.get_indexes(table)),
            }
            for table in seen.get_table_names()
            if table != "alembic_version"
        }


def test_models_and_migrations_agree(tmp_path: Path) -> None:
    migrated, modelled = tmp_path / "migrated.sqlite", tmp_path / "modelled.sqlite"
    run.upgrade(migrated)
    engine = create_engine(f"sqlite:///{modelled}")
    Base.metadata.create_all(engine)
    engine.dispose()
    expected = _schema(modelled)
    assert expected.keys() == Base.metadata.tables.keys()
    assert _schema(migrated) == expected


def test_the_program_knows_the_newest_revision() -> None:
    assert ScriptDirectory.from_config(run.configuration()).get_heads() == [upgrade.HEAD]


def test_revisions_sort_as_they_were_made() -> None:
    """`CatalogTooNew` compares revisions as words, so their names must grow."""
    names = [script.revision for script in ScriptDirectory.from_config(run.configuration()).walk_revisions()]
    assert names == sorted(names, reverse=True)
    assert all(re.fullmatch(r"\d{4}", name) for name in names)


def test_every_constraint_has_a_name(tmp_path: Path) -> None:
    """SQLite can only change a table by rebuilding it, and a constraint without a name cannot be spoken of there."""
    run.upgrade(tmp_path / "catalog.sqlite")
    for table, parts in _schema(tmp_path / "catalog.sqlite").items():
        assert all(key["name"] for key in (*parts["foreign"], *parts["unique"])), table


def test_deleting_a_capture_leaves_nothing_that_refers_to_it(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    run.upgrade(path)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA foreign_keys = ON")
        raw.execute(
            "INSERT INTO capture (id, folder, stem, header, rating, flag, created_at)"
            " VALUES (1, 'DCIM', 'IMG_1', '{}', 0, 0, '2026-01-01')"
        )
        raw.execute("INSERT INTO batch (id, label, created_at, undone, dropped) VALUES (1, 'sync', '2026-01-01', 0, 0)")
        raw.execute("INSERT INTO edit (batch_id, capture_id) VALUES (1, 1)")
        raw.execute("DELETE FROM capture")
        assert raw.execute("SELECT count(*) FROM edit").fetchone() == (0,)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [("capture", "rating", "6"), ("capture", "flag", "2"), ("job", "state", "'lost'"), ("file", "role", "'psd'")],
)
def test_the_database_itself_refuses_nonsense(tmp_path: Path, table: str, column: str, value: str) -> None:
    path = tmp_path / "catalog.sqlite"
    run.upgrade(path)
    with closing(sqlite3.connect(path)) as raw:
        columns = [row[1] for row in raw.execute(f"PRAGMA table_info('{table}')")]
        values = ", ".join(value if name == column else "1" for name in columns)
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            raw.execute(f"INSERT INTO {table} VALUES ({values})")


def test_marks_given_before_there_were_keywords_stay(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = run.configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO capture (id, folder, stem, header, rating, flag, label, created_at)"
            " VALUES (1, 'DCIM', 'IMG_1', '{}', 4, 1, 'red', '2026-01-01')"
        )
        connection.exec_driver_sql(
            "INSERT INTO batch (id, label, created_at, undone, dropped) VALUES (1, 'sync', '2026-01-01', 0, 0)"
        )
        connection.exec_driver_sql("INSERT INTO edit (batch_id, capture_id) VALUES (1, 1)")
    engine.dispose()
    run.upgrade(path)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT rating, flag, label FROM capture").fetchall() == [(4, 1, "red")]
        assert raw.execute("SELECT batch_id, capture_id FROM edit").fetchall() == [(1, 1)]
        assert raw.execute("SELECT count(*) FROM keyword").fetchone() == (0,)


def test_results_made_before_exports_were_remembered_stay(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = run.configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.exec_driver_sql(
            "INSERT INTO stack (id, key, path, size, digest, method, engine_version, settings, quality, current,"
            " created_at) VALUES (1, 'k', '/m.tif', 9, 'd', 'auto', '1', '{}', '{}', 1, '2026-01-01')"
        )
        connection.exec_driver_sql(
            "INSERT INTO sequence (id, kind, confidence, reasons, warnings, idle_s, complete, changed_at)"
            " VALUES (3, 'focus', 1, '[]', '[]', 10, 1, '2026-01-01')"
        )
    engine.dispose()
    run.upgrade(path)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT key, path, size FROM stack").fetchall() == [("k", "/m.tif", 9)]
        assert raw.execute("SELECT id, kind, stack_choice FROM sequence").fetchall() == [(3, "focus", None)]
        assert raw.execute("SELECT count(*) FROM delivery").fetchone() == (0,)
