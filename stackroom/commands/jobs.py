"""`jobs`: what runs, what waits, what failed and why; and to change it."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy.orm import Session

from catalog import jobs as queue_of
from catalog.models import Job
from stackroom import terminal
from stackroom.errors import NotFound, NothingToDo
from stackroom.library import Library
from stackroom.options import AsJson
from watcher import queue

STATES = ("queued", "running", "done", "failed", "cancelled")
Numbers = Annotated[list[int], typer.Argument(metavar="JOB...", help="From `jobs list`.")]

app = typer.Typer(no_args_is_help=True, help="Look at jobs; retry, cancel, pause, resume.")


@app.command("list")
def list_jobs(
    context: typer.Context,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", help=f"Only jobs in this state; repeatable: {', '.join(STATES)}."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 200,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first."""
    for name in set(state or ()) - set(STATES):
        raise typer.BadParameter(f"{name!r}: no state of a job; there are {', '.join(STATES)}")
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        found = queue_of.jobs(session, state or (), limit)
    if as_json:
        terminal.print_json(
            [{"id": j.id, "title": j.title, "state": j.state, "attempts": j.attempts, "error": j.error} for j in found]
        )
        return
    terminal.print_table(
        ("job", "state", "since (UTC)", "tries", "title", "why"),
        [
            (str(j.id), j.state, f"{j.changed_at:%m-%d %H:%M:%S}", str(j.attempts or ""), j.title, j.error or "")
            for j in found
        ],
    )


def _require(session: Session, numbers: list[int]) -> None:
    """Raise NotFound for the first number that no job has."""
    for number in numbers:
        if session.get(Job, number) is None:
            raise NotFound(f"job {number}: there is none of that number; `stackroom jobs list` shows what is")


def _tell(as_json: bool, name: str, value: int | bool, words: str) -> None:
    if as_json:
        terminal.print_json({name: value})
    else:
        terminal.out.print(words, markup=False)


@app.command()
def show(context: typer.Context, number: Annotated[int, typer.Argument(metavar="JOB")]) -> None:
    """Show all of one job as JSON: frames, settings, where its results go, why it failed."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        _require(session, [number])
        job = session.get_one(Job, number)
        terminal.print_json(
            {
                "id": job.id,
                "sequence": job.sequence_id,
                "state": job.state,
                "priority": job.priority,
                "attempts": job.attempts,
                "error": job.error,
                "not_before": job.not_before.isoformat() if job.not_before else None,
                "order": job.order,
            }
        )


@app.command()
def retry(
    context: typer.Context,
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="JOB...", help="Which; all failed and cancelled ones if none.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Queue failed or cancelled jobs again; a running daemon takes them within seconds."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.writer() as session:
        _require(session, numbers or [])
        count = queue.retry(session, numbers or None)
    if numbers and not count:
        raise NothingToDo("none of these jobs has failed or was cancelled; `stackroom jobs list` shows their states")
    _tell(as_json, "queued", count, f"{count} jobs queued again")


@app.command()
def cancel(context: typer.Context, numbers: Numbers, as_json: AsJson = False) -> None:
    """Set jobs aside; one that runs is ended within seconds, and what it replaced stays."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.writer() as session:
        _require(session, numbers)
        cancelled = queue.cancel(session, numbers)
    if not cancelled:
        raise NothingToDo("none of these jobs waits, runs or has failed; `stackroom jobs list` shows their states")
    _tell(as_json, "cancelled", len(cancelled), f"{len(cancelled)} jobs cancelled")


@app.command()
def first(context: typer.Context, numbers: Numbers, as_json: AsJson = False) -> None:
    """Let waiting jobs come before all others."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.writer() as session:
        _require(session, numbers)
        count = queue.set_priority(session, numbers, 100)
    if not count:
        raise NothingToDo("none of these jobs waits; `stackroom jobs list` shows their states")
    _tell(as_json, "first", count, f"{count} jobs come first")


@app.command()
def pause(context: typer.Context, as_json: AsJson = False) -> None:
    """Start no further jobs until `jobs resume`; what runs is finished, and files are still taken in."""
    library: Library = context.obj
    with library.catalog(create=False):
        library.pause_mark.touch()
    _tell(as_json, "paused", True, "paused; `stackroom jobs resume` goes on")


@app.command()
def resume(context: typer.Context, as_json: AsJson = False) -> None:
    """Go on with the jobs after `jobs pause`."""
    library: Library = context.obj
    library.pause_mark.unlink(missing_ok=True)
    _tell(as_json, "paused", False, "jobs go on")
