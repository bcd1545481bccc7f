"""`check` and `backup`: look after the library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from catalog import upkeep
from stackroom import terminal
from stackroom.library import Library


def check(
    context: typer.Context,
    verify: Annotated[bool, typer.Option("--verify", help="Read every file and compare it with its digest.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check the catalog and that every file it knows is where it should be."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog:
        found = upkeep.check(catalog, verify=verify, originals=library.originals)
    if as_json:
        terminal.print_json({"files": found.files, "problems": list(found.problems)})
    else:
        for problem in found.problems:
            terminal.out.print(problem, markup=False)
        terminal.out.print(f"{found.files} files checked, {len(found.problems)} problems", markup=False)
    if found.problems:
        raise typer.Exit(1)


def backup(
    context: typer.Context, target: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes.")]
) -> None:
    """Copy the catalog while it may be in use."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog:
        upkeep.backup(catalog, target.expanduser().absolute())
    terminal.out.print(f"backed up to {target}", markup=False)
