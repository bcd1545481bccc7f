"""`keyword`: say what is in a picture, in words from general to special."""

from __future__ import annotations

from typing import Annotated

import typer

from catalog import keywords
from stackroom import terminal
from stackroom.library import Library
from stackroom.marking import mark
from stackroom.options import AsJson
from stackroom.targets import Captures, Query, Sequences, Targets

app = typer.Typer(no_args_is_help=True, help="Give keywords, as in 'animal|insect|beetle', take them away, list them.")
Words = Annotated[str, typer.Argument(metavar="KEYWORDS", help="Comma-separated: 'animal|insect|beetle, macro'.")]


@app.command()
def add(
    context: typer.Context,
    words: Words,
    captures: Captures = None,
    sequence: Sequences = None,
    query: Query = None,
    as_json: AsJson = False,
) -> None:
    """Give keywords; one undoable action."""
    paths = [keywords.checked(word) for word in words.split(",")]
    targets = Targets(captures, sequence, query)
    mark(context.obj, targets, lambda had: had.tagged(paths), f"keyword {', '.join(paths)}", as_json)


@app.command()
def remove(
    context: typer.Context,
    words: Words,
    captures: Captures = None,
    sequence: Sequences = None,
    query: Query = None,
    as_json: AsJson = False,
) -> None:
    """Take keywords away, and those below them; one undoable action."""
    paths = [keywords.checked(word) for word in words.split(",")]
    targets = Targets(captures, sequence, query)
    mark(context.obj, targets, lambda had: had.untagged(paths), f"without keyword {', '.join(paths)}", as_json)


@app.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List the keywords in use and how many captures have each."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        found = keywords.counted(session)
    if as_json:
        terminal.print_json([{"keyword": path, "captures": count} for path, count in found])
        return
    terminal.print_table(("keyword", "captures"), [(path, str(count)) for path, count in found])
