"""Run `watch` as a service of the user's own: written for the system at hand, started at log-in, kept running."""

from __future__ import annotations

import os
import plistlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from develop.codecs.atomic import beside
from stackroom.errors import StackroomError
from stackroom.library import Library

STOP_S = 15
"""The daemon hands its jobs back within ten seconds; after this the system ends it."""
Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


class ServiceFailed(StackroomError):
    """The system refused to install, start or remove the service."""


def run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command of the system's service manager."""
    try:
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    except OSError as error:
        return subprocess.CompletedProcess(words, 127, "", f"{words[0]}: {error.strerror}")


def _name(library: Library) -> str:
    """Name the service of a library: one a library, so that several may run."""
    folder = "".join(c if c.isalnum() else "-" for c in library.root.name.lower()).strip("-")
    return "stackroom" if folder == "stackroom" else f"stackroom-{folder or 'library'}"


def _command(library: Library) -> list[str]:
    return [sys.executable, "-m", "stackroom", "--library", str(library.root), "watch"]


def _quoted(word: str) -> str:
    """Quote a word for ExecStart; systemd expands % and $ even inside quotes."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def systemd_unit(library: Library) -> str:
    """Return the unit for systemd's user manager."""
    return "\n".join([
        "[Unit]",
        f"Description=Stackroom, library {str(library.root).replace('%', '%%')}",
        "[Service]",
        f"ExecStart={' '.join(map(_quoted, _command(library)))}",
        "Restart=on-failure",
        "RestartSec=10",
        f"TimeoutStopSec={STOP_S}",
        "KillMode=mixed",
        "[Install]",
        "WantedBy=default.target",
        "",
    ])  # fmt: skip


def launchd_plist(library: Library) -> str:
    """Return the agent for launchd."""
    agent = {
        "Label": f"org.{_name(library)}",
        "ProgramArguments": _command(library),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ExitTimeOut": STOP_S,
        "ProcessType": "Background",
    }
    return plistlib.dumps(agent).decode()


def windows_task(library: Library) -> str:
    """Return the task for the Task Scheduler: at log-on, again after a failure, on battery too."""
    program, *words = _command(library)
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Triggers><LogonTrigger><Enabled>true</Enabled></LogonTrigger></Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>
  </Settings>
  <Actions>
    <Exec>
      <Command>{escape(program)}</Command>
      <Arguments>{escape(subprocess.list2cmdline(words))}</Arguments>
    </Exec>
  </Actions>
</Task>
"""


@dataclass(frozen=True, slots=True)
class Manager:
    """How one system keeps services: the file it wants, and the words that turn it on and off and ask for its state."""

    path: Path
    text: str
    encoding: str
    on: tuple[tuple[str, ...], ...]
    off: tuple[tuple[str, ...], ...]
    state: tuple[str, ...]


def manager(library: Library, platform: str = sys.platform, home: Path | None = None) -> Manager:
    """Return how the service of a library is kept on a platform."""
    name, home = _name(library), home or Path.home()
    on: tuple[tuple[str, ...], ...]
    off: tuple[tuple[str, ...], ...]
    if platform == "win32":
        path = library.root / f"{name}.task.xml"
        create = ("schtasks", "/Create", "/F", "/TN", name, "/XML", str(path))
        off = (("schtasks", "/End", "/TN", name), ("schtasks", "/Delete", "/F", "/TN", name))
        on = (create, ("schtasks", "/Run", "/TN", name))
        return Manager(path, windows_task(library), "utf-16", on, off, ("schtasks", "/Query", "/TN", name))
    if platform == "darwin":
        path = home / "Library/LaunchAgents" / f"org.{name}.plist"
        on = (("launchctl", "load", "-w", str(path)),)
        off = (("launchctl", "unload", "-w", str(path)),)
        return Manager(path, launchd_plist(library), "utf-8", on, off, ("launchctl", "list", f"org.{name}"))
    configured = os.environ.get("XDG_CONFIG_HOME")
    folder = Path(configured) if configured else home / ".config"
    path, control = folder / "systemd/user" / f"{name}.service", ("systemctl", "--user")
    on = ((*control, "daemon-reload"), (*control, "enable", "--now", path.name))
    off = ((*control, "disable", "--now", path.name),)
    return Manager(path, systemd_unit(library), "utf-8", on, off, (*control, "is-active", path.name))


def install(kept: Manager, run: Run = run) -> None:
    """Write the service's file and start it. Raises ServiceFailed where the system refuses; the file stays."""
    with beside(kept.path) as partial:
        partial.write_text(kept.text, encoding=kept.encoding)
    for words in kept.on:
        done = run(words)
        if done.returncode:
            why = " ".join((done.stderr or done.stdout).split()) or f"{words[0]} ended with {done.returncode}"
            raise ServiceFailed(f"{kept.path}: written, but not started ({why}); start it by `{' '.join(words)}`")


def uninstall(kept: Manager, run: Run = run) -> bool:
    """Stop the service and remove its file; return whether there was one."""
    if not kept.path.exists():
        return False
    for words in kept.off:
        run(words)
    kept.path.unlink(missing_ok=True)
    return True


def state(kept: Manager, run: Run = run) -> str:
    """Say how the service stands: 'not installed', 'running' or 'installed, not running'."""
    if not kept.path.exists():
        return "not installed"
    return "running" if run(kept.state).returncode == 0 else "installed, not running"
