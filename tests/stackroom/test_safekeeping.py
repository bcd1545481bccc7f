"""Backups that hold, and the way back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from catalog.errors import CatalogDamaged
from develop.errors import WriteError
from stackroom import safekeeping
from stackroom.errors import NotFound
from stackroom.library import Library
from tests import cards
from watcher.events import nobody


def _library(root: Path) -> Library:
    library = Library(root / "lib")
    with library.catalog():
        pass
    return library


def _harm(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))


def test_seven_backups_are_kept_the_newest_first(tmp_path: Path) -> None:
    library = _library(tmp_path)
    library.backups.mkdir()
    for day in range(10, 19):
        for ending in ("", "-shm", "-wal"):
            (library.backups / f"catalog-202001{day}-000000.sqlite{ending}").touch()
    (library.backups / "mine.sqlite").touch()
    assert safekeeping.is_backup_due(library) is False
    with library.catalog() as catalog:
        made = safekeeping.back_up(library, catalog)
    kept = safekeeping.backups(library)
    assert (kept[0], len(kept)) == (made, safekeeping.KEPT)
    assert (library.backups / "mine.sqlite").exists(), "what a person put there is not ours to remove"
    let_go = {f"catalog-202001{day}-000000.sqlite-wal" for day in (10, 11, 12)}
    assert not let_go & {path.name for path in library.backups.iterdir()}
    assert not list(library.backups.glob(f"{made.name}-*")), "the new copy has no log beside it"


def test_a_damaged_catalog_is_noticed_and_replaced_by_the_newest_sound_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = _library(tmp_path)
    with library.catalog() as catalog:
        safekeeping.back_up(library, catalog)
    library.originals.mkdir()
    [late] = cards.write_run(library.originals, cards.Run(first=1, focus_m=(1.0,), start_s=0))
    (library.backups / "catalog-29990101-000000.sqlite").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    _harm(library.catalog_path)
    with pytest.raises(CatalogDamaged, match="stackroom restore"):
        safekeeping.require_sound(library)
    with monkeypatch.context() as full:
        full.setattr("shutil.copyfile", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(WriteError, match="disk is full"):
            safekeeping.restore(library, None, nobody)
    assert library.catalog_path.exists(), "the damaged one gives way to nothing less than a whole backup"
    done = safekeeping.restore(library, None, nobody)
    safekeeping.require_sound(library)
    assert done.source is not None
    assert "2999" not in done.source.name, "a damaged backup is passed over"
    assert done.set_aside is not None
    assert done.set_aside.exists()
    assert done.adopted == 1, late


def test_a_backup_that_is_none_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    library = _library(tmp_path)
    (tmp_path / "text").write_text("no catalog")
    with pytest.raises(NotFound):
        safekeeping.restore(library, tmp_path / "text", nobody)
    safekeeping.require_sound(library)
