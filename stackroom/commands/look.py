"""`list` and `history`: what there is, and what was done to it."""

from __future__ import annotations

from typing import Annotated

import typer

from catalog import edits, queries
from stackroom import terminal
from stackroom.library import Library

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def list_(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 200,
    offset: Annotated[int, typer.Option("--offset", min=0, help="How many to pass over.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List captures in the order they were taken."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        captures = queries.list_captures(session, limit=limit, offset=offset)
    if as_json:
        terminal.print_json(
            [
                {
                    "id": c.id,
                    "taken_at": c.taken_at.isoformat() if c.taken_at else None,
                    "camera": c.body,
                    "files": list(c.paths),
                    "sequence": c.sequence_id,
                    "kind": c.kind,
                    "rating": c.rating,
                }
                for c in captures
            ]
        )
        return
    terminal.print_table(
        ("capture", "taken", "camera", "sequence", "file"),
        [
            (
                str(c.id),
                c.taken_at.strftime("%Y-%m-%d %H:%M:%S") if c.taken_at else "-",
                c.metadata.model or "-",
                f"{c.sequence_id} {c.kind}" if c.sequence_id else "-",
                c.paths[0] if c.paths else "-",
            )
            for c in captures
        ],
    )


def history(context: typer.Context, as_json: AsJson = False) -> None:
    """List edits, newest first; each line is one action that `undo` takes back as a whole."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        batches = edits.history(session)
    if as_json:
        terminal.print_json(
            [
                {
                    "id": b.id,
                    "label": b.label,
                    "captures": b.captures,
                    "undone": b.undone,
                    "at": b.created_at.isoformat(),
                }
                for b in batches
            ]
        )
        return
    terminal.print_table(
        ("edit", "when (UTC)", "captures", "what", ""),
        [
            (
                str(b.id),
                b.created_at.strftime("%Y-%m-%d %H:%M:%S"),
                str(b.captures),
                b.label,
                "undone" if b.undone else "",
            )
            for b in batches
        ],
    )


def undo(context: typer.Context) -> None:
    """Take back the newest edit, over all the captures that it touched."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.writer() as session:
        batch = edits.undo(session)
    terminal.out.print(f"undone: {batch.label} ({batch.captures} captures)", markup=False)


def redo(context: typer.Context) -> None:
    """Do the last undone edit again."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.writer() as session:
        batch = edits.redo(session)
    terminal.out.print(f"done again: {batch.label} ({batch.captures} captures)", markup=False)
