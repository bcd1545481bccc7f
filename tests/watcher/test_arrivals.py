"""What is seen coming in, look by look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.database import Catalog
from catalog.models import Sighting
from develop import presets
from stacker.settings import StackSettings
from watcher import folder
from watcher.arrivals import Arrivals
from watcher.events import nobody
from watcher.intake import Intake
from watcher.patience import Patience
from watcher.planner import Wanted
from watcher.regrouping import Regrouping, never
from watcher.task import Rule, Task


@pytest.fixture
def arrivals(tmp_path: Path) -> Iterator[Arrivals]:
    catalog = Catalog.open(tmp_path / "catalog.sqlite")
    (tmp_path / "card").mkdir()
    wanted = Wanted(folder=tmp_path / "out", recipes=(), stack=StackSettings())
    look = presets.load("neutral")
    rule = Rule(folder=tmp_path / "card", wanted=wanted, preset=look, copy=False)
    yield Arrivals(
        catalog=catalog,
        task=Task(rules=(rule,), wanted=wanted, preset=look, once=False),
        intake=Intake(catalog=catalog, originals=None),
        patience=Patience(True, nobody),
        stop=never,
        regrouping=Regrouping(catalog, never),
    )
    catalog.close()


def _listed(arrivals: Arrivals) -> list[str]:
    with arrivals.catalog.reader() as session:
        return [Path(row.source_path).name for row in session.query(Sighting)]


def test_a_folder_that_may_be_entered_again_is_listed_no_more(
    arrivals: Arrivals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "card/closed").mkdir()
    (tmp_path / "card/notes.txt").write_text("no picture")
    scan = folder.scan

    def with_a_closed_one(roots: list[Path], *, exclude: tuple[Path, ...] = ()) -> folder.Scan:
        seen = scan(roots, exclude=exclude)
        refused = (tmp_path / "card/closed", f"{folder.CLOSED}: Permission denied")
        return folder.Scan(seen.pictures, (*seen.others, refused))

    with monkeypatch.context() as refusing:
        refusing.setattr(folder, "scan", with_a_closed_one)
        arrivals.look()
        assert sorted(_listed(arrivals)) == ["closed", "notes.txt"]
    arrivals.look()
    assert _listed(arrivals) == ["notes.txt"]
