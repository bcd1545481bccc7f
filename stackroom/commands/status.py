"""`status`: the library and its daemon on one screen."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich.text import Text

from catalog import jobs, queries
from catalog.jobs import JobView
from stackroom import heartbeat, terminal
from stackroom.library import Library
from stackroom.options import AsJson

_FEW = 5
"""Jobs of a kind that are named; of the others the number is told, so that all fits one screen."""
_BAR = 12
_LABEL = 12


def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Show what is watched, what runs, what waits and what failed, on one screen."""
    found = _status(context.obj)
    if as_json:
        terminal.print_json(found)
        return
    before = ""
    for label, words in _lines(found):
        _print("" if label == before else label, words, _STYLES.get(label, ""))
        before = label


def _print(label: str, words: str, style: str) -> None:
    """Write one line; what is too long for a terminal goes on below its own beginning, and in a pipe is not cut."""
    if not terminal.out.is_terminal:
        terminal.out.print(f"{label:<{_LABEL}}{words}", markup=False)
        return
    room = max(20, terminal.out.width - _LABEL)
    first, *more = Text(words).wrap(terminal.out, room, overflow="fold")
    terminal.out.print(Text(f"{label:<{_LABEL}}", style="bold") + Text(first.plain.rstrip(), style=style))
    for line in more:
        terminal.out.print(Text(" " * _LABEL + line.plain.rstrip(), style=style))


_STYLES = {"failed": "red", "warning": "yellow", "put off": "yellow"}


def _job(job: JobView) -> dict[str, Any]:
    until = job.not_before.replace(tzinfo=UTC).isoformat() if job.not_before else None
    return {"id": job.id, "title": job.title, "error": job.error, "not_before": until}


def _status(library: Library) -> dict[str, Any]:
    with library.catalog(create=False) as catalog, catalog.reader() as session:
        counts = queries.counts(session)
        failed = jobs.jobs(session, ("failed",))
        waiting = [job for job in jobs.waiting(session, _FEW) if job.not_before is None]
        put_off = jobs.put_off(session, _FEW)
        growing = len(queries.open_sequences(session))
    daemon = heartbeat.read(library.heartbeat)
    return {
        "library": str(library.root),
        "captures": counts.captures,
        "files": counts.files,
        "sequences": counts.sequences,
        "growing": growing,
        "stacks": counts.stacks,
        "exports": counts.exports,
        "jobs": counts.jobs,
        "waiting": [_job(job) for job in waiting],
        "put_off": [_job(job) for job in put_off],
        "failed": [_job(job) for job in failed],
        "paused": library.pause_mark.exists(),
        "daemon": daemon,
        "left_s": heartbeat.left_s(daemon, counts.jobs.get("queued", 0)) if daemon else None,
    }


Lines = list[tuple[str, str]]


def _lines(found: dict[str, Any]) -> Lines:
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(found["sequences"].items()))
    pictures = f"{terminal.counted(found['captures'], 'capture')} in {terminal.counted(found['files'], 'file')}"
    return [
        ("library", found["library"]),
        ("holds", f"{pictures}; sequences: {kinds or 'none'}"),
        ("made", f"{terminal.counted(found['stacks'], 'stack')}, {terminal.counted(found['exports'], 'export')}"),
        *_daemon_lines(found["daemon"]),
        *_waiting_lines(found),
        *_failed_lines(found["failed"]),
    ]


def _daemon_lines(daemon: dict[str, Any] | None) -> Lines:
    if daemon is None:
        return [("daemon", "not running: `stackroom watch FOLDER` starts it")]
    lines = [("watching", _watched(each)) for each in daemon["watched"]]
    if daemon["importing"]:
        taken = daemon["importing"]
        lines.append(("importing", f"{taken['done']} of {taken['total']}: {taken['file']}"))
    lines += [("running", _running(job, daemon.get("stack_s"))) for job in daemon["jobs"]]
    for shown in daemon["live"]:
        frames = terminal.counted(shown["frames"], "frame")
        lines.append(("being shot", f"sequence {shown['sequence']}, {frames} so far: {shown['preview']}"))
        lines += [("being shot", word) for word in shown["words"][1:]]
    return [*lines, *(("warning", message) for message in daemon["warnings"])]


def _watched(each: dict[str, Any]) -> str:
    away = "" if Path(each["folder"]).is_dir() else " (not there now)"
    way = "copied" if each["mode"] == "copy" else "left in place"
    made = ", ".join(each["recipes"]) or "no exports"
    return f"{each['folder']}{away}: {way}, preset {each['preset']}, {made} to {each['export']}"


def _running(job: dict[str, Any], usual_s: float | None) -> str:
    took = max(0.0, time.time() - job["started"])
    words = f"job {job['id']}: {job['title']}: "
    if "stage" in job:
        full = round(_BAR * job["done"] / max(1, job["total"]))
        words += f"{job['stage']} [{'=' * full}{' ' * (_BAR - full)}] {job['done']} of {job['total']}, "
    else:
        words += "starting, "
    words += f"{took:.0f} s so far"
    return f"{words}, about {_time(usual_s - took)} left" if usual_s and usual_s > took else words


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _waiting_lines(found: dict[str, Any]) -> Lines:
    lines: Lines = []
    count = found["jobs"].get("queued", 0)
    if count:
        left = f", about {_time(found['left_s'])} left for all" if found["left_s"] else ""
        lines.append(("waiting", f"{terminal.counted(count, 'job')}{left}"))
        lines += [("waiting", f"job {job['id']}: {job['title']}") for job in found["waiting"]]
    if found["growing"]:
        lines.append(("waiting", f"{terminal.counted(found['growing'], 'sequence')} for frames that may still come"))
    if found["paused"]:
        lines.append(("paused", "no further job is started until `stackroom jobs resume`"))
    for job in found["put_off"]:
        when = datetime.fromisoformat(job["not_before"]).astimezone()
        lines.append(("put off", f"job {job['id']}: {job['title']}: {job['error']}; again at {when:%H:%M:%S}"))
    return lines or [("waiting", "nothing")]


def _failed_lines(failed: Sequence[dict[str, Any]]) -> Lines:
    lines = [("failed", f"job {job['id']}: {job['title']}: {job['error']}") for job in failed[:_FEW]]
    if len(failed) > _FEW:
        lines.append(("failed", f"and {len(failed) - _FEW} more: `stackroom jobs list --state failed`"))
    return lines
