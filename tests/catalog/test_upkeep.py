"""A backup is one whole state of a catalog in use, and a check finds what is wrong and says so in words."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from catalog import deliveries, importing, upkeep
from catalog.copying import digest_file
from catalog.database import Catalog
from catalog.deliveries import Delivered
from catalog.errors import BackupOntoItself, BackupOntoOther, CatalogDamaged
from catalog.models import Capture
from tests.catalog import made


def test_a_backup_is_the_committed_state_of_a_catalog_in_use(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog:
        with catalog.writer() as session:
            made.captures(session, 3)
        with catalog.writer() as session:
            made.captures(session, 5)  # two more, not committed while the backup runs
            session.flush()
            upkeep.backup(catalog, tmp_path / "backups" / "copy.sqlite")
    copy = Catalog.open(tmp_path / "backups" / "copy.sqlite")
    with copy.reader() as session:
        assert len(session.scalars(select(Capture)).all()) == 3
    copy.close()
    assert [path.name for path in (tmp_path / "backups").glob("*") if "copy.sqlite" not in path.name] == []


def test_a_backup_replaces_an_older_one_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "copy.sqlite"
    target.write_bytes(b"SQLite format 3\0, the older backup")
    with made.opened(tmp_path) as catalog:
        with monkeypatch.context() as cut:
            cut.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
            with pytest.raises(OSError, match="No space"):
                upkeep.backup(catalog, target)
        assert target.read_bytes() == b"SQLite format 3\0, the older backup"
        upkeep.backup(catalog, target)
    assert target.read_bytes()[:15] == b"SQLite format 3"
    assert not list(tmp_path.glob(".copy*"))


def test_a_backup_never_replaces_the_catalog_itself(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog:
        (tmp_path / "link.sqlite").symlink_to(catalog.path)
        for target in (catalog.path, tmp_path / "link.sqlite"):
            with pytest.raises(BackupOntoItself, match="is the catalog itself"):
                upkeep.backup(catalog, target)
        (tmp_path / "IMG_1.CR3").write_bytes(b"a picture")
        with pytest.raises(BackupOntoOther, match="name another file"):
            upkeep.backup(catalog, tmp_path / "IMG_1.CR3")


def test_all_is_well(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog:
        with catalog.writer() as session:
            importing.register(session, [made.on_disk(tmp_path / "a.jpg", b"picture")])
        assert upkeep.check(catalog, verify=True) == upkeep.CheckReport(1, ())


def test_a_missing_a_cut_and_a_changed_original_are_told(tmp_path: Path) -> None:
    names = ("missing.jpg", "cut.jpg", "changed.jpg", "good.jpg")
    with made.opened(tmp_path) as catalog:
        with catalog.writer() as session:
            importing.register(session, [made.on_disk(tmp_path / name, name.encode()) for name in names])
        (tmp_path / "missing.jpg").unlink()
        (tmp_path / "cut.jpg").write_bytes(b"cut")
        (tmp_path / "changed.jpg").write_bytes(b"CHANGED.jpg")
        quick, full = upkeep.check(catalog), upkeep.check(catalog, verify=True)
    assert (quick.files, len(quick.problems)) == (4, 2)
    assert any("missing.jpg: an original cannot be read (No such file or directory)" in p for p in quick.problems)
    assert any("cut.jpg: an original has 3 bytes instead of 7" in p for p in quick.problems)
    assert len(full.problems) == 3
    assert any("changed.jpg: an original was changed" in p for p in full.problems)


def test_exported_files_are_verified_as_long_as_they_lie_there(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog:
        with catalog.writer() as session:
            for name in ("whole", "rotten", "moved on", "promised"):
                path = tmp_path / name
                path.write_bytes(name.encode())
                digest = "" if name == "promised" else digest_file(path)
                delivered = Delivered(
                    subject=f"sequence:{name}", recipe="jpeg", folder=str(tmp_path), wanted=name, number=1,
                    path=str(path), key="k", size=len(name), digest=digest,
                )  # fmt: skip
                deliveries.put(session, delivered)
        (tmp_path / "rotten").write_bytes(b"r0tten")
        (tmp_path / "moved on").rename(tmp_path / "elsewhere")
        assert upkeep.check(catalog) == upkeep.CheckReport(0, ())
        found = upkeep.check(catalog, verify=True)
    assert found == upkeep.CheckReport(2, (f"{tmp_path}/rotten: an exported file was changed since it was recorded",))


def test_rows_that_refer_to_nothing_are_told(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog:
        with closing(sqlite3.connect(catalog.path)) as raw, raw:
            raw.execute("INSERT INTO edit (batch_id, capture_id) VALUES (5, 6)")
        problems = upkeep.check(catalog).problems
    assert sorted(problems) == [
        "catalog: a row of edit refers to nothing in batch",
        "catalog: a row of edit refers to nothing in capture",
    ]


def test_what_nobody_recorded_is_told(tmp_path: Path) -> None:
    originals = tmp_path / "originals"
    with made.opened(tmp_path) as catalog:
        with catalog.writer() as session:
            importing.register(session, [made.on_disk(originals / "2026" / "a.jpg", b"picture")])
        (originals / "2026" / "stray.jpg").write_bytes(b"stray")
        problems = upkeep.check(catalog, originals=originals).problems
    assert problems == (f"{originals}/2026/stray.jpg: lies among the originals, but the catalog does not know it",)


def test_a_damaged_index_is_told(tmp_path: Path) -> None:
    with made.opened(tmp_path) as catalog:
        with catalog.writer() as session:
            made.captures(session, 3)
        path = catalog.path
    with closing(sqlite3.connect(path)) as raw:
        root = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_file_source_path'").fetchone()[0]
        size = raw.execute("PRAGMA page_size").fetchone()[0]
    with path.open("rb+") as file:
        file.seek((root - 1) * size)
        file.write(bytes(size))
    with made.opened(tmp_path) as catalog, pytest.raises(CatalogDamaged, match="malformed"):
        upkeep.check(catalog)
