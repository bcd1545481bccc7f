"""Bulk export, whole: a real library, real files, killed for real."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from catalog import dust, edits
from catalog.models import DustMark
from develop import pipeline
from develop.errors import SettingsError
from develop.recipe import RECIPES, TOKENS, ExportRecipe
from develop.settings import DevelopSettings
from develop.watermark_settings import Watermark
from stackroom import export_plan, export_pool, export_work, exporting
from stackroom.errors import FolderUnusable, NameTaken, NoRoom
from stackroom.export_orders import ExportRequest, Item
from stackroom.export_pool import Order, Outcome
from stackroom.library import Library
from tests import cards
from tests.stackroom.test_cli import run

WEB, JPEG = RECIPES["web"], RECIPES["jpeg"]


@dataclass
class HerePool:
    """Works orders through in this process, as the workers do in theirs."""

    workers: int
    begin: Any

    def run(self, orders: Iterable[Order]) -> Generator[Outcome]:
        """Yield what came of each order."""
        for number, order in orders:
            self.begin(number)
            yield number, export_work.deliver(order.to_json())


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Return a library of nine captures with two finished stacks."""
    root = tmp_path_factory.mktemp("library")
    cards.write_card(root / "card", damaged=False)
    done = run("watch", str(root / "card"), "--export", str(root / "out"), "--once", library=root / "lib")
    assert done.returncode == 0, done.stderr
    return Library(root / "lib")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "ExportPool", HerePool)


def _quiet(done: int, total: int) -> None:
    return None


def _export(library: Library, folder: Path, *recipes: ExportRecipe, **words: Any) -> list[Item]:
    return exporting.export(library, ExportRequest(folder=folder, recipes=recipes, **words), _quiet)


def _states(items: list[Item]) -> list[str]:
    return [item.state for item in items]


def _files(folder: Path) -> dict[str, str]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


