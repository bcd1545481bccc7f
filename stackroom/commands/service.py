"""`service`: keep `watch` running from log-in on."""

from __future__ import annotations

import typer

from stackroom import config, terminal
from stackroom import service as services
from stackroom.errors import NothingToDo
from stackroom.library import Library
from stackroom.options import AsJson

app = typer.Typer(no_args_is_help=True, help="Keep `watch` running from log-in on: install, uninstall, status.")


@app.command()
def install(context: typer.Context, as_json: AsJson = False) -> None:
    """Write the service for this system and start it; it watches the folders of the library's settings file."""
    library: Library = context.obj
    settings = library.root / config.NAME
    if not config.load(settings).folders:
        raise NothingToDo(f"{settings}: it names no folder to watch; add a [[folder]] with its path first")
    kept = services.manager(library)
    services.install(kept)
    _tell(as_json, str(kept.path), "running", f"installed and started: {kept.path}")


@app.command()
def uninstall(context: typer.Context, as_json: AsJson = False) -> None:
    """Stop the service and remove it; the library stays as it is."""
    kept = services.manager(context.obj)
    if not services.uninstall(kept):
        raise NothingToDo(f"{kept.path}: not there; no service is installed for this library")
    _tell(as_json, str(kept.path), "not installed", f"stopped and removed: {kept.path}")


@app.command()
def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Say whether the service is installed and runs."""
    kept = services.manager(context.obj)
    found = services.state(kept)
    _tell(as_json, str(kept.path), found, f"{found}: {kept.path}")


def _tell(as_json: bool, path: str, state: str, words: str) -> None:
    if as_json:
        terminal.print_json({"file": path, "state": state})
    else:
        terminal.out.print(words, markup=False)
