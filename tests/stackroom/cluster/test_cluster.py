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

from stackroom.cluster.engine import BadEngine, scheduler_address
from tests import cards
from tests.stackroom.test_cli import run

pytest.importorskip("distributed", reason="the cluster extra is not installed")

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


def test_a_worker_knows_the_share_under_its_own_name(scheduler: str, tmp_path: Path) -> None:
    share = tmp_path / "share"
    card = _card(share / "card", 1)
    (tmp_path / "elsewhere").symlink_to(share)
    daemon_name, worker_name = tmp_path / "gone", tmp_path / "elsewhere"
    daemon_name.symlink_to(share)
    with working(scheduler, tmp_path / "a.log", "--map", f"{daemon_name}={worker_name}"):
        out = daemon_name / "out"
        words = ["watch", str(card), "--export", str(out), "--once", "--json", "--engine", scheduler]
        done = run(*words, library=daemon_name / "lib")
    assert done.returncode == 0, done.stderr
    [sequence] = json.loads(done.stdout)["sequences"]
    assert sequence["master"].startswith(str(daemon_name))
    assert Path(sequence["master"]).is_file()


def test_no_scheduler_is_one_clear_line(tmp_path: Path) -> None:
    card = _card(tmp_path / "card", 1)
    words = ["watch", str(card), "--export", str(tmp_path / "out"), "--once", "--engine", "dask://127.0.0.1:9"]
    done = run(*words, library=tmp_path / "lib")
    assert done.returncode == 1
    [line] = done.stderr.strip().splitlines()
    assert "scheduler does not answer" in line


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
