"""`import`: take files into the catalog, without stacking."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from catalog.destinations import DEFAULT_TEMPLATE
from stackroom import importing, terminal
from stackroom.library import Library


def import_(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", readable=False, help="Folders or files.")],
    add: Annotated[bool, typer.Option("--add", help="Leave originals where they are.")] = False,
    template: Annotated[str, typer.Option("--template", help="Where copies go below originals/.")] = DEFAULT_TEMPLATE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Copy pictures into the library, verified, and group them; what is there already is passed over."""
    library: Library = context.obj
    request = importing.ImportRequest(
        paths=tuple(path.expanduser().absolute() for path in paths), copy=not add, template=template
    )
    with terminal.Progressing() as progress:
        result = importing.import_paths(library, request, progress)
    if as_json:
        terminal.print_json(result)
        return
    terminal.out.print(
        f"{terminal.counted(result['captures'], 'capture')}, "
        f"{terminal.counted(len(result['duplicates']), 'duplicate')}, "
        f"{terminal.counted(len(result['skipped']), 'file')} skipped, "
        f"{terminal.counted(len(result['sequences']), 'group')}",
        markup=False,
    )
