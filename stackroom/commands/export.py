"""`export`: what is found goes to a folder by recipes, without stacking again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from develop import recipe_files
from stackroom import exporting, terminal
from stackroom.errors import NothingToDo
from stackroom.export_orders import ExportRequest, Item, What
from stackroom.library import Library
from stackroom.options import AsJson

_TROUBLE = ("skipped", "failed")


Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="[QUERY | SEQUENCE...]", help="A query as for `list`, or sequences; all if none."),
]
To = Annotated[
    Path | None, typer.Option("--to", metavar="DIR", help="Where the files go [default: exports in the library].")
]
Recipes = Annotated[list[str] | None, typer.Option("--recipe", help="What to make, as in web,print; may be repeated.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Pictures at a time [default: one a processor].")]
Engine = Annotated[str | None, typer.Option("--engine", help="Where files are made: local, or dask://HOST:PORT.")]


def export(
    context: typer.Context,
    words: Words = None,
    to: To = None,
    recipe: Recipes = None,
    what: Annotated[What, typer.Option("--what", help="results, frames or both.")] = "results",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be made.")] = False,
    workers: Workers = None,
    engine: Engine = None,
    as_json: AsJson = False,
) -> None:
    """Export finished stacks, single frames or both; what is there already and still holds is left alone."""
    library: Library = context.obj
    numbers = tuple(int(word) for word in words or () if word.isdigit())
    all_numbers = len(numbers) == len(words or ())
    request = ExportRequest(
        folder=_folder(to, library),
        recipes=recipe_files.find_all(recipe or ["jpeg"], library.recipes),
        query=None if all_numbers else " ".join(words or ()),
        sequences=numbers if all_numbers else (),
        what=what,
        dry_run=dry_run,
        workers=workers,
        engine=engine,
    )
    with terminal.Progressing(quiet=as_json) as progress:
        items = exporting.export(library, request, lambda done, total: progress.step("exporting", done, total))
    if as_json:
        terminal.print_json(exporting.summary(items))
    else:
        _tell(items)
    if any(item.state in _TROUBLE for item in items):
        raise typer.Exit(1)


def _folder(to: Path | None, library: Library) -> Path:
    folder = to.expanduser().absolute() if to else library.exports
    if folder.exists() and not folder.is_dir():
        raise NothingToDo(f"{folder}: a file, not a folder; name the folder that the exports go into")
    return folder


def _tell(items: list[Item]) -> None:
    counts = exporting.summary(items)
    rows = [
        (item.state, item.recipe.name, item.delivered.path or item.subject.naming.name, _size(item), item.reason)
        for item in items
        if item.state != "kept"
    ]
    if rows:
        terminal.print_table(("", "recipe", "file", "MB", "why"), rows)
    words = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in counts["counts"].items())
    terminal.out.print(f"{words or 'nothing found'}; {counts['bytes'] / 1e6:.1f} MB", markup=False)


def _size(item: Item) -> str:
    size = item.delivered.size or item.estimate
    return f"{size / 1e6:.1f}" if size else ""
