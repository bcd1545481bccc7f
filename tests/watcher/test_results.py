"""Results are told from pictures, under whatever name their folder goes."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from catalog import deliveries
from catalog.database import Catalog
from catalog.deliveries import Delivered
from watcher.results import made_here


def test_results_are_found_by_every_name_of_their_folder(tmp_path: Path) -> None:
    real, alias = tmp_path / "real", tmp_path / "alias"
    real.mkdir()
    alias.symlink_to(real)
    with closing(Catalog.open(tmp_path / "catalog.sqlite")) as catalog:
        with catalog.writer() as session:
            delivered = Delivered(
                subject="sequence:1", recipe="jpeg", folder=str(alias), wanted="a.jpg", number=1,
                path=str(alias / "a.jpg"), key="k",
            )  # fmt: skip
            deliveries.put(session, delivered)
        files = [real / name for name in ("a.jpg", "b.jpg", "c.jpg")]
        with catalog.reader() as session:
            assert made_here(session, files, [str(alias / "b.jpg")]) == set(files[:2])
            assert made_here(session, []) == set()
