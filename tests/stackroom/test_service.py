"""The service as each system wants it, installed and removed whole."""

from __future__ import annotations

import configparser
import plistlib
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from stackroom import service
from stackroom.library import Library
from stackroom.service import ServiceFailed
from tests.stackroom.test_cli import run

ODD = 'My "best" 100% $HOME library'


class System:
    """A service manager that notes what it is told, and refuses when it is to."""

    def __init__(self, code: int = 0) -> None:
        self.code, self.told = code, list[Sequence[str]]()

    def __call__(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        self.told.append(words)
        return subprocess.CompletedProcess(words, self.code, "", "no bus\n")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    made = Library(tmp_path / ODD)
    made.root.mkdir()
    return made


def test_the_unit_names_the_very_library(library: Library) -> None:
    unit = configparser.RawConfigParser()
    unit.read_string(service.systemd_unit(library))
    started = shlex.split(unit["Service"]["ExecStart"].replace("%%", "%").replace("$$", "$"))
    assert started == [sys.executable, "-m", "stackroom", "--library", str(library.root), "watch"]
    assert unit["Service"]["Restart"] == "on-failure"
    assert int(unit["Service"]["TimeoutStopSec"]) > 10


def test_the_agent_and_the_task_name_it_too(library: Library) -> None:
    agent = plistlib.loads(service.launchd_plist(library).encode())
    assert agent["ProgramArguments"][-2:] == [str(library.root), "watch"]
    assert agent["KeepAlive"] == {"SuccessfulExit": False}
    task = ElementTree.fromstring(service.windows_task(library).split("?>", 1)[1])
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    assert task.findtext(".//t:Command", namespaces=space) == sys.executable
    assert '100% $HOME library" watch' in (task.findtext(".//t:Arguments", namespaces=space) or "")


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_installed_asked_and_removed(
    library: Library, tmp_path: Path, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    kept, system = service.manager(library, platform, tmp_path / "home"), System()
    assert service.state(kept, system) == "not installed"
    service.install(kept, system)
    assert kept.path.read_text(encoding=kept.encoding) == kept.text
    assert service.state(kept, system) == "running"
    assert service.state(kept, System(3)) == "installed, not running"
    assert service.uninstall(kept, system) is True
    assert not kept.path.exists()
    assert service.uninstall(kept, system) is False


def test_two_libraries_are_two_services(tmp_path: Path) -> None:
    first, second = (service.manager(Library(tmp_path / name), "linux", tmp_path) for name in ("Macro", "Minerals"))
    assert first.path != second.path


def test_a_system_that_refuses_is_named_with_what_to_do(library: Library, tmp_path: Path) -> None:
    kept = service.manager(library, "linux", tmp_path)
    with pytest.raises(ServiceFailed, match=r"not started \(no bus\); start it by `systemctl --user daemon-reload`"):
        service.install(kept, System(1))


def test_without_a_folder_to_watch_nothing_is_installed(library: Library) -> None:
    done = run("service", "install", library=library.root)
    assert done.returncode == 1
    assert "names no folder to watch" in done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_itself_finds_no_fault_with_the_unit(library: Library, tmp_path: Path) -> None:
    unit = tmp_path / "stackroom.service"
    unit.write_text(service.systemd_unit(library))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
