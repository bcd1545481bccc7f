"""A real scheduler and real workers on loopback: stacks, a worker killed in the middle, a share of two names."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

from stackroom.cluster.scheduler import BadEngine, scheduler_address
from stackroom.commands import worker
from tests import cards
from tests.stackroom import here
from tests.stackroom.test_cli import run

Client = pytest.importorskip("distributed", reason="the cluster extra is not installed").Client

STACKS = 40
PATIENCE_S = 90.0


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--no-show"]
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", *words]
    with (tmp_path / "scheduler.log").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        yield f"dask://127.0.0.1:{port}"
        process.terminate()


@contextlib.contextmanager
def working(scheduler: str, log: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker of one process; it and all its children end with the block."""
    command = [sys.executable, "-m", "stackroom", "worker", scheduler, "--workers", "1", *words]
    with log.open("wb") as out, subprocess.Popen(command, stderr=out, start_new_session=True) as process:
        try:
            yield process
        finally:
            _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _card(root: Path, stacks: int) -> Path:
    for number in range(stacks):
        focus = (0.30, 0.31, 0.32)
        cards.write_run(root, cards.Run(first=1 + 3 * number, focus_m=focus, start_s=60 * number, seed=number))
    return root


def _until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def _watching(card: Path, root: Path, scheduler: str) -> subprocess.Popen[str]:
    words = ["watch", str(card), "--export", str(root / "out"), "--once", "--json", "--engine", scheduler]
    command = [sys.executable, "-m", "stackroom", "--library", str(root / "lib"), *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _workers(scheduler: str) -> int:
    """Return how many workers a scheduler has; -1 while it does not answer."""
    try:
        client = Client(scheduler_address(scheduler), timeout=2, set_as_default=False)
    except OSError:
        return -1
    with client:
        return len(client.nthreads())


def _digests(folder: Path) -> set[str]:
    return {hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*.JPG")}


def test_every_stack_is_made_once_though_a_worker_is_killed_in_the_middle(scheduler: str, tmp_path: Path) -> None:
    card = _card(tmp_path / "card", STACKS)
    before = _digests(card)
    out = tmp_path / "out"
    with working(scheduler, tmp_path / "a.log") as doomed, working(scheduler, tmp_path / "b.log"):
        daemon = _watching(card, tmp_path, scheduler)
        _until(lambda: len(list(out.glob("*.jpg"))) >= STACKS // 4)
        _kill(doomed)
        assert len(list(out.glob("*.jpg"))) < STACKS, "killed too late to prove anything"
        printed, complaints = daemon.communicate(timeout=PATIENCE_S)
    assert daemon.returncode == 0, complaints
    result: dict[str, Any] = json.loads(printed)
    assert [s["state"] for s in result["sequences"]] == ["done"] * STACKS
    made = [Path(s["master"]) for s in result["sequences"]]
    assert len(set(made)) == STACKS
    assert {path.name for path in out.rglob("*.tif")} == {path.name for path in made}, "none is made twice"
    assert len(list(out.glob("*.jpg"))) == STACKS
    assert not list(tmp_path.rglob("*.stackroom-part"))
    assert _digests(card) == before


@pytest.fixture
def share(tmp_path: Path) -> tuple[Path, Path]:
    """Return the names under which the daemon and a worker know one folder."""
    (tmp_path / "share").mkdir()
    names = tmp_path / "as-the-daemon-says", tmp_path / "as-the-worker-says"
    for name in names:
        name.symlink_to(tmp_path / "share")
    return names


RECIPE = """
format = "jpeg"
[watermark]
image = "{share}/logo.png"
"""


def test_stacks_and_exports_are_made_on_a_share_of_two_names(
    scheduler: str, share: tuple[Path, Path], tmp_path: Path
) -> None:
    ours, theirs = share
    card, library, out = _card(ours / "card", 3), ours / "lib", ours / "out"
    (library / "recipes").mkdir(parents=True)
    Pillow.new("RGBA", (40, 20), (255, 0, 0, 255)).save(ours / "logo.png")
    (library / "recipes/marked.toml").write_text(RECIPE.format(share=ours))
    with working(scheduler, tmp_path / "a.log", "--map", f"{ours}={theirs}"):
        words = ["watch", str(card), "--export", str(out), "--recipe", "marked", "--once", "--json"]
        done = run(*words, "--engine", scheduler, library=library)
        assert done.returncode == 0, done.stderr
        masters = [sequence["master"] for sequence in json.loads(done.stdout)["sequences"]]
        assert all(path.startswith(str(ours)) and Path(path).is_file() for path in masters)
        export = ["export", "--to", str(ours / "web"), "--recipe", "marked", "--what", "both", "--json"]
        made = run(*export, "--engine", scheduler, library=library)
        again = run(*export, "--engine", scheduler, library=library)
    assert made.returncode == 0, made.stdout + made.stderr
    files = json.loads(made.stdout)
    assert files["counts"] == {"made": 3 + 9}
    assert all(file["path"].startswith(str(ours / "web")) and Path(file["path"]).is_file() for file in files["files"])
    assert json.loads(again.stdout)["counts"] == {"kept": 3 + 9}


def test_an_export_killed_with_its_worker_is_made_by_another_and_once(scheduler: str, tmp_path: Path) -> None:
    card, library, web = _card(tmp_path / "card", 12), tmp_path / "lib", tmp_path / "web"
    assert here.run("import", str(card), library=library).returncode == 0
    words = ["--library", str(library), "export", "--to", str(web), "--what", "frames", "--json"]
    with working(scheduler, tmp_path / "a.log") as doomed, working(scheduler, tmp_path / "b.log"):
        command = [sys.executable, "-m", "stackroom", *words, "--engine", scheduler]
        _until(lambda: _workers(scheduler) == 2)
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as exporting:
            _until(lambda: len(list(web.glob("*.jpg"))) >= 4)
            _kill(doomed)
            assert len(list(web.glob("*.jpg"))) < 36, "killed too late to prove anything"
            printed, complaints = exporting.communicate(timeout=PATIENCE_S)
    assert exporting.returncode == 0, printed + complaints
    assert json.loads(printed)["counts"] == {"made": 36}
    assert len(list(web.iterdir())) == 36, "none twice, and nothing half-written"


def test_a_cluster_without_workers_is_one_clear_line(scheduler: str, tmp_path: Path) -> None:
    assert here.run("import", str(_card(tmp_path / "card", 1)), library=tmp_path / "lib").returncode == 0
    words = ["export", "--to", str(tmp_path / "web"), "--what", "frames", "--engine", scheduler]
    _until(lambda: _workers(scheduler) == 0)
    done = run(*words, library=tmp_path / "lib")
    assert done.returncode == 1
    [line] = done.stderr.strip().splitlines()
    assert f"start some with `stackroom worker {scheduler}`" in line


def test_a_folder_that_a_worker_does_not_see_is_named(scheduler: str, share: tuple[Path, Path], tmp_path: Path) -> None:
    ours, theirs = share
    assert here.run("import", str(_card(ours / "card", 1)), library=tmp_path / "lib").returncode == 0
    words = ["export", "--to", str(ours / "web"), "--what", "frames", "--engine", scheduler]
    with working(scheduler, tmp_path / "a.log", "--map", f"{ours}={theirs}/elsewhere"):
        _until(lambda: _workers(scheduler) == 1)
        done = run(*words, library=tmp_path / "lib")
    assert done.returncode == 1
    assert "not found on a worker" in done.stdout


def test_no_scheduler_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "PATIENCE_S", 0.0)
    card = _card(tmp_path / "card", 1)
    words = ["watch", str(card), "--export", str(tmp_path / "out"), "--once", "--engine", "dask://127.0.0.1:9"]
    done = here.run(*words, library=tmp_path / "lib")
    assert done.returncode == 1
    lent = here.run("worker", "dask://127.0.0.1:9", library=tmp_path / "lib")
    assert lent.returncode == 1
    for told in (done, lent):
        [line] = told.stderr.strip().splitlines()
        assert "scheduler does not answer" in line


@pytest.mark.parametrize("words", [("stack", "--all"), ("export", "--what", "frames", "--to", "{root}/web")])
def test_the_settings_file_names_the_engine_and_a_word_overrules_it(words: tuple[str, ...], tmp_path: Path) -> None:
    library = tmp_path / "lib"
    assert here.run("import", str(_card(tmp_path / "card", 1)), library=library).returncode == 0
    (library / "stackroom.toml").write_text('engine = "dask://127.0.0.1:9"\n')
    named = [word.format(root=tmp_path) for word in words]
    refused = here.run(*named, library=library)
    assert refused.returncode == 1
    assert "scheduler does not answer" in refused.stderr
    assert run(*named, "--engine", "local", library=library).returncode == 0


@pytest.mark.parametrize(
    ("text", "address"),
    [("dask://nas:8786", "tcp://nas:8786"), ("dask://nas", "tcp://nas:8786"), ("dask://[::1]:9", "tcp://[::1]:9")],
)
def test_an_engine_is_named_by_its_scheduler(text: str, address: str) -> None:
    assert scheduler_address(text) == address


@pytest.mark.parametrize("text", ["spark://nas", "nas:8786", "dask://", "dask://nas:many"])
def test_words_that_name_no_engine_are_refused(text: str) -> None:
    with pytest.raises(BadEngine, match="dask://HOST:PORT"):
        scheduler_address(text)
