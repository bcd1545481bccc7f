"""`retouch`: paint places of a stack from one of its frames, or from another method's result."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from catalog import edits, queries
from catalog.queries import SequenceView
from develop.stroke import METHOD, Stroke
from stacker.settings import StackSettings
from stackroom import terminal
from stackroom.errors import NotFound, NothingToDo, unknown_sequence
from stackroom.library import Library


def retouch(
    context: typer.Context,
    sequence: Annotated[int, typer.Argument(metavar="SEQUENCE", help="The sequence whose stack to paint on.")],
    strokes: Annotated[
        str | None, typer.Option("--strokes", metavar="FILE", help="Strokes to add, as JSON; - for standard input.")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Take all strokes away first.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the strokes in force as JSON.")] = False,
) -> None:
    """Paint on a sequence's stack along strokes; one undoable action, replayed whenever the stack is rebuilt."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog:
        with catalog.reader() as session:
            view = _view(queries.sequence_views(session, ids=[sequence]), sequence)
            capture = view.reference.capture_id
            before = edits.settings_of(session, [capture])[capture]
        added = _read(strokes, view) if strokes else ()
        after = replace(before, retouch=(*(() if clear else before.retouch), *added))
        batch = None
        if strokes or clear:
            with catalog.writer() as session:
                label = f"retouch sequence {sequence}, {terminal.counted(len(added), 'stroke')}"
                batch = edits.apply(session, {capture: after}, label)
    _tell(sequence, batch, after.retouch, as_json, asked=bool(strokes or clear))


def _view(found: list[SequenceView], number: int) -> SequenceView:
    if not found:
        raise unknown_sequence(number)
    return found[0]


def _read(strokes: str, view: SequenceView) -> tuple[Stroke, ...]:
    text = sys.stdin.read() if strokes == "-" else Path(strokes).expanduser().read_text(encoding="utf-8")
    try:
        listed = json.loads(text)
    except ValueError as error:
        raise NothingToDo(f"{strokes}: is no JSON ({error}); give a list of strokes") from error
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise NothingToDo(f"{strokes}: give a list of strokes, each with source, points and radius")
    return tuple(Stroke.from_json({**each, "source": _source(each.get("source"), view)}) for each in listed)


def _source(word: Any, view: SequenceView) -> str:
    """Return the name by which a stroke keeps its source; frames may be numbered from 0."""
    names = [Path(frame.source).name for frame in view.frames]
    if isinstance(word, int) and not isinstance(word, bool) and 0 <= word < len(names):
        return names[word]
    if isinstance(word, str) and word.startswith(METHOD):
        return METHOD + StackSettings.parse_method(word.removeprefix(METHOD))
    if word not in names:
        raise NotFound(
            f"a stroke from {word!r}: sequence {view.id} has no such frame; "
            f"give a name of {names[0]} to {names[-1]}, a number from 0 to {len(names) - 1}, or {METHOD}NAME"
        )
    return str(word)


def _tell(sequence: int, batch: int | None, strokes: tuple[Stroke, ...], as_json: bool, *, asked: bool) -> None:
    if as_json:
        terminal.print_json({"edit": batch, "strokes": [stroke.to_json() for stroke in strokes]})
        return
    for stroke in strokes:
        terminal.out.print(
            f"{stroke.source}: {terminal.counted(len(stroke.points), 'point')}, "
            f"radius {stroke.radius:g}, opacity {stroke.opacity:g}",
            markup=False,
        )
    if batch:
        terminal.out.print(
            f"edit {batch}: `stackroom stack {sequence}` renders it, a running watch by itself", markup=False
        )
    elif asked or not strokes:
        terminal.out.print("nothing to change" if asked else "no strokes", markup=False)
