"""`config`: what the settings file says, and where each value comes from."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from stackroom import config as settings
from stackroom import terminal
from stackroom.library import Library


def config(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """Show the library's settings file, each value with its origin."""
    library: Library = context.obj
    path = library.root / settings.NAME
    found = settings.load(path)
    simple = {
        "workers": found.workers,
        "memory_mb": found.memory_mb,
        "niceness": found.niceness,
        "notify": list(found.notify),
        "webhook": found.webhook,
        "live": found.live,
        "sidecars": found.sidecars,
    }
    if as_json:
        terminal.print_json({"file": str(path), **simple, "folders": [asdict(folder) for folder in found.folders]})
        return
    terminal.out.print(f"{path}{'' if path.exists() else ' (not there: defaults)'}", markup=False)
    rows = [(name, str(value), "file" if name in found.given else "default") for name, value in simple.items()]
    rows += [
        (f"folder {number} {name}", str(value), "file")
        for number, folder in enumerate(found.folders, 1)
        for name, value in asdict(folder).items()
    ]
    terminal.print_table(("setting", "value", "from"), rows)
