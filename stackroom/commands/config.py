"""`config`: the library's settings file, each value with where it comes from; and a way to change it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import click
import typer

from develop.codecs.atomic import beside
from develop.errors import DevelopError
from stacker.settings import StackSettings
from stackroom import config as settings
from stackroom import engines, heartbeat, terminal
from stackroom.config import Config, FolderConfig
from stackroom.errors import SettingsUnedited, StackroomError
from stackroom.library import Library

_BEGINNING = """\
# Settings of this library; a running `stackroom watch` follows them within seconds.
# What is not given keeps its default; `stackroom config` shows all of them.

# workers = 2                     # stacks at the same time; 0: as many as the machine has room for
# memory_mb = 1400                # the most that one stack may plan for; 0: the engine's own limit
# niceness = 5                    # 1 to 19: how far behind other programs the workers stay; 0: not at all
# hang_s = 1800                   # a worker that says nothing for so many seconds hangs, and is ended; 0: never
# live = true                     # show the stack so far of a sequence that is being shot
# sidecars = false                # true: write XMP beside the pictures after every edit
# engine = "local"                # or "dask://HOST:PORT"
# notify = ["command", "word"]    # gets one JSON object on its standard input when a job is done or failed
# webhook = "https://…"           # or a POST of the same

# [[folder]]
# path = "/media/cards"
# preset = "neutral"
# recipes = ["jpeg"]
# mode = "copy"                   # or "add": originals stay where they are
# export = "/results"             # default: stacks in the library
# method = "auto"
# front = "off"                   # auto, first or last: what is near hides what lies behind it
"""


def config(
    context: typer.Context,
    edit: Annotated[bool, typer.Option("--edit", help="Open the file in your editor, and check it after.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the library's settings file, each value with its origin."""
    library: Library = context.obj
    path = library.root / settings.NAME
    if edit:
        _edit(library, path)
        return
    found = settings.load(path)
    if as_json:
        folders = [dict(_values(folder)) for folder in found.folders]
        terminal.print_json({"file": str(path), **dict(_values(found)), "folders": folders})
        return
    terminal.out.print(f"{path}{'' if path.exists() else ' (not there: defaults)'}", markup=False)
    memory_mb = found.memory_mb or StackSettings().memory_mb
    meant = {"memory_mb": memory_mb, "workers": found.workers or engines.usual_workers(memory_mb)}
    rows = [(name, _shown(meant.get(name, value)), _origin(found, name)) for name, value in _values(found)]
    for number, folder in enumerate(found.folders, 1):
        rows += [(f"folder {number} {name}", _shown(value), _origin(folder, name)) for name, value in _values(folder)]
    terminal.print_table(("setting", "value", "from"), rows)


def _values(found: Config | FolderConfig) -> Iterator[tuple[str, Any]]:
    for each in fields(found):
        if each.name not in ("given", "folders"):
            value = getattr(found, each.name)
            yield each.name, list(value) if isinstance(value, tuple) else value


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "-"
    return str(value).lower() if isinstance(value, bool) else str(value) or "-"


def _origin(found: Config | FolderConfig, name: str) -> str:
    by_machine = name in ("workers", "memory_mb") and getattr(found, name) == 0
    return "machine" if by_machine else "file" if name in found.given else "default"


def _edit(library: Library, path: Path) -> None:
    """Let the file be edited; what cannot be followed is kept beside it, and what was there stays in force."""
    before = path.read_text(encoding="utf-8") if path.exists() else _BEGINNING
    try:
        after = click.edit(before, extension=".toml")
    except click.ClickException as error:
        raise SettingsUnedited(path, error.format_message()) from error
    if after is None or after == before:
        terminal.out.print("nothing changed")
        return
    rejected = path.with_name(f"{path.name}.rejected")
    try:
        settings.parse(path, after)
    except (StackroomError, DevelopError):
        _write(rejected, after)
        terminal.err.print(f"stackroom: the settings stay as they were; what you wrote is in {rejected}", markup=False)
        raise
    _write(path, after)
    rejected.unlink(missing_ok=True)
    running = heartbeat.read(library.heartbeat) is not None
    terminal.out.print(f"{path}: changed{'; the running daemon follows' if running else ''}", markup=False)


def _write(path: Path, text: str) -> None:
    with beside(path) as partial:
        partial.write_text(text, encoding="utf-8")
