"""`recipes`: what exports are made by; one's own are kept with the library and handed on as TOML files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from develop import recipe_files
from develop.recipe import RECIPES
from stackroom import terminal
from stackroom.errors import NothingToDo
from stackroom.library import Library
from stackroom.options import AsJson

app = typer.Typer(no_args_is_help=True, help="Look at export recipes, add and remove your own.")
Name = Annotated[str, typer.Argument(metavar="NAME", help="A recipe, from `recipes list`.")]


@app.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List all recipes: those built in and your own."""
    library: Library = context.obj
    own = recipe_files.own(library.recipes)
    if as_json:
        terminal.print_json(
            [{**each.to_json(), "own": each.name in own} for each in (*RECIPES.values(), *own.values())]
        )
        return
    rows = [
        (each.name, each.format, str(each.bits), each.colour_space, "yes" if each.name in own else "")
        for each in (*RECIPES.values(), *own.values())
    ]
    terminal.print_table(("recipe", "format", "bits", "colour space", "own"), rows)


@app.command()
def show(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Print a recipe as TOML, to be kept, changed and handed on."""
    library: Library = context.obj
    found = recipe_files.find(name, library.recipes)
    if as_json:
        terminal.print_json(found.to_json())
    else:
        terminal.out.print(recipe_files.to_toml(found), markup=False, end="")


@app.command()
def add(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .toml file.")],
    with_command: Annotated[
        bool, typer.Option("--with-command", help="Take it even if it runs a command on each export.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take a recipe file into the library; one of the same name is replaced."""
    library: Library = context.obj
    read = recipe_files.load(file)
    if read.command and not with_command:
        raise NothingToDo(f"{file}: runs {read.command!r} on each export; add --with-command if that is what you want")
    with library.catalog():  # a library that is none must not be made half of one
        kept = recipe_files.add(file, library.recipes)
    if as_json:
        terminal.print_json(kept.to_json())
    else:
        terminal.out.print(f"recipe {kept.name} is kept; use it with --recipe {kept.name!r}", markup=False)


@app.command()
def remove(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Remove one of your own recipes; what was exported by it stays."""
    library: Library = context.obj
    recipe_files.remove(name, library.recipes)
    if as_json:
        terminal.print_json({"removed": name})
    else:
        terminal.out.print(f"recipe {name} is removed", markup=False)
