"""`collection`: put pictures together by hand, or save a search that finds them anew each time."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from catalog import collected, marks, searching
from stackroom import terminal
from stackroom.errors import NothingToDo
from stackroom.library import Library
from stackroom.options import AsJson
from stackroom.targets import Captures, Query, Sequences, Targets

app = typer.Typer(no_args_is_help=True, help="Put pictures together by hand, or save a search.")
Name = Annotated[str, typer.Argument(metavar="NAME", help="The collection's name.")]


@app.command()
def make(
    context: typer.Context,
    name: Name,
    search: Annotated[str | None, typer.Option("--search", metavar="QUERY", help="Whatever matches, always.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a collection, or with --search a saved search; one undoable action."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.writer() as session:
        if search is not None:
            searching.check(session, search)
        batch = marks.make_collection(session, name, search)
    terminal.print_batch(batch, 0, as_json=as_json)


@app.command()
def add(
    context: typer.Context,
    name: Name,
    captures: Captures = None,
    sequence: Sequences = None,
    query: Query = None,
    as_json: AsJson = False,
) -> None:
    """Put captures into a collection, made where it is not there; one undoable action."""
    _put(context.obj, name, Targets(captures, sequence, query), as_json, True)


@app.command()
def remove(
    context: typer.Context,
    name: Name,
    captures: Captures = None,
    sequence: Sequences = None,
    query: Query = None,
    as_json: AsJson = False,
) -> None:
    """Take captures out of a collection; one undoable action."""
    _put(context.obj, name, Targets(captures, sequence, query), as_json, False)


def _put(library: Library, name: str, targets: Targets, as_json: bool, inside: bool) -> None:
    with library.catalog(create=False) as catalog, catalog.writer() as session:
        views = {view.name.casefold(): view for view in collected.listed(session)}
        view = views.get(collected.checked(name).casefold())
        if view is None and not inside:
            collected.find(session, name)
        if view is not None and view.query is not None:
            raise NothingToDo(f"collection {view.name}: a saved search holds what matches; nothing is put in or out")
        proper = view.name if view is not None else collected.checked(name)
        found = targets.resolve(session)
        words = f"into collection {proper}" if inside else f"out of collection {proper}"
        batch = marks.change(session, found, lambda had: _in(had, proper, inside), words)
    terminal.print_batch(batch, len(found), as_json=as_json)


def _in(had: marks.Marks, name: str, inside: bool) -> marks.Marks:
    others = [other for other in had.collections if other != name]
    return replace(had, collections=tuple(sorted([*others, name] if inside else others, key=str.casefold)))


@app.command()
def delete(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Remove a collection or saved search, never its pictures; one undoable action."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.writer() as session:
        batch = marks.delete_collection(session, name)
    terminal.print_batch(batch, 0, as_json=as_json)


@app.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List collections and saved searches; `list 'collection:NAME'` shows what is in one."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        found = collected.listed(session)
    if as_json:
        terminal.print_json([{"name": v.name, "search": v.query, "captures": v.captures} for v in found])
        return
    terminal.print_table(
        ("collection", "captures", "search"),
        [(v.name, "-" if v.captures is None else str(v.captures), v.query or "") for v in found],
    )
