"""What is seen coming in, look by look."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from catalog.database import Catalog
from catalog.errors import CatalogLocked
from catalog.models import Sighting
from develop import presets
from stacker.settings import StackSettings
from tests import cards
from watcher import folder
from watcher.arrivals import SETTLED_S, Arrivals
from watcher.events import Event, Scanned
from watcher.intake import Intake
from watcher.patience import Patience
from watcher.planner import Wanted
from watcher.regrouping import Regrouping, never
from watcher.stability import Stability
from watcher.stirred import MANY, NOWHERE, Stirred, Where
from watcher.task import Rule, Task
from watcher.walking import Walking


class Clock:
    """A clock that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def heard() -> list[Event]:
    return []


@pytest.fixture
def arrivals(tmp_path: Path, heard: list[Event], clock: Clock) -> Iterator[Arrivals]:
    catalog = Catalog.open(tmp_path / "catalog.sqlite")
    (tmp_path / "card").mkdir()
    wanted = Wanted(folder=tmp_path / "out", recipes=(), stack=StackSettings())
    look = presets.load("neutral")
    rule = Rule(folder=tmp_path / "card", wanted=wanted, preset=look, copy=False)
    task, patience = (
        Task(rules=(rule,), wanted=wanted, preset=look, once=False, exclude=(tmp_path / "card/out",)),
        Patience(),
    )
    yield Arrivals(
        catalog=catalog,
        task=task,
        intake=Intake(catalog=catalog, originals=None),
        patience=patience,
        stop=never,
        regrouping=Regrouping(catalog, never),
        walking=Walking(task, patience),
        stability=Stability(quiet_s=0.0, grace_s=0.0),
        listen=heard.append,
        monotonic=clock,
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


def _frame(card: Path, folder: str, number: int) -> Path:
    [path] = cards.write_run(card, cards.Run(first=number, focus_m=(5.0,), start_s=number, seed=number, folder=folder))
    return path


def _pictures(heard: list[Event]) -> list[int]:
    """Return how many pictures each look saw."""
    return [event.pictures for event in heard if isinstance(event, Scanned)]


def test_only_where_something_stirred_is_looked_at(arrivals: Arrivals, tmp_path: Path, heard: list[Event]) -> None:
    for number in range(1, 6):
        _frame(tmp_path / "card", "100CANON", number)
    arrivals.look()
    new = _frame(tmp_path / "card", "101CANON", 9)
    _frame(tmp_path / "card/out", "100CANON", 20)
    _frame(tmp_path / "card/.hidden", "100CANON", 21)
    apart = [new.parent, tmp_path / "card/out/DCIM/100CANON", tmp_path / "card/.hidden/DCIM/100CANON", tmp_path]
    arrivals.look(Where(folders=frozenset(apart)))
    arrivals.look(NOWHERE)
    arrivals.look(Where(folders=frozenset([tmp_path / "card/gone"])))
    assert _pictures(heard) == [5, 1, 0, 0]
    assert len(_listed(arrivals)) == 6


def test_a_root_in_which_folders_came_is_walked_at_once_and_once_more(
    arrivals: Arrivals, tmp_path: Path, heard: list[Event], clock: Clock
) -> None:
    arrivals.look()
    _frame(tmp_path / "card", "100CANON", 1)
    arrivals.look(Where(roots=frozenset([tmp_path / "card"])))
    _frame(tmp_path / "card", "101CANON", 2)  # of this one nobody heard
    assert not arrivals.is_due(woken=False)
    clock.now += SETTLED_S
    assert arrivals.is_due(woken=False)
    arrivals.look(NOWHERE)
    assert _pictures(heard) == [0, 1, 2]
    assert len(_listed(arrivals)) == 2
    clock.now += SETTLED_S
    assert not arrivals.is_due(woken=False)


def test_what_is_on_its_way_is_looked_at_until_it_is_here(
    arrivals: Arrivals, tmp_path: Path, heard: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = _frame(tmp_path / "card", "100CANON", 1)
    monkeypatch.setattr(arrivals.stability, "quiet_s", 1e9)
    arrivals.look()
    monkeypatch.undo()
    assert _listed(arrivals) == []
    arrivals.look(NOWHERE)
    assert _listed(arrivals) == [frame.name]
    arrivals.look(NOWHERE)
    assert _pictures(heard) == [1, 1, 0]


def test_after_a_look_that_failed_everything_is_looked_at(
    arrivals: Arrivals, tmp_path: Path, heard: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_words: object) -> None:
        raise CatalogLocked(tmp_path / "catalog.sqlite")

    arrivals.look()
    frame = _frame(tmp_path / "card", "100CANON", 1)
    with monkeypatch.context() as failing:
        failing.setattr(Walking, "scan", fail)
        with pytest.raises(CatalogLocked):
            arrivals.look(Where(folders=frozenset([frame.parent])))
    assert arrivals.is_due(woken=False)
    arrivals.look(NOWHERE)
    assert _pictures(heard) == [0, 1]


def test_the_clock_has_everything_looked_at(arrivals: Arrivals, tmp_path: Path, clock: Clock) -> None:
    arrivals.look()
    _frame(tmp_path / "card", "100CANON", 1)
    arrivals.look(NOWHERE)
    assert _listed(arrivals) == []
    clock.now += arrivals.task.rescan_s + 1
    assert arrivals.is_due(woken=False)
    arrivals.look(NOWHERE)
    assert _listed(arrivals) == ["IMG_0001.JPG"]


def test_stirred_tells_folders_or_the_whole_root_where_it_was_too_much() -> None:
    root, other = Path("/card"), Path("/other")
    stirred = Stirred()
    stirred.note(root, [root / "a"])
    stirred.note(root, [root / "b"], files=0)
    stirred.note(other)
    stirred.note(other, [other / "c"])
    assert stirred.wake.is_set()
    assert stirred.take() == Where(frozenset([other]), frozenset([root / "a", root / "b"]))
    assert not stirred.wake.is_set()
    for _ in range(MANY + 1):
        stirred.note(root, [root / "a"])
    assert stirred.take() == Where(frozenset([root]))
    stirred.wake.set()
    assert stirred.take() is None, "a wake-up that names no place"


def test_a_card_stays_one_until_it_is_grouped(arrivals: Arrivals, tmp_path: Path) -> None:
    assert arrivals.few
    cards.write_run(tmp_path / "card", cards.Run(first=1, focus_m=[0.3 + 0.01 * step for step in range(6)], start_s=0))
    arrivals.look()
    arrivals.look()
    assert not arrivals.few
    arrivals.regrouping._measured = Future()
    arrivals.look()
    assert not arrivals.few
    arrivals.regrouping._measured = None
    arrivals.look()
    assert arrivals.few
