"""`metadata`: what the header of a file says, as the grouping sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from catalog.metadata import exiftool
from catalog.metadata.errors import MetadataError
from catalog.metadata.present import to_public_json
from catalog.metadata.reader import read_metadata
from stackroom import terminal


def metadata(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Picture files.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: one object a file.")] = False,
) -> None:
    """Print what the headers of the files say."""
    fallback = exiftool.installed()
    found = []
    for path in files:
        try:
            found.append(to_public_json(path, read_metadata(path, fallback)))
        except MetadataError as error:
            found.append(to_public_json(path, error))
    if as_json:
        terminal.print_json(found[0] if len(found) == 1 else found)
    else:
        for values in found:
            for name, value in values.items():
                if value is not None:
                    terminal.out.print(f"{name}: {value}", markup=False)
            terminal.out.print()
    if any("error" in values for values in found):
        raise typer.Exit(1)
