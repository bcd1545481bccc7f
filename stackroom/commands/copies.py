"""`copies`: more than one look at a picture, without a second file."""

from __future__ import annotations

from typing import Annotated

import typer

from catalog import copies, queries
from stackroom import terminal
from stackroom.library import Library
from stackroom.options import AsJson
from stackroom.targets import Captures, Query, Sequences, Targets

app = typer.Typer(no_args_is_help=True, help="Virtual copies: more than one look at a picture, without a second file.")


@app.command()
def add(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What the copy's exports are called beside the original.")
    ],
    captures: Captures = None,
    sequence: Annotated[
        list[int] | None,
        typer.Option("--sequence", metavar="SEQUENCE", help="A second look at this sequence's stack; repeatable."),
    ] = None,
    query: Query = None,
    as_json: AsJson = False,
) -> None:
    """Make a virtual copy of pictures or of a stack: a look of its own, exported beside the original's."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.writer() as session:
        found = list(Targets(captures, None, query).resolve(session)) if captures or query or not sequence else []
        Targets(sequences=sequence).resolve(session) if sequence else None
        views = queries.sequence_views(session, ids=sequence) if sequence else []
        found += [view.reference.capture_id for view in views]
        made = copies.add(session, list(dict.fromkeys(found)), name)
        views_made = copies.listed(session, made)
    _tell(views_made, as_json)


@app.command("list")
def list_(
    context: typer.Context,
    captures: Captures = None,
    sequence: Sequences = None,
    query: Query = None,
    as_json: AsJson = False,
) -> None:
    """List the copies, all or those of some captures, and how each looks."""
    library: Library = context.obj
    targets = Targets(captures, sequence, query)
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        views = copies.listed(session, None if targets.is_empty else targets.resolve(session))
    _tell(views, as_json)


@app.command()
def remove(context: typer.Context, captures: Captures = None, query: Query = None, as_json: AsJson = False) -> None:
    """Remove copies, never a picture; each copy's look stays as a snapshot of its original."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.writer() as session:
        removed = copies.remove(session, Targets(captures, None, query).resolve(session))
    if as_json:
        terminal.print_json({"removed": [view.capture_id for view in removed]})
        return
    for view in removed:
        terminal.out.print(f"copy {view.name} of {view.original} is removed; its look is a snapshot now", markup=False)


def _tell(views: list[copies.CopyView], as_json: bool) -> None:
    if as_json:
        told = [
            {"capture": v.capture_id, "original": v.original_id, "name": v.name, "settings": v.settings.to_json()}
            for v in views
        ]
        terminal.print_json(told)
        return
    rows = [
        (
            str(view.capture_id),
            view.name,
            f"{view.original} ({view.original_id})",
            view.settings.in_words(),
        )
        for view in views
    ]
    terminal.print_table(("capture", "copy", "of", "settings"), rows)
