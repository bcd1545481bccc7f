"""`watch`: drop a card dump in, come back to finished stacks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from develop import preset_files, recipe_files
from stacker.settings import StackSettings
from stackroom import config, terminal, workflow
from stackroom.library import Library
from stackroom.options import Dust, Engine, Front, Method, Recipes, Workers
from stackroom.stopping import stopping
from stackroom.tasks import WatchRequest

CLEAR_ERROR = 1

Folders = Annotated[
    list[Path] | None,
    typer.Argument(metavar="FOLDER...", readable=False, help="Folders to watch, beside those of stackroom.toml."),
]
Results = Annotated[
    Path | None, typer.Option("--export", metavar="DIR", help="Where results go [default: stacks in the library].")
]


def _summary(result: dict[str, Any], export: Path) -> list[str]:
    stacks = [s for s in result["sequences"] if s["kind"] == "focus"]
    done = [s for s in stacks if s["state"] == "done"]
    review = [s for s in result["sequences"] if s["kind"] == "review"]
    lines = [
        f"{terminal.counted(result['captures'], 'capture')}, "
        f"{terminal.counted(len(result['duplicates']), 'duplicate')}, "
        f"{terminal.counted(len(result['skipped']), 'file')} skipped",
        f"{len(done)} of {terminal.counted(len(stacks), 'focus stack')} finished; the results are in {export}",
    ]
    if review:
        need = "group needs" if len(review) == 1 else "groups need"
        lines.append(f"{len(review)} {need} a look: stackroom sequences list --kind review")
    lines += [f"failed: sequence {s['id']}: {s['error']}" for s in stacks if s["state"] == "failed"]
    return lines


def _tell(result: dict[str, Any], request: WatchRequest, *, as_json: bool) -> None:
    """Say what came of it."""
    if not request.report:
        terminal.out.print(
            "stopped; jobs at hand were given back, and the same command goes on with them", markup=False
        )
        return
    if as_json:
        terminal.print_json(result)
    else:
        for line in _summary(result, request.export):
            terminal.out.print(line, markup=False)
    if any(s["state"] != "done" for s in result["sequences"] if s["kind"] == "focus") and request.once:
        raise typer.Exit(CLEAR_ERROR)


def watch(
    context: typer.Context,
    folders: Folders = None,
    export: Results = None,
    recipe: Recipes = None,
    preset: Annotated[str, typer.Option("--preset", help="The look: a preset's name or file.")] = "neutral",
    method: Method = "auto",
    dust: Dust = True,
    front: Front = "off",
    once: Annotated[bool, typer.Option("--once", help="Work everything through, then end.")] = False,
    add: Annotated[bool, typer.Option("--add", help="Leave originals where they are instead of copying.")] = False,
    workers: Workers = None,
    engine: Engine = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Import what is dropped into FOLDER, group it, sync the look, stack every focus sequence and export."""
    library: Library = context.obj
    found = config.load(library.root / config.NAME)
    if not folders and not found.folders:
        raise typer.BadParameter(f"name a folder, or list some in {library.root / config.NAME}")
    request = WatchRequest(
        config=found,
        folders=tuple(folder.expanduser().absolute() for folder in folders or ()),
        export=(export or library.stacks).expanduser().absolute(),
        recipes=recipe_files.find_all(recipe or ["jpeg"], library.recipes),
        preset=preset_files.find(preset, library.presets),
        stack=StackSettings(
            method=StackSettings.parse_method(method), dust=dust, front=StackSettings.parse_front(front)
        ),
        copy=not add,
        once=once,
        workers=workers,
        engine=engine,
        report=once or as_json,
    )
    with stopping() as stop, terminal.Progressing() as progress:
        result = workflow.watch(library, request, progress, stop)
    _tell(result, request, as_json=as_json)
