"""`xmp`: exchange settings and marks with other programs through sidecars; a picture itself is never written."""

from __future__ import annotations

from typing import Annotated

import typer

from stackroom import sidecars, terminal
from stackroom.library import Library
from stackroom.options import AsJson
from stackroom.sidecars import Exchanged
from stackroom.targets import Captures, Query, Sequences, Targets

app = typer.Typer(no_args_is_help=True, help="Exchange settings and marks with other programs through .xmp sidecars.")


def _targets(library: Library, targets: Targets) -> list[int]:
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        return targets.resolve(session)


@app.command()
def write(
    context: typer.Context,
    captures: Captures = None,
    sequence: Sequences = None,
    query: Query = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Also over what another program changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write settings, marks and sequences into sidecars beside the library's files; what others wrote there stays."""
    library: Library = context.obj
    found = _targets(library, Targets(captures, sequence, query))
    with library.catalog(create=False) as catalog:
        told = sidecars.write(catalog, found, overwrite=overwrite)
    _tell(told, f"{terminal.counted(len(told.done), 'sidecar')} written, {len(told.same)} so already", as_json)


@app.command()
def read(
    context: typer.Context,
    captures: Captures = None,
    sequence: Sequences = None,
    query: Query = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Also where the catalog was changed too.")] = False,
    embedded: Annotated[
        bool, typer.Option("--embedded", help="Without a sidecar, what is inside the picture.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take settings and marks over from sidecars, or from inside JPEG and DNG files; `undo` takes it back."""
    library: Library = context.obj
    found = _targets(library, Targets(captures, sequence, query))
    with library.catalog(create=False) as catalog:
        told = sidecars.read(catalog, found, overwrite=overwrite, embedded=embedded)
    edits = f"edit {', '.join(map(str, told.batches))}" if told.batches else "nothing to change"
    missing = f"; {len(told.without)} have no sidecar" if told.without else ""
    _tell(told, f"{edits}: {terminal.counted(len(told.done), 'sidecar')} read{missing}", as_json)


@app.command()
def status(
    context: typer.Context,
    captures: Captures = None,
    sequence: Sequences = None,
    query: Query = None,
    as_json: AsJson = False,
) -> None:
    """Show how sidecars and catalog stand: who was changed since they last agreed, and where both were."""
    library: Library = context.obj
    found = _targets(library, Targets(captures, sequence, query))
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        items = sidecars.look(session, found)
    if as_json:
        told = [{"capture": i.capture, "sidecar": str(i.path) if i.path else None, "state": i.standing} for i in items]
        terminal.print_json(told)
        return
    rows = [(str(item.capture), item.standing, str(item.path or "-")) for item in items]
    terminal.print_table(("capture", "state", "sidecar"), rows)


def _tell(told: Exchanged, words: str, as_json: bool) -> None:
    if as_json:
        terminal.print_json(
            {
                "done": told.done,
                "same": told.same,
                "without": told.without,
                "left": [{"sidecar": path, "why": why} for path, why in told.left],
                "notes": told.notes,
                "edits": told.batches,
            }
        )
    else:
        terminal.out.print(words, markup=False)
        for note in told.notes:
            terminal.out.print(f"note: {note}", markup=False)
        for path, why in told.left:
            terminal.err.print(f"stackroom: {why if why.startswith(path) else f'{path}: {why}'}", markup=False)
    if told.left:
        raise typer.Exit(1)
