"""`stack`: build or rebuild the results of sequences that are in the catalog."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from develop import recipe_files
from develop.recipe import ExportRecipe
from stacker.choice import StackChoice
from stacker.settings import StackSettings
from stackroom import terminal, workflow
from stackroom.library import Library
from stackroom.options import AsJson, Engine, Recipes, Workers
from stackroom.stopping import stopping

_STAYS = "[default: as this sequence was stacked before]"
Export = Annotated[
    Path | None, typer.Option("--export", metavar="DIR", help="Where results go [default: beside the earlier ones].")
]
Method = Annotated[str | None, typer.Option("--method", help=f"auto, pyramid, depth or weighted {_STAYS}.")]
Dust = Annotated[
    bool | None, typer.Option("--dust/--no-dust", help=f"Find dust on the sensor and take it out {_STAYS}.")
]
Front = Annotated[
    str | None,
    typer.Option("--front-priority", help=f"What is near hides what lies behind: off, auto, first or last {_STAYS}."),
]
Slab = Annotated[
    int | None,
    typer.Option(
        "--slab", metavar="N", min=0, help=f"Layered files also hold every N neighbouring frames fused {_STAYS}."
    ),
]
Overlap = Annotated[
    int | None, typer.Option("--overlap", metavar="M", min=0, help="Frames that a slab shares with the one before.")
]


def stack(
    context: typer.Context,
    numbers: Annotated[list[int] | None, typer.Argument(metavar="SEQUENCE...", help="From `sequences list`.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every focus sequence.")] = False,
    export: Export = None,
    recipe: Recipes = None,
    method: Method = None,
    dust: Dust = None,
    front: Front = None,
    slab: Slab = None,
    overlap: Overlap = None,
    workers: Workers = None,
    engine: Engine = None,
    as_json: AsJson = False,
) -> None:
    """Build what is missing or out of date; how a sequence is stacked stays with it until you say otherwise."""
    if bool(numbers) == everything:
        raise typer.BadParameter("name sequences, or say --all")
    library: Library = context.obj
    request = workflow.StackRequest(
        sequences=tuple(numbers) if numbers else None,
        export=export.expanduser().absolute() if export else None,
        recipes=_recipes(library, recipe or ["jpeg"], slab, overlap),
        choice=StackChoice(
            method=StackSettings.parse_method(method) if method is not None else None,
            dust=dust,
            front=StackSettings.parse_front(front) if front is not None else None,
            slab=slab,
            overlap=overlap,
        ),
        workers=workers,
        engine=engine,
    )
    with stopping() as stop, terminal.Progressing() as progress:
        result = workflow.stack(library, request, progress, stop)
    _tell(result, as_json)
    if any(sequence["state"] != "done" for sequence in result):
        raise typer.Exit(1)


def _recipes(library: Library, names: list[str], slab: int | None, overlap: int | None) -> tuple[ExportRecipe, ...]:
    recipes = recipe_files.find_all(names, library.recipes)
    if not slab:
        return recipes
    if not any(each.layered for each in recipes):
        raise typer.BadParameter("--slab is for files of layers; add --recipe layers")
    return tuple(replace(each, slab=slab, overlap=overlap or 0) if each.layered else each for each in recipes)


def _tell(result: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        terminal.print_json(result)
        return
    if not result:
        terminal.out.print("no focus stacks in the library; `stackroom sequences list` shows what there is")
    for sequence in result:
        what = sequence["master"] if sequence["state"] == "done" else sequence["error"] or sequence["state"]
        terminal.out.print(f"sequence {sequence['id']}: {what}", markup=False)
