"""`rate`, `flag` and `label`: say what a picture is worth; a sequence is marked as one object, with all its frames."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from catalog import marks
from catalog.query_terms import FLAGS
from stackroom.marking import mark
from stackroom.options import AsJson
from stackroom.targets import Captures, Query, Sequences, Targets


def rate(
    context: typer.Context,
    stars: Annotated[str, typer.Argument(metavar="STARS", help="0 to 5, or reject.")],
    captures: Captures = None,
    sequence: Sequences = None,
    query: Query = None,
    as_json: AsJson = False,
) -> None:
    """Give stars, or reject; one undoable action."""
    if stars != "reject" and stars not in tuple("012345"):
        raise typer.BadParameter(f"{stars!r} is no rating; give 0 to 5, or reject")
    targets = Targets(captures, sequence, query)
    if stars == "reject":
        mark(context.obj, targets, lambda had: replace(had, flag=-1), "reject", as_json)
    else:
        mark(context.obj, targets, lambda had: replace(had, rating=int(stars)), f"rate {stars}", as_json)


def flag(
    context: typer.Context,
    word: Annotated[str, typer.Argument(metavar="FLAG", help="pick, reject or none.")],
    captures: Captures = None,
    sequence: Sequences = None,
    query: Query = None,
    as_json: AsJson = False,
) -> None:
    """Pick or reject; one undoable action."""
    if word not in FLAGS:
        raise typer.BadParameter(f"{word!r} is no flag; give pick, reject or none")
    targets = Targets(captures, sequence, query)
    mark(context.obj, targets, lambda had: replace(had, flag=FLAGS[word]), f"flag {word}", as_json)


def label(
    context: typer.Context,
    colour: Annotated[str, typer.Argument(metavar="COLOUR", help=f"{', '.join(marks.LABELS)} or none.")],
    captures: Captures = None,
    sequence: Sequences = None,
    query: Query = None,
    as_json: AsJson = False,
) -> None:
    """Give a colour label; one undoable action."""
    if colour not in (*marks.LABELS, "none"):
        raise typer.BadParameter(f"{colour!r} is no label; give {', '.join(marks.LABELS)} or none")
    targets = Targets(captures, sequence, query)
    wanted = None if colour == "none" else colour
    mark(context.obj, targets, lambda had: replace(had, label=wanted), f"label {colour}", as_json)
