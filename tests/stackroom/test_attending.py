"""A settings file that changes is followed while the daemon runs, and one that cannot be is told of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from develop import presets
from stacker.settings import StackSettings
from stackroom import config, engines, tasks
from stackroom.attending import Attending
from stackroom.library import Library
from stackroom.notify import Notify
from stackroom.previews import Measuring
from tests.watcher.test_queue import order
from watcher import events, queue
from watcher.daemon import Daemon
from watcher.engine import Engine
from watcher.regrouping import nothing
from watcher.worker import Json


def work(job: int, order: Json) -> Json:
    """Do nothing."""
    return {}


@dataclass
class Running:
    """A daemon as `watch` puts it together, with its settings file."""

    library: Library
    daemon: Daemon
    attending: Attending
    told: list[events.Event]

    def write(self, text: str) -> None:
        path = self.library.root / config.NAME
        before = path.stat().st_mtime_ns if path.exists() else 0
        path.write_text(text)
        os.utime(path, ns=(before + 10**9, before + 10**9))
        self.attending(self.daemon)


def request_for(library: Library, folder: Path) -> tasks.WatchRequest:
    """Return what `watch` is asked for where the settings file names one folder."""
    (library.root / config.NAME).write_text(f'workers = 1\n[[folder]]\npath = "{folder}"\n')
    return tasks.WatchRequest(
        folders=(), export=library.stacks, recipes=(), preset=presets.load("neutral"), stack=StackSettings(),
        copy=True, once=False, config=config.load(library.root / config.NAME),
    )  # fmt: skip


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    library, told = Library(tmp_path / "lib"), list[events.Event]()
    with library.catalog() as catalog:
        request = request_for(library, tmp_path / "first")
        task = tasks.task_for(library, request)
        daemon = Daemon(
            catalog, task, tasks.intake_for(catalog, library, task, told.append), Engine(work, 1), nothing, told.append
        )
        attending = Attending(library, request, Notify((), "", told.append), Measuring(), told.append, lambda *_: None)
        attending.apply(daemon)
        attending(daemon)
        yield Running(library, daemon, attending, told)


def test_every_setting_takes_effect_while_it_runs(running: Running, tmp_path: Path) -> None:
    running.write(
        f"""
workers = 3
memory_mb = 512
niceness = 9
hang_s = 600
notify = ["tell-me", "now"]
webhook = "http://127.0.0.1:1/x"
live = false
[[folder]]
path = "{tmp_path}/second"
mode = "add"
recipes = ["tiff16"]
method = "depth"
export = "{tmp_path}/out"
"""
    )
    daemon = running.daemon
    assert isinstance(daemon.engine, Engine)
    assert (daemon.engine.slots, daemon.engine.niceness, daemon.engine.silence.limit_s) == (3, 9, 600)
    assert running.attending.notify.command == ("tell-me", "now")
    assert running.attending.notify.webhook == "http://127.0.0.1:1/x"
    assert daemon.live is None
    [rule] = daemon.task.rules
    assert (rule.folder, rule.copy, rule.wanted.folder) == (tmp_path / "second", False, tmp_path / "out")
    assert (rule.wanted.stack.method, rule.wanted.stack.memory_mb) == ("depth", 512)
    assert [recipe.name for recipe in rule.wanted.recipes] == ["tiff16"]
    assert daemon.intake.in_place == (tmp_path / "second",)
    assert running.told == [
        events.Noted(f"{running.library.root}/stackroom.toml: read again, and followed from now on")
    ]


def test_another_engine_is_taken_when_what_runs_is_finished(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[str] = []
    other = Engine(work, 7)

    def opened(name: str, *_: object) -> Engine:
        named.append(name)
        return other

    monkeypatch.setattr(engines, "open_engine", opened)
    first = running.daemon.engine
    assert isinstance(first, Engine)
    running.write('engine = "dask://nas"\n[[folder]]\npath = "/cards"\n')
    assert named == ["dask://nas"]
    first._running[Future()] = 1
    running.daemon._dispatch()
    assert running.daemon.engine is first, "a job still runs there"
    first._running.clear()
    running.daemon._dispatch()
    assert running.daemon.engine is other


def test_a_cluster_that_does_not_answer_changes_nothing(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stackroom.cluster.scheduler.REACH_S", 0.5)
    running.write('engine = "dask://127.0.0.1:9"\n[[folder]]\npath = "/cards"\n')
    running.daemon._dispatch()
    assert isinstance(running.daemon.engine, Engine)
    assert running.daemon.task.folders == (tmp_path / "first",)
    [warning] = running.told
    assert isinstance(warning, events.Warned)
    assert "does not answer" in warning.message
    assert "going on with the settings from before" in warning.message


@pytest.mark.parametrize(
    "text",
    [
        "workers = 'many'",
        "workers = 999",
        "no toml",
        "[[folder]]\nmode = 'copy'",
        "workers = 2",
        "engine = 'spark'",
        "webhook = 'nas'",
        "[[folder]]\npath = '/x'\nmethod = 'mean'",
        "[[folder]]\npath = '/x'\nrecipes = ['none']",
        "[[folder]]\npath = '~nobody-here/x'",
        "[[folder]]\npath = 'relative'",
        "[[folder]]\npath = '/x'\nexport = '/proc/none'",
    ],
)
def test_what_cannot_be_followed_changes_nothing(running: Running, tmp_path: Path, text: str) -> None:
    running.write(text)
    assert running.daemon.task.folders == (tmp_path / "first",)
    assert running.daemon.engine.slots == 1
    [warning] = running.told
    assert isinstance(warning, events.Warned)
    assert "going on with the settings from before" in warning.message
    running.write(f'[[folder]]\npath = "{tmp_path}/third"\n')
    assert running.daemon.task.folders == (tmp_path / "third",)
    over = running.told[1]
    assert isinstance(over, events.Resumed)
    assert over.about == warning.about, "the warning is taken back"


def test_a_stack_that_the_disk_has_no_room_for_is_not_begun(running: Running, tmp_path: Path) -> None:
    daemon = running.daemon
    small = replace(order("a"), master=str(running.library.stacks / "m.tif"))
    assert daemon._obstacle(small) is None
    assert "the disk is full: 1000000000000 MB are needed" in (daemon._obstacle(replace(small, room=10**18)) or "")
    assert "mount its volume" in (daemon._obstacle(replace(small, master=f"{tmp_path}/away/m.tif")) or "")
    with daemon.catalog.writer() as session:
        queue.enqueue(session, replace(small, room=10**18))
    daemon._dispatch()
    assert daemon.engine.running == 0
    [put_off] = running.told
    assert isinstance(put_off, events.JobFailed)
    assert put_off.again