@pytest.mark.usefixtures("here")
def test_several_recipes_develop_each_picture_once(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[int] = []
    real = pipeline.render

    def counted(*words: Any, **named: Any) -> Any:
        rendered.append(1)
        return real(*words, **named)

    monkeypatch.setattr(pipeline, "render", counted)
    items = _export(library, tmp_path / "out", JPEG, WEB, RECIPES["print"], RECIPES["avif"])
    assert _states(items) == ["made"] * 8
    assert len(rendered) == 2
    assert _states(_export(library, tmp_path / "out", JPEG, WEB, RECIPES["print"], RECIPES["avif"])) == ["kept"] * 8
    assert len(rendered) == 2
    assert not list((tmp_path / "out").glob(".*"))


@pytest.mark.usefixtures("here")
def test_results_frames_and_both_are_found_by_queries(library: Library, tmp_path: Path) -> None:
    for what, query, count in (
        ("results", None, 2), ("results", "kind:focus", 2), ("frames", None, 9), ("both", None, 11),
        ("frames", "date:2026-03-07 kind:focus", 8), ("results", "rating>=4", 0),
    ):  # fmt: skip
        items = _export(library, tmp_path, JPEG, what=what, query=query, dry_run=True)
        assert len(items) == count, (what, query)
        assert set(_states(items)) <= {"to make"}
    assert list(tmp_path.iterdir()) == [], "looking writes nothing"
    frames = _export(library, tmp_path, WEB, what="frames", query="kind:focus")
    with Pillow.open(frames[4].delivered.path) as picture:
        assert picture.size == (160, 240), "frames are turned upright"
        assert picture.getexif()[0x0110] == "Canon EOS R6"


@pytest.mark.usefixtures("here")
def test_only_what_is_missing_or_stale_is_made(library: Library, tmp_path: Path) -> None:
    first = _export(library, tmp_path, JPEG, what="frames")
    before = _files(tmp_path)
    Path(first[3].delivered.path).unlink()
    assert _states(_export(library, tmp_path, JPEG, what="frames")).count("made") == 1
    assert _files(tmp_path) == before
    capture = first[0].subject.order.frames[0].capture_id
    with library.catalog() as catalog, catalog.writer() as session:
        edits.apply(session, {capture: DevelopSettings(exposure=0.7)}, "brighter")
    again = _export(library, tmp_path, JPEG, what="frames")
    assert [item.state for item in again].count("made") == 1
    with library.catalog() as catalog, catalog.writer() as session:
        edits.apply(session, {capture: DevelopSettings()}, "as it was")
    assert _states(_export(library, tmp_path, replace(JPEG, quality=60), what="frames")) == ["made"] * 9
    assert _files(tmp_path).keys() == before.keys(), "our own files are replaced in place"


@pytest.mark.usefixtures("here")
def test_a_retouched_export_is_not_written_over(library: Library, tmp_path: Path) -> None:
    [one, _] = _export(library, tmp_path, JPEG)
    Path(one.delivered.path).write_bytes(b"somebody's work")
    [again, other] = _export(library, tmp_path, JPEG)
    assert (again.state, other.state) == ("made", "kept")
    assert Path(again.delivered.path).stem.endswith("-2")
    assert Path(one.delivered.path).read_bytes() == b"somebody's work"


@pytest.mark.usefixtures("here")
def test_names_come_from_a_template(library: Library, tmp_path: Path) -> None:
    template = "{year}/{date}_{original}_{sequence:3}_{frames}f_{focus}_{camera}_{counter:3}"
    recipe = ExportRecipe(name="own", format="webp", name_template=template, name_suffix="_x")
    names = [Path(i.delivered.path).relative_to(tmp_path).as_posix() for i in _export(library, tmp_path, recipe)]
    numbers = [item.subject.naming.sequence for item in _export(library, tmp_path, recipe)]
    assert names == [
        f"2026/2026-03-07_IMG_0003_{numbers[0]:03}_4f_0.300-0.330m_Canon EOS R6_001_x.webp",
        f"2026/2026-03-07_IMG_0007_{numbers[1]:03}_4f_0.500-0.600m_Canon EOS R6_002_x.webp",
    ]
    other = {**recipe.to_json(), "name_template": "{camera}_{counter}", "name": "few"}
    few = ExportRecipe.from_json(other)
    [second] = _export(library, tmp_path, few, sequences=(numbers[1],))
    assert Path(second.delivered.path).name == "Canon EOS R6_1_x.webp"
    both = _export(library, tmp_path, few)
    assert _states(both) == ["made", "kept"], "a file keeps its number"
    every = ExportRecipe(name="every", name_template="+".join(f"{{{token}}}" for token in TOKENS))
    [told] = _export(library, tmp_path, every, sequences=(numbers[0],), dry_run=True)
    values = dict(zip(TOKENS, Path(told.delivered.path).stem.split("+"), strict=True))
    assert values == {
        "name": told.subject.naming.name, "original": "IMG_0003", "sequence": str(numbers[0]), "frames": "4",
        "focus": "0.300-0.330m", "date": "2026-03-07", "time": "100101", "year": "2026", "month": "03", "day": "07",
        "camera": "Canon EOS R6", "lens": "Macro 100mm F2.8", "counter": "1", "recipe": "every",
    }  # fmt: skip
    assert Path(both[0].delivered.path).name == "Canon EOS R6_2_x.webp"


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("collision", "states", "names"),
    [("number", ["made", "made"], ["a.jpg", "a-2.jpg"]), ("skip", ["made", "skipped"], ["a.jpg"]),
     ("replace", ["made", "skipped"], ["a.jpg"])],
)  # fmt: skip
def test_two_equal_names_never_hide_each_other(
    library: Library, tmp_path: Path, collision: str, states: list[str], names: list[str]
) -> None:
    recipe = ExportRecipe(name="same", name_template="a", collision=collision)
    items = _export(library, tmp_path, recipe)
    assert _states(items) == states
    assert sorted(_files(tmp_path)) == sorted(names)
    assert states == ["made", "made"] or "{counter}" in items[1].reason


