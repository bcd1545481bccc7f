"""The main job: a card dump becomes finished stacks. Puts the daemon together and tells what came of it."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from catalog import copying, queries, sequences
from catalog.database import Catalog
from develop import presets
from develop.codecs import atomic
from develop.presets import Preset
from develop.recipe import ExportRecipe
from stacker.settings import StackSettings
from stackroom import previews, safekeeping
from stackroom.errors import NotFound
from stackroom.heartbeat import Heartbeat
from stackroom.library import Library
from watcher.daemon import Daemon
from watcher.engine import Engine
from watcher.errors import FolderMissing
from watcher.events import Listener, Warned
from watcher.intake import Intake
from watcher.planner import Wanted
from watcher.task import Rule, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRequest:
    """What the user asked `watch` for."""

    folders: tuple[Path, ...]
    export: Path
    recipes: tuple[ExportRecipe, ...]
    preset: Preset
    stack: StackSettings
    copy: bool
    once: bool
    workers: int | None = None


def _work(job_id: int, order: dict[str, Any]) -> dict[str, Any]:
    """Run in a worker process: the pixels' libraries are loaded there, never in the daemon."""
    from stackroom import build  # noqa: PLC0415

    return build.run(job_id, order)


def processors() -> int:
    """Return how many processors this process may use."""
    with contextlib.suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


MOST_WORKERS = 4
"""More stacks at a time than this win little and take a gigabyte each; --workers may ask for more."""


