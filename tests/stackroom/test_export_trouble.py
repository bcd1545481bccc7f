"""Bulk export where something is missing, full, changed or killed."""

from __future__ import annotations

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
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from develop.errors import SettingsError
from develop.recipe import RECIPES
from develop.watermark_settings import Watermark
from stackroom import export_plan, export_pool, export_work, exporting
from stackroom.errors import FolderUnusable, NoRoom, NotFound
from stackroom.export_pool import Order, Outcome
from stackroom.library import Library
from tests.stackroom.exports import JPEG, WEB, HerePool, export, files, states
from tests.stackroom.test_cli import run


@pytest.mark.usefixtures("here")
def test_a_stack_that_is_away_changed_or_out_of_date_is_a_skip_or_a_failure(library: Library, tmp_path: Path) -> None:
    [near, far] = export(library, tmp_path, JPEG, dry_run=True)
    master = Path(near.subject.order.master)
    kept = master.read_bytes()
    try:
        master.write_bytes(kept + b" ")
        [changed, _] = export(library, tmp_path / "a", JPEG)
        master.unlink()
        [away, made] = export(library, tmp_path / "b", JPEG)
    finally:
        master.write_bytes(kept)
    assert (changed.state, away.state, made.state) == ("failed", "skipped", "made")
    assert str(master) in changed.reason
    assert str(master) in away.reason
    assert sorted(files(tmp_path / "b")) == [Path(far.subject.order.title + ".jpg").name]


def test_what_is_missing_ends_before_anything_is_written(library: Library, tmp_path: Path) -> None:
    for mark in (Watermark(text="me", font="/no/such.ttf"), Watermark(image="/no/such.png")):
        with pytest.raises(SettingsError, match="such"):
            export(library, tmp_path / "out", replace(WEB, watermark=mark))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FolderUnusable, match="file"):
        export(library, tmp_path / "file" / "below", WEB)
    for what in ("results", "frames", "both"):
        with pytest.raises(NotFound, match="sequence 98: not in the catalog"):
            export(library, tmp_path / "out", WEB, sequences=(1, 98, 99), what=what)
    assert not (tmp_path / "out").exists()


def test_a_disk_that_is_too_small_is_told_first(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    small = usage._replace(free=export_plan._SPARE + 1000)
    monkeypatch.setattr("catalog.volumes.shutil.disk_usage", lambda _: small)
    with pytest.raises(NoRoom, match=r"MB are needed and 0\.0 MB are free"):
        export(library, tmp_path / "out", WEB, what="both")
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

    export(library, tmp_path, WEB, dry_run=True)
    monkeypatch.setattr("develop.codecs.atomic.os.fsync", full)
    items = export(library, tmp_path, JPEG, what="frames")
    monkeypatch.undo()
    monkeypatch.setattr(exporting, "ExportPool", HerePool)
    failed = [item for item in items if item.state == "failed"]
    assert failed
    assert all("the disk is full" in item.reason for item in failed)
    assert len(files(tmp_path)) == 9 - len(failed)
    again = export(library, tmp_path, JPEG, what="frames")
    assert sorted(set(states(again))) == ["kept", "made"]
    assert len(files(tmp_path)) == 9


@pytest.mark.usefixtures("here")
def test_a_command_runs_on_each_file_and_its_failure_is_told(library: Library, tmp_path: Path) -> None:
    code = "import sys, pathlib; p = pathlib.Path(sys.argv[1]); p.write_bytes(p.read_bytes() + b'!')"
    good = replace(JPEG, name="good", command=f'{sys.executable} -c "{code}" {{path}}')
    items = export(library, tmp_path / "good", good)
    assert states(items) == ["made", "made"]
    assert Path(items[0].delivered.path).read_bytes().endswith(b"!")
    assert states(export(library, tmp_path / "good", good)) == ["kept", "kept"]
    refusing = f"{sys.executable} -c \"import sys; sys.exit('no paper')\""
    for command, why in (("no-such-program", "no-such-program could not be run"), (refusing, "ended with 1 on")):
        bad = replace(JPEG, name="bad", command=command)
        failed = export(library, tmp_path / "bad", bad)
        assert states(failed) == ["failed", "failed"]
        assert why in failed[0].reason
        assert states(export(library, tmp_path / "bad", bad)) == ["failed", "failed"], "it is tried again"
    assert failed[0].reason.endswith("no paper")


def _dies_on_the_second(order: dict[str, Any]) -> list[dict[str, Any]]:
    if order["title"] == "IMG_0002":
        os._exit(9)
    return export_work.deliver(order)


def test_a_picture_that_ends_its_worker_takes_no_other_along(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_pool, "_deliver", _dies_on_the_second)
    items = export(library, tmp_path, WEB, what="frames", workers=2)
    assert sorted(states(items)) == ["failed", *["made"] * 8]
    assert "decoder" in next(item.reason for item in items if item.state == "failed")


def test_workers_that_cannot_even_start_are_no_pictures_fault(library: Library, tmp_path: Path) -> None:
    multiprocessing.set_executable("/bin/false")
    try:
        items = export(library, tmp_path, WEB, workers=1)
    finally:
        multiprocessing.set_executable(sys.executable)
    assert states(items) == ["failed", "failed"]
    assert all("no worker process could be started" in item.reason for item in items)
    assert states(export(library, tmp_path, WEB, workers=1)) == ["made", "made"]


@pytest.mark.usefixtures("here")
def test_killed_at_any_moment_and_run_again_it_is_whole(library: Library, tmp_path: Path) -> None:
    export(library, tmp_path / "whole", WEB, RECIPES["print"], what="both")
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
    assert files(tmp_path / "cut") == files(tmp_path / "whole")


def test_a_file_that_somebody_lays_there_while_it_is_made_stays(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = export(library, tmp_path, WEB)
    untouched, retouched = (Path(item.delivered.path) for item in first)

    class Retouched(HerePool):
        def run(self, orders: Iterable[Order]) -> Generator[Outcome]:
            waiting = list(orders)
            retouched.write_bytes(b"by hand")
            yield from super().run(waiting)

    monkeypatch.setattr(exporting, "ExportPool", Retouched)
    again = export(library, tmp_path, replace(WEB, quality=50))
    assert retouched.read_bytes() == b"by hand"
    beside = retouched.with_name(f"{retouched.stem}-2{retouched.suffix}")
    assert [item.delivered.path for item in again] == [str(untouched), str(beside)]
    assert sorted(tmp_path.iterdir()) == sorted([untouched, retouched, beside])
    monkeypatch.setattr(exporting, "ExportPool", HerePool)
    assert states(export(library, tmp_path, replace(WEB, quality=50))) == ["kept", "kept"]
