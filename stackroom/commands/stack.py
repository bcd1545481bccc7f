"""`stack`: build or rebuild the results of sequences that are in the catalog."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from develop import recipe_files
from stacker.settings import StackSettings
from stackroom import terminal, workflow
from stackroom.library import Library
from stackroom.stopping import stopping


def stack(
    context: typer.Context,
    numbers: Annotated[list[int] | None, typer.Argument(metavar="SEQUENCE...", help="From `sequences list`.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every focus sequence.")] = False,
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="DIR", help="Where results go [default: beside the earlier ones]."),
    ] = None,
    recipe: Annotated[list[str] | None, typer.Option("--recipe", help="What to export; may be repeated.")] = None,
    method: Annotated[str, typer.Option("--method", help="auto, pyramid, depth or weighted.")] = "auto",
    dust: Annotated[bool, typer.Option("--dust/--no-dust", help="Find dust on the sensor and take it out.")] = True,
    front: Annotated[
        str, typer.Option("--front-priority", help="What is near hides what lies behind: off, auto, first or last.")
    ] = "off",
    slab: Annotated[
        int,
        typer.Option("--slab", metavar="N", min=0, help="Layered files also hold every N neighbouring frames fused."),
    ] = 0,
    overlap: Annotated[
        int, typer.Option("--overlap", metavar="M", min=0, help="Frames that a slab shares with the one before.")
    ] = 0,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Stacks built at the same time.")] = None,
    engine: Annotated[
        str | None, typer.Option("--engine", help="Where stacks are built: local, or dask://HOST:PORT.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Build what is missing or out of date of these sequences; what holds is left alone."""
    if bool(numbers) == everything:
        raise typer.BadParameter("name sequences, or say --all")
    library: Library = context.obj
    recipes = recipe_files.find_all(recipe or ["jpeg"], library.recipes)
    if slab:
        if not any(each.layered for each in recipes):
            raise typer.BadParameter("--slab is for files of layers; add --recipe layers")
        recipes = tuple(replace(each, slab=slab, overlap=overlap) if each.layered else each for each in recipes)
    request = workflow.StackRequest(
        sequences=tuple(numbers) if numbers else None,
        export=export.expanduser().absolute() if export else None,
        recipes=recipes,
        stack=StackSettings(
            method=StackSettings.parse_method(method), dust=dust, front=StackSettings.parse_front(front)
        ),
        workers=workers,
        engine=engine,
    )
    with stopping() as stop, terminal.Progressing() as progress:
        result = workflow.stack(library, request, progress, stop)
    if as_json:
        terminal.print_json(result)
    else:
        for sequence in result:
            what = sequence["master"] if sequence["state"] == "done" else sequence["error"] or sequence["state"]
            terminal.out.print(f"sequence {sequence['id']}: {what}", markup=False)
    if any(sequence["state"] != "done" for sequence in result):
        raise typer.Exit(1)