def _shared_out(settings: StackSettings, workers: int) -> StackSettings:
    """Give each of several workers its part of the processors, so that their threads do not fight."""
    return replace(settings, threads=settings.threads or max(1, processors() // workers))


def _sweep(library: Library, export: Path) -> None:
    copying.sweep_parts(library.originals)
    for place in (library.stacks, export):
        if place.is_dir():
            atomic.sweep(place)


def _daemon(catalog: Catalog, library: Library, task: Task, workers: int, listen: Listener) -> Daemon:
    return Daemon(
        catalog=catalog,
        task=task,
        intake=_intake(catalog, library, task, listen),
        engine=Engine(work=_work, slots=workers, listen=listen),
        measure=previews.measure,
        listen=listen,
        paused=library.pause_mark.exists,
    )


def _intake(catalog: Catalog, library: Library, task: Task, listen: Listener) -> Intake:
    in_place = tuple(rule.folder for rule in task.rules if not rule.copy)
    return Intake(catalog=catalog, originals=library.originals, in_place=in_place, listen=listen)


def _rule(library: Library, request: WatchRequest, folder: Path, workers: int) -> Rule:
    wanted = Wanted(folder=request.export, recipes=request.recipes, stack=_shared_out(request.stack, workers))
    return Rule(folder=folder, wanted=wanted, preset=request.preset, copy=request.copy)


def watch(library: Library, request: WatchRequest, listen: Listener, stop: threading.Event) -> dict[str, Any]:
    """Watch folders, or with `once` work them through, and return what `watch --json` prints.

    Raises LibraryBusy, FolderMissing and the catalog's errors; failed jobs are in the result, not raised.
    """
    started = time.monotonic()
    for missing in (folder for folder in request.folders if not folder.is_dir()):
        raise FolderMissing(missing)
    with library.catalog() as catalog, library.owned():
        safekeeping.require_sound(library)
        _sweep(library, request.export)
        workers = request.workers or min(processors(), MOST_WORKERS)
        # Later, a folder for results that is not there is a volume that is away; now it is one to be made.
        request.export.mkdir(parents=True, exist_ok=True)
        rules = tuple(_rule(library, request, folder, workers) for folder in request.folders)
        task = Task(
            rules=rules,
            wanted=rules[0].wanted,
            preset=request.preset,
            once=request.once,
            exclude=(library.root, request.export),
        )
        beat = Heartbeat(library.heartbeat, request.folders, workers, listen)
        daemon = _daemon(catalog, library, task, workers, beat)
        daemon.errand = partial(_keep_safe, library, listen)
        _run(daemon, stop, listen)
        beat.end()
        _sweep(library, request.export)
        return report(catalog, request.folders, time.monotonic() - started)


def _keep_safe(library: Library, listen: Listener, daemon: Daemon) -> None:
    """Back the catalog up once a day, while nothing is being built."""
    if daemon.task.once or daemon.engine.running or not safekeeping.is_backup_due(library):
        return
    try:
        safekeeping.back_up(library, daemon.catalog)
    except OSError as error:
        listen(Warned(f"{library.backups}: the catalog's daily copy failed ({error.strerror or error})"))


def _run(daemon: Daemon, stop: threading.Event, listen: Listener) -> None:
    if daemon.task.once:
        daemon.run(stop)
        return
    from watcher import hints  # noqa: PLC0415 - watchdog is not needed to look once

    with hints.Hints(daemon.wake, listen) as heard:
        daemon.hear = heard.hear
        daemon.run(stop)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRequest:
    """What the user asked `stack` or `export` for; `sequences` None means all."""

    sequences: tuple[int, ...] | None
    export: Path | None
    """None: where the earlier results of a sequence lie, else in the library."""
    recipes: tuple[ExportRecipe, ...]
    stack: StackSettings
    workers: int | None = None


def stack(library: Library, request: StackRequest, listen: Listener, stop: threading.Event) -> list[dict[str, Any]]:
    """Build what is missing of sequences in the catalog; return them as `sequences list --json` shows them.

    A sequence named by number is stacked even where grouping was not sure of it. Raises NotFound, LibraryBusy.
    """
    with library.catalog(create=False) as catalog, library.owned():
        export = request.export or library.stacks
        _sweep(library, export)
        workers = request.workers or min(processors(), MOST_WORKERS)
        with catalog.writer() as session:
            _prepare(session, request.sequences)
        task = Task(
            wanted=Wanted(
                folder=export,
                stay=request.export is None,
                recipes=request.recipes,
                stack=_shared_out(request.stack, workers),
            ),
            preset=presets.load("neutral"),
            once=True,
            sequences=request.sequences,
        )
        _daemon(catalog, library, task, workers, listen).run(stop)
        with catalog.reader() as session:
            views = queries.sequence_views(session, ids=request.sequences, kinds=("focus",))
    return [sequence_json(view) for view in views]


def _prepare(session: Session, numbers: tuple[int, ...] | None) -> None:
    if numbers is None:
        return
    found = {view.id: view for view in queries.sequence_views(session, ids=numbers)}
    for number in numbers:
        if number not in found:
            raise NotFound(f"sequence {number}: not in the catalog; `stackroom sequences list` shows what is")
        if found[number].kind != "focus":
            sequences.set_kind(session, number, "focus")
    sequences.set_complete(session, numbers)


def report(catalog: Catalog, folders: tuple[Path, ...], elapsed_s: float) -> dict[str, Any]:
    """Tell what the catalog holds of the folders: captures, duplicates, skipped files, sequences and their results."""
    with catalog.reader() as session:
        seen = queries.source_report(session, [str(folder.resolve()) for folder in folders])
        views = queries.sequence_views(session)
    mine = [view for view in views if any(frame.capture_id in seen.capture_ids for frame in view.frames)]
    return {
        "captures": seen.captures,
        "duplicates": [{"path": path, "of": original} for path, original in seen.duplicates],
        "skipped": [{"path": path, "reason": reason} for path, reason in seen.skipped],
        "sequences": [sequence_json(view) for view in mine],
        "elapsed_s": round(elapsed_s, 3),
    }


def sequence_json(view: queries.SequenceView) -> dict[str, Any]:
    """Return a sequence as every command's `--json` shows it."""
    current = view.current
    return {
        "id": view.id,
        "kind": view.kind,
        "confidence": round(view.confidence, 3),
        "reasons": list(view.reasons),
        "warnings": list(view.warnings),
        "frames": [frame.source for frame in view.frames],
        "reference": view.reference.source,
        "state": view.state,
        "error": view.job_error,
        "master": current.master.path if current else None,
        "exports": [export.path for export in current.exports] if current else [],
        "quality": current.quality if current else None,
    }
