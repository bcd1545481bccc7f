"""`list`, `status`, `jobs` and `history`: what there is, what is being done, what was done."""

from __future__ import annotations

from typing import Annotated

import typer

from catalog import edits, queries
from stackroom import terminal
from stackroom.library import Library
from watcher import queue

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


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show what the library holds, what waits and what failed."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        counts = queries.counts(session)
        failed = queries.jobs(session, ("failed",))
    if as_json:
        terminal.print_json(
            {
                "library": str(library.root),
                "captures": counts.captures,
                "files": counts.files,
                "sequences": counts.sequences,
                "stacks": counts.stacks,
                "exports": counts.exports,
                "jobs": counts.jobs,
                "failed": [{"id": j.id, "title": j.title, "error": j.error} for j in failed],
            }
        )
        return
    say = terminal.out.print
    say(f"library {library.root}", markup=False)
    say(f"{counts.captures} captures in {counts.files} files", markup=False)
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.sequences.items()))
    say(f"sequences: {kinds or 'none'}", markup=False)
    say(f"{counts.stacks} stacks, {counts.exports} exports", markup=False)
    states = ", ".join(f"{count} {state}" for state, count in sorted(counts.jobs.items()))
    say(f"jobs: {states or 'none'}", markup=False)
    for job in failed:
        say(f"failed job {job.id}: {job.title}: {job.error}", markup=False)


jobs_app = typer.Typer(no_args_is_help=True, help="Look at jobs, and try failed ones again.")


@jobs_app.command("list")
def list_jobs(context: typer.Context, as_json: AsJson = False) -> None:
    """List jobs, newest first."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        found = queries.jobs(session)
    if as_json:
        terminal.print_json(
            [{"id": j.id, "title": j.title, "state": j.state, "attempts": j.attempts, "error": j.error} for j in found]
        )
        return
    terminal.print_table(
        ("job", "state", "attempts", "title", "error"),
        [(str(j.id), j.state, str(j.attempts), j.title, j.error or "") for j in found],
    )


@jobs_app.command()
def retry(
    context: typer.Context,
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="JOB...", help="Which; all failed ones if none.")
    ] = None,
) -> None:
    """Queue failed jobs again; the next `watch` or `stack` works on them."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.writer() as session:
        count = queue.retry(session, numbers or None)
    terminal.out.print(f"{count} jobs queued again", markup=False)


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
