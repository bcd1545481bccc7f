"""`jobs` and `status`: what runs, what waits, what failed and why; and to change it."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from catalog import queries
from catalog.models import Job
from stackroom import heartbeat, terminal
from stackroom.errors import NotFound, NothingToDo
from stackroom.library import Library
from stackroom.options import AsJson
from watcher import queue

Numbers = Annotated[list[int], typer.Argument(metavar="JOB...", help="From `jobs list`.")]

app = typer.Typer(no_args_is_help=True, help="Look at jobs; retry, cancel, pause, resume.")


@app.command("list")
def list_jobs(
    context: typer.Context,
    state: Annotated[
        list[str] | None, typer.Option("--state", help="queued, running, done, failed, cancelled.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first."""
    library: Library = context.obj
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        found = queries.jobs(session, state or ())
    if as_json:
        terminal.print_json(
            [{"id": j.id, "title": j.title, "state": j.state, "attempts": j.attempts, "error": j.error} for j in found]
        )
        return
    terminal.print_table(
        ("job", "state", "attempts", "title", "error"),
        [(str(j.id), j.state, str(j.attempts), j.title, j.error or "") for j in found],
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


def _status(library: Library) -> dict[str, Any]:
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        counts = queries.counts(session)
        failed = queries.jobs(session, ("failed",))
    daemon = heartbeat.read(library.heartbeat)
    return {
        "library": str(library.root),
        "captures": counts.captures,
        "files": counts.files,
        "sequences": counts.sequences,
        "stacks": counts.stacks,
        "exports": counts.exports,
        "jobs": counts.jobs,
        "failed": [{"id": j.id, "title": j.title, "error": j.error} for j in failed],
        "paused": library.pause_mark.exists(),
        "daemon": daemon,
        "left_s": heartbeat.left_s(daemon, counts.jobs.get("queued", 0)) if daemon else None,
    }


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show what is watched, what runs, what waits and what failed, on one screen."""
    found = _status(context.obj)
    if as_json:
        terminal.print_json(found)
        return
    for line in _lines(found):
        terminal.out.print(line, markup=False)


def _lines(found: dict[str, Any]) -> list[str]:
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(found["sequences"].items()))
    states = ", ".join(f"{count} {state}" for state, count in sorted(found["jobs"].items()))
    return [
        f"library {found['library']}",
        f"{found['captures']} captures in {found['files']} files",
        f"sequences: {kinds or 'none'}",
        f"{found['stacks']} stacks, {found['exports']} exports",
        *_daemon_lines(found["daemon"], found["left_s"]),
        f"jobs: {states or 'none'}{' (paused)' if found['paused'] else ''}",
        *(f"failed job {job['id']}: {job['title']}: {job['error']}" for job in found["failed"]),
    ]


def _daemon_lines(daemon: dict[str, Any] | None, left_s: float | None) -> list[str]:
    if daemon is None:
        return ["not running: `stackroom watch FOLDER` starts it"]
    lines = [f"watching {folder}" for folder in daemon["folders"]]
    if daemon["importing"]:
        lines.append(f"importing {daemon['importing']['done']} of {daemon['importing']['total']}")
    for job in daemon["jobs"]:
        stage = f"{job['stage']} {job['done']} of {job['total']}" if "stage" in job else "starting"
        lines.append(f"running job {job['id']}: {job['title']}: {stage}, {daemon['at'] - job['started']:.0f} s so far")
    for shown in daemon.get("live", ()):
        lines.append(f"being shot: sequence {shown['sequence']}, {shown['frames']} frames so far: {shown['preview']}")
        lines += [f"  {word}" for word in shown["words"][1:]]
    if left_s:
        lines.append(f"about {left_s / 60:.0f} min left" if left_s >= 90 else f"about {left_s:.0f} s left")
    return [*lines, *(f"warning: {message}" for message in daemon["warnings"])]
