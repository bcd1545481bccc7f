"""`sequences`: look at what was grouped, and correct it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from catalog import batches, differences, inheriting, queries
from catalog import sequences as stored
from catalog.grouping.groups import KINDS
from catalog.metadata.record import Metadata
from stackroom import choosing, previews, terminal, workflow
from stackroom.errors import unknown_sequence
from stackroom.library import Library
from stackroom.options import AsJson
from watcher import regrouping

app = typer.Typer(no_args_is_help=True, help="Look at sequences, and correct them.")
Number = Annotated[int, typer.Argument(metavar="SEQUENCE", help="A sequence's number, from `sequences list`.")]


def _focus_m(known: Metadata) -> float | None:
    """Give the near end of what is in focus; the far one where a camera writes no other."""
    return known.focus_near_m if known.focus_near_m is not None else known.focus_far_m


def _focus_range(view: queries.SequenceView) -> str:
    known = [metres for frame in view.frames if (metres := _focus_m(frame.metadata)) is not None]
    return f"{known[0]:.3g} to {known[-1]:.3g} m" if known else "-"


def _when(view: queries.SequenceView) -> str:
    taken = view.frames[0].metadata.taken_at
    return taken.strftime("%Y-%m-%d %H:%M:%S") if taken else "undated"


@app.command("list")
def list_(
    context: typer.Context,
    kind: Annotated[list[str] | None, typer.Option("--kind", help=f"Only this kind: {', '.join(KINDS)}.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Single pictures too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the sequences in the order they were shot."""
    library: Library = context.obj
    wrong = set(kind or ()) - set(KINDS)
    if wrong:
        raise typer.BadParameter(f"{min(wrong)!r} is no kind; one of {', '.join(KINDS)}")
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        views = queries.sequence_views(session, kinds=kind or ())
    if not kind and not everything:
        views = [view for view in views if view.kind != "single"]
    if as_json:
        terminal.print_json([workflow.sequence_json(view) for view in views])
        return
    terminal.print_table(
        ("number", "kind", "sure", "frames", "shot", "first frame", "focus", "state"),
        [
            (
                str(view.id),
                view.kind,
                f"{view.confidence:.0%}",
                str(len(view.frames)),
                _when(view),
                view.frames[0].source.rpartition("/")[2],
                _focus_range(view),
                view.state,
            )
            for view in views
        ],
    )


def _view(library: Library, number: int) -> queries.SequenceView:
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        views = queries.sequence_views(session, ids=[number])
    if not views:
        raise unknown_sequence(number)
    return views[0]


@app.command()
def show(context: typer.Context, number: Number, as_json: AsJson = False) -> None:
    """Show one sequence: its frames, why they belong together, and its results."""
    view = _view(context.obj, number)
    if as_json:
        terminal.print_json(workflow.sequence_json(view))
        return
    say = terminal.out.print
    say(f"sequence {view.id}: {view.kind}, {view.confidence:.0%} sure, {view.state}", markup=False)
    for reason in view.reasons:
        say(f"  because {reason}", markup=False)
    for warning in view.warnings:
        say(f"  note: {warning}", markup=False)
    if view.choice.said:
        chosen = ", ".join(f"{name} {value}" for name, value in view.choice.said.items())
        say(f"  stacked as chosen: {chosen}", markup=False)
    if view.job_error:
        say(f"  error: {view.job_error}", markup=False)
    terminal.print_table(
        ("capture", "file", "taken", "focus m", "exposure", "reference"),
        [
            (
                str(frame.capture_id),
                frame.path,
                frame.metadata.taken_at.isoformat(sep=" ")[:23] if frame.metadata.taken_at else "-",
                "-" if (metres := _focus_m(frame.metadata)) is None else f"{metres:.4g}",
                f"{frame.metadata.exposure_s:.5g} s" if frame.metadata.exposure_s else "-",
                "reference" if frame is view.reference else "",
            )
            for frame in view.frames
        ],
    )
    for stack in view.stacks:
        mark = "" if stack.current else " (an earlier version)"
        say(f"master{mark}: {stack.master.path}", markup=False)
        for export in stack.exports:
            say(f"export{mark}: {export.path}", markup=False)


def _tell(done: stored.Regrouped, as_json: bool) -> None:
    told = {"new": sorted(done.created), "changed": sorted(done.changed), "gone": sorted(done.removed)}
    if as_json:
        terminal.print_json(told)
        return
    for word, numbers in told.items():
        if numbers:
            terminal.out.print(f"{word}: {', '.join(map(str, numbers))}", markup=False)


def _corrected(library: Library, correct: Callable[[Session], stored.Regrouped], as_json: bool) -> None:
    with library.catalog(create=False) as catalog, catalog.writer() as session:
        before = batches.newest(session)
        done = correct(session)
        correction = batches.newest(session)
        inheriting.inherit(session, done, within=correction if correction != before else None)
    _tell(done, as_json)


