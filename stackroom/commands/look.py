"""`list` and `history`: what there is, and what was done to it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from catalog import history as past
from catalog import queries, searching
from catalog.query_terms import FACTS, FIELDS
from stackroom import following, terminal, workflow
from stackroom.library import Library
from stackroom.options import AsJson


def list_(
    context: typer.Context,
    query: Annotated[
        list[str] | None,
        typer.Argument(metavar="QUERY", help="Only these: 'rating>=4 and kind:focus and date:2026-10'."),
    ] = None,
    as_sequences: Annotated[bool, typer.Option("--sequences", help="List the sequences they are in.")] = False,
    fields: Annotated[bool, typer.Option("--fields", help="Tell what a query may ask for.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 200,
    offset: Annotated[int, typer.Option("--offset", min=0, help="How many to pass over.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List captures in the order they were taken: all, or those that a query asks for."""
    if fields:
        _print_fields(as_json)
        return
    library: Library = context.obj
    asked = " ".join(query or ())
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        if as_sequences:
            numbers = session.scalars(searching.sequences_matching(session, asked)).all()
            _print_sequences(queries.sequence_views(session, ids=numbers)[offset : offset + limit], as_json)
            return
        found = searching.captures_matching(session, asked) if asked else None
        captures = queries.list_captures(session, limit=limit, offset=offset, among=found)
    _print_captures(captures, as_json)


def _print_fields(as_json: bool) -> None:
    told = {**{name: field.says for name, field in FIELDS.items()}, "is, has": ", ".join(FACTS)}
    if as_json:
        terminal.print_json(told)
        return
    terminal.print_table(("field", "what it asks for"), list(told.items()))


def _print_captures(captures: list[queries.CaptureView], as_json: bool) -> None:
    if as_json:
        terminal.print_json([_capture_json(capture) for capture in captures])
        return
    terminal.print_table(
        ("capture", "taken", "camera", "sequence", "marks", "file"),
        [
            (
                str(c.id),
                c.taken_at.strftime("%Y-%m-%d %H:%M:%S") if c.taken_at else "-",
                c.metadata.model or "-",
                f"{c.sequence_id} {c.kind}" if c.sequence_id else "-",
                _marks(c),
                c.paths[0] if c.paths else "-",
            )
            for c in captures
        ],
    )


def _capture_json(capture: queries.CaptureView) -> dict[str, Any]:
    return {
        "id": capture.id,
        "taken_at": capture.taken_at.isoformat() if capture.taken_at else None,
        "camera": capture.body,
        "files": list(capture.paths),
        "sequence": capture.sequence_id,
        "kind": capture.kind,
        "rating": capture.rating,
        "flag": capture.flag,
        "label": capture.label,
    }


def _marks(capture: queries.CaptureView) -> str:
    flag = {1: "picked", -1: "rejected"}.get(capture.flag, "")
    return " ".join(filter(None, ("*" * capture.rating, flag, capture.label or ""))) or "-"


def _print_sequences(views: list[queries.SequenceView], as_json: bool) -> None:
    if as_json:
        terminal.print_json([workflow.sequence_json(view) for view in views])
        return
    terminal.print_table(
        ("sequence", "kind", "frames", "state", "first frame", "result"),
        [
            (
                str(view.id),
                view.kind,
                str(len(view.frames)),
                view.state,
                view.frames[0].source.rpartition("/")[2],
                view.current.master.path if view.current else "-",
            )
            for view in views
        ],
    )


def history(
    context: typer.Context,
    capture: Annotated[
        int | None, typer.Option("--capture", metavar="CAPTURE", help="What was done to this one, value by value.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List edits, newest first; each line is one action that `undo` takes back as a whole."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        batches = past.history(session, capture, limit)
        told = past.changes(session, capture, [b.id for b in batches]) if capture is not None else {}
    if as_json:
        terminal.print_json(
            [
                {
                    "id": b.id,
                    "label": b.label,
                    "captures": b.captures,
                    "undone": b.undone,
                    "at": b.created_at.isoformat(),
                    **({"changes": told[b.id]} if b.id in told else {}),
                }
                for b in batches
            ]
        )
        return
    rows = [
        (str(b.id), b.created_at.strftime("%Y-%m-%d %H:%M:%S"), str(b.captures), b.label, "undone" if b.undone else "")
        for b in batches
    ]
    if capture is None:
        terminal.print_table(("edit", "when (UTC)", "captures", "what", ""), rows)
        return
    detailed = [(*row, "; ".join(told[b.id])) for row, b in zip(rows, batches, strict=True)]
    terminal.print_table(("edit", "when (UTC)", "captures", "what", "", "of this capture"), detailed)


def undo(context: typer.Context, as_json: AsJson = False) -> None:
    """Take back the newest edit, over all the captures that it touched."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog:
        with catalog.writer() as session:
            batch = past.undo(session)
        terminal.print_left(following.after(library, catalog, batch.id))
    _tell(batch, "undone", as_json)


def redo(context: typer.Context, as_json: AsJson = False) -> None:
    """Do the last undone edit again."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog:
        with catalog.writer() as session:
            batch = past.redo(session)
        terminal.print_left(following.after(library, catalog, batch.id))
    _tell(batch, "done again", as_json)


def _tell(batch: past.BatchView, did: str, as_json: bool) -> None:
    if as_json:
        told = {"id": batch.id, "label": batch.label, "captures": batch.captures, "undone": batch.undone}
        terminal.print_json(told)
    else:
        terminal.out.print(f"{did}: {batch.label} ({terminal.counted(batch.captures, 'capture')})", markup=False)
