"""`export`: render results again, to another place or by another recipe, without stacking again."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated

import typer

from develop.recipe import recipe_named
from stacker.settings import StackSettings
from stackroom import terminal, workflow
from stackroom.errors import NothingToDo
from stackroom.library import Library


def export(
    context: typer.Context,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Where the files go.")],
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="SEQUENCE...", help="Which; all stacks if none.")
    ] = None,
    recipe: Annotated[list[str] | None, typer.Option("--recipe", help="What to make; may be repeated.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Export finished stacks; what is there already and still holds is left alone."""
    library: Library = context.obj
    if to.exists() and not to.is_dir():
        raise NothingToDo(f"{to}: a file, not a folder; name the folder that the exports go into")
    request = workflow.StackRequest(
        sequences=tuple(numbers) if numbers else None,
        export=to.expanduser().absolute(),
        recipes=tuple(recipe_named(name) for name in recipe or ["jpeg"]),
        stack=StackSettings(),
    )
    with terminal.Progressing() as progress:
        result = workflow.stack(library, request, progress, threading.Event())
    if as_json:
        terminal.print_json(result)
    else:
        for path in (path for sequence in result for path in sequence["exports"]):
            if Path(path).parent == request.export:
                terminal.out.print(path, markup=False)
    if any(sequence["state"] != "done" for sequence in result):
        raise typer.Exit(1)
