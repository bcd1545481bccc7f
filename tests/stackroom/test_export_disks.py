"""Bulk export to a real disk of its own that fills up, or turns read-only, in the middle of it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from develop.recipe import RECIPES
from stackroom import export_plan, export_work, exporting
from stackroom.errors import FolderUnusable, NoRoom
from stackroom.export_orders import ExportRequest, Item
from stackroom.export_pool import Order, Outcome
from stackroom.library import Library
from tests import cards
from tests.stackroom.here import run
from tests.torture.disks import small_disk

MEGABYTES, FRAMES = 8, 9


@dataclass
class SpoiledPool:
    """Works orders through in this process; before the fourth, something happens to the disk."""

    workers: int
    begin: Any
    spoil: ClassVar[Any]

    def run(self, orders: Iterable[Order]) -> Generator[Outcome]:
        """Yield what came of each order."""
        for number, order in orders:
            if number == 3:
                self.spoil()
            self.begin(number)
            yield number, export_work.deliver(order.to_json())


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    try:
        with small_disk(tmp_path / "disk", MEGABYTES) as where:
            yield where
    except (subprocess.CalledProcessError, FileNotFoundError):
        pytest.skip("a disk of its own can be mounted by root alone")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    root = tmp_path_factory.mktemp("library")
    cards.write_card(root / "card", damaged=False)
    assert run("import", str(root / "card"), library=root / "lib").returncode == 0
    return Library(root / "lib")


def _export(library: Library, folder: Path) -> list[Item]:
    request = ExportRequest(folder=folder, recipes=(RECIPES["tiff16"],), what="frames")
    return exporting.export(library, request, lambda done, total: None)


def _remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


def _check_half_done(library: Library, out: Path, items: list[Item], why: str, mend: Callable[[], object]) -> None:
    failed = [item for item in items if item.state == "failed"]
    assert len(failed) == FRAMES - 3
    assert all(why in item.reason for item in failed), failed[0].reason
    whole = {item.delivered.path: item.delivered.size for item in items if item.state == "made"}
    assert {str(path): path.stat().st_size for path in out.iterdir()} == whole, "nothing half, nothing else"
    mend()
    again = _export(library, out)
    assert sorted(item.state for item in again) == ["kept"] * 3 + ["made"] * (FRAMES - 3)
    assert len(list(out.iterdir())) == FRAMES


def test_a_disk_that_is_full_or_fills_up(library: Library, disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoRoom, match="are needed"):
        _export(library, disk / "out")
    assert list(disk.iterdir()) == []
    ballast = disk / "ballast"

    def fill() -> None:
        with ballast.open("wb") as file, pytest.raises(OSError, match="No space"):
            while True:
                file.write(b"\0" * 65536)
                file.flush()

    monkeypatch.setattr(export_plan, "_SPARE", 0)
    monkeypatch.setattr(exporting, "ExportPool", SpoiledPool)
    monkeypatch.setattr(SpoiledPool, "spoil", staticmethod(fill), raising=False)
    items = _export(library, disk / "out")
    monkeypatch.setattr(SpoiledPool, "spoil", staticmethod(lambda: None))
    _check_half_done(library, disk / "out", items, "the disk is full", ballast.unlink)


def test_a_disk_that_is_or_turns_read_only(library: Library, disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_plan, "_SPARE", 0)
    _remount(disk, "ro")
    with pytest.raises(FolderUnusable, match="Read-only"):
        _export(library, disk / "out")
    _remount(disk, "rw")
    monkeypatch.setattr(exporting, "ExportPool", SpoiledPool)
    monkeypatch.setattr(SpoiledPool, "spoil", staticmethod(lambda: _remount(disk, "ro")), raising=False)
    items = _export(library, disk / "out")
    monkeypatch.setattr(SpoiledPool, "spoil", staticmethod(lambda: None))
    _check_half_done(library, disk / "out", items, "the disk is read-only", lambda: _remount(disk, "rw"))