def test_many_equal_names_are_numbered_without_asking_for_all_before(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    obstacle = export_plan.Plan._obstacle

    def counted(self: export_plan.Plan, path: Path, me: tuple[str, str]) -> str | None:
        asked.append(path)
        return obstacle(self, path, me)

    monkeypatch.setattr(export_plan.Plan, "_obstacle", counted)
    items = _export(library, tmp_path, replace(WEB, name_template="a"), what="frames", dry_run=True)
    names = [Path(item.delivered.path).name for item in items]
    assert names == ["a_web.jpg", *(f"a_web-{number}.jpg" for number in range(2, len(items) + 1))]
    assert len(asked) == len(items)


@pytest.mark.usefixtures("here")
def test_somebodys_file_is_numbered_around_left_replaced_or_stops_everything(library: Library, tmp_path: Path) -> None:
    theirs = tmp_path / "a.jpg"
    outcomes = {}
    number = _export(library, tmp_path, JPEG, dry_run=True)[0].subject.naming.sequence
    for collision in ("number", "skip", "replace"):
        theirs.write_bytes(b"theirs")
        recipe = ExportRecipe(name=collision, name_template="a", collision=collision)
        [item] = _export(library, tmp_path, recipe, sequences=(number,))
        outcomes[collision] = (item.state, theirs.read_bytes() == b"theirs")
    assert outcomes == {"number": ("made", True), "skip": ("left", True), "replace": ("made", False)}
    before = _files(tmp_path)
    with pytest.raises(NameTaken, match=r"a\.jpg"):
        _export(library, tmp_path, ExportRecipe(name="stop", name_template="a", collision="stop"))
    assert _files(tmp_path) == before


@pytest.mark.usefixtures("here")
def test_an_original_is_never_replaced(library: Library) -> None:
    originals = library.originals
    before = _files(originals)
    folder = next(path for path in originals.rglob("*.JPG")).parent
    recipe = ExportRecipe(name="over", name_template="{original}", collision="replace")
    # Another ending in other letters: file systems that do not tell them apart must be safe as well.
    items = _export(library, folder, recipe, what="frames", dry_run=True)
    assert set(_states(items)) == {"skipped"}
    assert _files(originals) == before


@pytest.mark.usefixtures("here")
def test_an_offline_original_is_a_skip_and_the_rest_is_made(library: Library, tmp_path: Path) -> None:
    [near, _] = _export(library, tmp_path, JPEG, dry_run=True)
    frame = Path(near.subject.order.frames[0].path)
    frame.rename(tmp_path / "away")
    try:
        items = _export(library, tmp_path / "out", JPEG, RECIPES["depth"], what="both")
    finally:
        (tmp_path / "away").rename(frame)
    skipped = [(item.subject.is_stack, item.recipe.name, item.reason) for item in items if item.state == "skipped"]
    offline = f"original offline: {frame}; connect its volume"
    assert skipped[0] == (True, "depth", offline)
    assert (False, "jpeg", offline) in skipped
    assert len([item for item in items if item.state == "made"]) == 3 + 8
    assert sum(reason == offline for _, _, reason in skipped) == 2


@pytest.mark.usefixtures("here")
def test_a_stack_that_is_away_changed_or_out_of_date_is_a_skip_or_a_failure(library: Library, tmp_path: Path) -> None:
    [near, far] = _export(library, tmp_path, JPEG, dry_run=True)
    master = Path(near.subject.order.master)
    kept = master.read_bytes()
    try:
        master.write_bytes(kept + b" ")
        [changed, _] = _export(library, tmp_path / "a", JPEG)
        master.unlink()
        [away, made] = _export(library, tmp_path / "b", JPEG)
    finally:
        master.write_bytes(kept)
    assert (changed.state, away.state, made.state) == ("failed", "skipped", "made")
    assert str(master) in changed.reason
    assert str(master) in away.reason
    assert sorted(_files(tmp_path / "b")) == [Path(far.subject.order.title + ".jpg").name]


def test_what_is_missing_ends_before_anything_is_written(library: Library, tmp_path: Path) -> None:
    for mark in (Watermark(text="me", font="/no/such.ttf"), Watermark(image="/no/such.png")):
        with pytest.raises(SettingsError, match="such"):
            _export(library, tmp_path / "out", replace(WEB, watermark=mark))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FolderUnusable, match="file"):
        _export(library, tmp_path / "file" / "below", WEB)
    assert not (tmp_path / "out").exists()