@app.command()
def split(
    context: typer.Context,
    number: Number,
    before: Annotated[int, typer.Option("--before", metavar="CAPTURE", help="The first frame of the second part.")],
    as_json: AsJson = False,
) -> None:
    """Cut a sequence in two; the cut survives every regrouping, and `undo` takes it back."""
    _corrected(context.obj, lambda session: stored.split(session, number, before), as_json)


@app.command()
def merge(
    context: typer.Context,
    numbers: Annotated[list[int], typer.Argument(metavar="SEQUENCE...")],
    as_json: AsJson = False,
) -> None:
    """Make one sequence of several; it survives every regrouping, and `undo` takes it back."""
    if len(set(numbers)) < 2:
        raise typer.BadParameter("name two sequences or more")
    _corrected(context.obj, lambda session: stored.merge(session, numbers), as_json)


@app.command()
def move(
    context: typer.Context,
    capture: Annotated[int, typer.Argument(metavar="CAPTURE", help="The frame's number, from `sequences show`.")],
    to: Annotated[int, typer.Option("--to", metavar="SEQUENCE", help="The sequence it belongs to.")],
    as_json: AsJson = False,
) -> None:
    """Move a frame into another sequence; it survives every regrouping, and `undo` takes it back."""
    _corrected(context.obj, lambda session: stored.move(session, capture, to), as_json)


@app.command()
def exclude(
    context: typer.Context,
    captures: Annotated[list[int], typer.Argument(metavar="CAPTURE...")],
    as_json: AsJson = False,
) -> None:
    """Take frames out of their sequences; they stay out at every regrouping, until `undo` takes it back."""
    _corrected(context.obj, lambda session: stored.exclude(session, captures), as_json)


@app.command()
def kind(
    context: typer.Context,
    number: Number,
    name: Annotated[str, typer.Argument(metavar="KIND", help=f"One of {', '.join(KINDS)}.")],
    as_json: AsJson = False,
) -> None:
    """Say what a sequence is, over the program's judgement; `undo` takes it back."""
    if name not in KINDS:
        raise typer.BadParameter(f"{name!r} is no kind; one of {', '.join(KINDS)}")
    _corrected(context.obj, lambda session: stored.set_kind(session, number, name), as_json)


@app.command()
def lock(
    context: typer.Context,
    number: Number,
    off: Annotated[bool, typer.Option("--off", help="Let the evidence speak again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Keep a sequence as it is: nothing joins or leaves it at any regrouping, until `--off` or `undo`."""
    _corrected(context.obj, lambda session: stored.lock(session, number, hold=not off), as_json)


@app.command()
def reference(
    context: typer.Context,
    number: Number,
    capture: Annotated[
        int | None, typer.Argument(metavar="CAPTURE", help="The frame to take geometry and look from.")
    ] = None,
    auto: Annotated[bool, typer.Option("--auto", help="The frame with most of the picture in focus.")] = False,
    as_json: AsJson = False,
) -> None:
    """Choose the frame whose geometry, look and header the result takes on; one undoable action."""
    if (capture is None) is not auto:
        raise typer.BadParameter("name a capture, or ask for --auto")
    library: Library = context.obj
    why = ""
    if capture is None:
        choice = choosing.sharpest(_view(library, number))
        capture, why = choice.capture, f": {choice.share:.0%} of what is sharp anywhere is sharp in it"
    with library.catalog(create=False) as catalog, catalog.writer() as session:
        stored.set_reference(session, number, capture)
    if as_json:
        terminal.print_json({"sequence": number, "reference": capture})
    else:
        terminal.out.print(f"sequence {number}: capture {capture} is the reference{why}", markup=False)


def _print_difference(session: Session, before: Mapping[int, differences.Known], as_json: bool) -> None:
    after = differences.known(session)
    moves = differences.moves(before, after)
    name = differences.names(session, {capture for move in moves for capture in move.captures})
    words = differences.words(before, after, name)
    if as_json:
        terminal.print_json({"moves": [asdict(move) for move in moves], "words": words})
        return
    for line in words or ["every frame stays where it is"]:
        terminal.out.print(line, markup=False)


@app.command()
def regroup(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show which frames would move; store nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Group all captures anew, and tell which frames move; what people said of the grouping stays."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog:
        with catalog.reader() as session:
            before = differences.known(session)
        if dry_run:
            with catalog.writer() as session:
                stored.regroup(session)
                _print_difference(session, before, as_json)
                session.rollback()
            return
        regrouping.regroup(catalog, None, previews.measure)
        with catalog.reader() as session:
            _print_difference(session, before, as_json)
