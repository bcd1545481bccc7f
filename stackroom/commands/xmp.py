"""`xmp`: exchange settings with other programs through sidecars; a picture itself is never written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from catalog import edits, queries
from develop import sidecar
from stackroom import terminal
from stackroom.errors import NothingToDo
from stackroom.library import Library

app = typer.Typer(no_args_is_help=True, help="Exchange settings with other programs through .xmp sidecars.")
Captures = Annotated[list[int] | None, typer.Argument(metavar="CAPTURE...", help="Captures, from `list`.")]
Sequences = Annotated[list[int] | None, typer.Option("--sequence", help="All frames of this sequence too.")]


def _pictures(session: Session, captures: list[int] | None, sequences: list[int] | None) -> dict[int, list[Path]]:
    """Return the library's files of each capture that was named. Raises NothingToDo."""
    wanted = list(captures or ())
    for view in queries.sequence_views(session, ids=sequences or ()):
        wanted += [frame.capture_id for frame in view.frames]
    found = queries.list_captures(session, ids=wanted, limit=max(1, len(wanted)))
    if not found:
        raise NothingToDo("name captures, or a sequence with --sequence; `stackroom list` shows them")
    return {capture.id: [Path(path) for path in capture.paths] for capture in found}


@app.command()
def write(context: typer.Context, captures: Captures = None, sequence: Sequences = None) -> None:
    """Write the settings in force into sidecars beside the library's files; what others wrote there stays."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        pictures = _pictures(session, captures, sequence)
        settings = edits.settings_of(session, list(pictures))
    written = 0
    for capture, paths in pictures.items():
        lead = paths[0]
        written += sidecar.write(sidecar.sidecar_of(lead) or lead.with_suffix(".xmp"), settings[capture])
    terminal.out.print(f"{written} sidecars written, {len(pictures) - written} were so already", markup=False)


@app.command()
def read(context: typer.Context, captures: Captures = None, sequence: Sequences = None) -> None:
    """Take settings over from the sidecars beside the library's files; one undoable action."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog:
        with catalog.reader() as session:
            pictures = _pictures(session, captures, sequence)
        sidecars = {capture: _sidecar(paths) for capture, paths in pictures.items()}
        read_in = {capture: sidecar.read(path).settings for capture, path in sidecars.items() if path is not None}
        with catalog.writer() as session:
            batch = edits.apply(session, read_in, f"settings from {len(read_in)} sidecars") if read_in else None
    missing = len(pictures) - len(read_in)
    done = f"edit {batch}: {len(read_in)} captures" if batch else "nothing to change"
    terminal.out.print(done + (f"; {missing} have no sidecar" if missing else ""), markup=False)


def _sidecar(paths: list[Path]) -> Path | None:
    return next((found for found in map(sidecar.sidecar_of, paths) if found is not None), None)
