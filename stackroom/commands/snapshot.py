"""`snapshot`: keep a picture's settings under a name, and come back to them."""

from __future__ import annotations

from typing import Annotated

import typer

from catalog import snapshots
from stackroom import following, terminal
from stackroom.library import Library
from stackroom.options import AsJson
from stackroom.targets import Captures, Query, Sequences, Targets

app = typer.Typer(no_args_is_help=True, help="Keep settings under a name, and come back to them.")
Name = Annotated[str, typer.Argument(metavar="NAME", help="The snapshot's name.")]


@app.command()
def take(
    context: typer.Context,
    name: Name,
    captures: Captures = None,
    sequence: Sequences = None,
    query: Query = None,
    as_json: AsJson = False,
) -> None:
    """Keep the settings in force under a name, over an earlier snapshot of that name."""
    library: Library = context.obj
    targets = Targets(captures, sequence, query)
    with library.catalog(create=False) as catalog, catalog.writer() as session:
        found = targets.resolve(session)
        snapshots.take(session, found, name)
    if as_json:
        terminal.print_json({"snapshot": name, "captures": found})
    else:
        terminal.out.print(f"snapshot {name}: {terminal.counted(len(found), 'capture')}", markup=False)


@app.command()
def restore(
    context: typer.Context,
    name: Name,
    captures: Captures = None,
    sequence: Sequences = None,
    query: Query = None,
    as_json: AsJson = False,
) -> None:
    """Go back to the settings of a snapshot; one undoable action."""
    library: Library = context.obj
    targets = Targets(captures, sequence, query)
    with library.catalog(create=False) as catalog:
        with catalog.writer() as session:
            found = targets.resolve(session)
            batch = snapshots.restore(session, found, name)
        terminal.print_left(following.after(library, catalog, batch))
    terminal.print_batch(batch, len(found), as_json=as_json)


@app.command()
def remove(
    context: typer.Context,
    name: Name,
    captures: Captures = None,
    sequence: Sequences = None,
    query: Query = None,
    as_json: AsJson = False,
) -> None:
    """Forget a snapshot; the settings in force stay."""
    library: Library = context.obj
    targets = Targets(captures, sequence, query)
    with library.catalog(create=False) as catalog, catalog.writer() as session:
        removed = snapshots.remove(session, targets.resolve(session), name)
    if as_json:
        terminal.print_json({"snapshot": name, "removed": removed})
    else:
        terminal.out.print(f"{removed} snapshots removed", markup=False)


@app.command("list")
def list_(
    context: typer.Context,
    captures: Captures = None,
    sequence: Sequences = None,
    query: Query = None,
    as_json: AsJson = False,
) -> None:
    """List the snapshots, all or those of some captures, and what each keeps."""
    library: Library = context.obj
    targets = Targets(captures, sequence, query)
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        views = snapshots.listed(session, None if targets.is_empty else targets.resolve(session))
    if as_json:
        told = [{"capture": v.capture_id, "name": v.name, "settings": v.settings.to_json()} for v in views]
        terminal.print_json(told)
        return
    terminal.print_table(
        ("capture", "snapshot", "taken (UTC)", "settings"),
        [
            (
                str(view.capture_id),
                view.name,
                view.created_at.strftime("%Y-%m-%d %H:%M:%S"),
                view.settings.in_words(),
            )
            for view in views
        ],
    )