def test_a_disk_that_is_too_small_is_told_first(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    small = usage._replace(free=export_plan._SPARE + 1000)
    monkeypatch.setattr("catalog.volumes.shutil.disk_usage", lambda _: small)
    with pytest.raises(NoRoom, match=r"MB are needed and 0\.0 MB are free"):
        _export(library, tmp_path / "out", WEB, what="both")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("here")
def test_a_disk_that_fills_up_fails_its_files_and_leaves_nothing_half(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync
    calls = iter(range(100))

    def full(handle: int) -> None:
        if 1 < next(calls) < 6:
            raise OSError(28, "No space left on device")
        real(handle)

    _export(library, tmp_path, WEB, dry_run=True)
    monkeypatch.setattr("develop.codecs.atomic.os.fsync", full)
    items = _export(library, tmp_path, JPEG, what="frames")
    monkeypatch.undo()
    monkeypatch.setattr(exporting, "ExportPool", HerePool)
    failed = [item for item in items if item.state == "failed"]
    assert failed
    assert all("the disk is full" in item.reason for item in failed)
    assert len(_files(tmp_path)) == 9 - len(failed)
    again = _export(library, tmp_path, JPEG, what="frames")
    assert sorted(set(_states(again))) == ["kept", "made"]
    assert len(_files(tmp_path)) == 9


@pytest.mark.usefixtures("here")
def test_a_command_runs_on_each_file_and_its_failure_is_told(library: Library, tmp_path: Path) -> None:
    code = "import sys, pathlib; p = pathlib.Path(sys.argv[1]); p.write_bytes(p.read_bytes() + b'!')"
    good = replace(JPEG, name="good", command=f'{sys.executable} -c "{code}" {{path}}')
    items = _export(library, tmp_path / "good", good)
    assert _states(items) == ["made", "made"]
    assert Path(items[0].delivered.path).read_bytes().endswith(b"!")
    assert _states(_export(library, tmp_path / "good", good)) == ["kept", "kept"]
    bad = replace(JPEG, name="bad", command="no-such-program")
    failed = _export(library, tmp_path / "bad", bad)
    assert _states(failed) == ["failed", "failed"]
    assert "no-such-program" in failed[0].reason
    assert _states(_export(library, tmp_path / "bad", bad)) == ["failed", "failed"], "it is tried again"


def _dies_on_the_second(order: dict[str, Any]) -> list[dict[str, Any]]:
    if order["title"] == "IMG_0002":
        os._exit(9)
    return export_work.deliver(order)


def test_a_picture_that_ends_its_worker_takes_no_other_along(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_pool, "_deliver", _dies_on_the_second)
    items = _export(library, tmp_path, WEB, what="frames", workers=2)
    assert sorted(_states(items)) == ["failed", *["made"] * 8]
    assert "decoder" in next(item.reason for item in items if item.state == "failed")


def test_workers_that_cannot_even_start_are_no_pictures_fault(library: Library, tmp_path: Path) -> None:
    multiprocessing.set_executable("/bin/false")
    try:
        items = _export(library, tmp_path, WEB, workers=1)
    finally:
        multiprocessing.set_executable(sys.executable)
    assert _states(items) == ["failed", "failed"]
    assert all("no worker process could be started" in item.reason for item in items)
    assert _states(_export(library, tmp_path, WEB, workers=1)) == ["made", "made"]


@pytest.mark.usefixtures("here")
def test_killed_at_any_moment_and_run_again_it_is_whole(library: Library, tmp_path: Path) -> None:
    _export(library, tmp_path / "whole", WEB, RECIPES["print"], what="both")
    words = ("export", "--to", str(tmp_path / "cut"), "--recipe", "web,print", "--what", "both", "--json")
    environment = {**os.environ, "STACKROOM_LIBRARY": str(library.root)}
    process = subprocess.Popen([sys.executable, "-m", "stackroom", *words], env=environment, stdout=subprocess.DEVNULL)
    target = random.Random(5).randrange(2, 15)
    while process.poll() is None and len(list((tmp_path / "cut").glob("*"))) < target:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = run(*words, library=library.root)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)["counts"]
    assert counts.keys() == {"kept", "made"}
    assert sum(counts.values()) == 22
    assert _files(tmp_path / "cut") == _files(tmp_path / "whole")


def test_a_file_that_somebody_lays_there_while_it_is_made_stays(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _export(library, tmp_path, WEB)
    untouched, retouched = (Path(item.delivered.path) for item in first)

    class Retouched(HerePool):
        def run(self, orders: Iterable[Order]) -> Generator[Outcome]:
            waiting = list(orders)
            retouched.write_bytes(b"by hand")
            yield from super().run(waiting)

    monkeypatch.setattr(exporting, "ExportPool", Retouched)
    again = _export(library, tmp_path, replace(WEB, quality=50))
    assert retouched.read_bytes() == b"by hand"
    beside = retouched.with_name(f"{retouched.stem}-2{retouched.suffix}")
    assert [item.delivered.path for item in again] == [str(untouched), str(beside)]
    assert sorted(tmp_path.iterdir()) == sorted([untouched, retouched, beside])
    monkeypatch.setattr(exporting, "ExportPool", HerePool)
    assert _states(_export(library, tmp_path, replace(WEB, quality=50))) == ["kept", "kept"]


@pytest.mark.usefixtures("here")
def test_what_is_said_of_the_sensor_makes_its_stacks_out_of_date(library: Library, tmp_path: Path) -> None:
    with library.catalog() as catalog, catalog.writer() as session:
        body = next(iter(dust.bodies(session)))
        mark = dust.mark(session, body, (30, 20), 4, dust.DUST)
    refused = _export(library, tmp_path, JPEG)
    assert {item.state for item in refused} == {"skipped"}
    assert all("out of date; run `stackroom stack" in item.reason for item in refused)
    with library.catalog() as catalog, catalog.writer() as session:
        session.delete(session.get_one(DustMark, mark))
    assert _states(_export(library, tmp_path, JPEG)) == ["made"] * len(refused)
