"""The main job: a card dump becomes finished stacks. Puts the daemon together and tells what came of it."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from catalog import copying, queries, sequences
from catalog.database import Catalog
from develop import presets
from develop.codecs import atomic
from develop.recipe import ExportRecipe
from stacker.choice import NOTHING_SAID, StackChoice
from stacker.settings import StackSettings
from stackroom import config, engines, previews, safekeeping, tasks
from stackroom.attending import Attending
from stackroom.errors import NothingToDo, unknown_sequence
from stackroom.heartbeat import Heartbeat
from stackroom.library import Library
from stackroom.logbook import Logbook
from stackroom.notify import Notify
from stackroom.release import SOFTWARE
from stackroom.tasks import WatchRequest
from watcher.daemon import Daemon
from watcher.engine import Runs
from watcher.errors import FolderMissing
from watcher.events import Listener
from watcher.planner import Wanted
from watcher.regrouping import Measure
from watcher.task import Task


def _sweep(library: Library, export: Path) -> None:
    copying.sweep_parts(library.originals)
    for place in (library.stacks, library.backups, export):
        if place.is_dir():
            atomic.sweep(place)


def _daemon(catalog: Catalog, library: Library, task: Task, engine: Runs, listen: Listener, measure: Measure) -> Daemon:
    return Daemon(
        catalog=catalog,
        task=task,
        intake=tasks.intake_for(catalog, library, task, listen),
        engine=engine,
        measure=measure,
        listen=listen,
        paused=library.pause_mark.exists,
    )


def watch(library: Library, request: WatchRequest, listen: Listener, stop: threading.Event) -> dict[str, Any]:
    """Watch folders, or with `once` work them through, and return what `watch --json` prints, if it is wanted.

    Raises LibraryBusy, FolderMissing and the catalog's errors; failed jobs are in the result, not raised.
    """
    started = time.monotonic()
    folders = (*request.folders, *(Path(entry.path).expanduser() for entry in request.config.folders))
    # A folder of the settings file may be away while the daemon stays, and come back.
    needed = folders if request.once else request.folders
    for missing in (folder for folder in needed if not folder.is_dir()):
        raise FolderMissing(missing)
    with library.catalog() as catalog, library.owned(), contextlib.ExitStack() as ending:
        if not request.once:
            logbook = ending.enter_context(closing(Logbook(library.logs, listen)))
            logbook.say(f"started: process {os.getpid()}, {SOFTWARE}")
            ending.callback(logbook.say, "stopped")
            listen = logbook
        safekeeping.require_sound(library)
        _sweep(library, request.export)
        # Later, a folder for results that is not there is a volume that is away; now it is one to be made.
        task = tasks.task_for(library, request)
        workers = request.workers_wanted
        told = ending.enter_context(closing(Notify(request.config.notify, request.config.webhook, listen)))
        beat = Heartbeat(library.heartbeat, task.rules, workers, told)
        with closing(previews.Measuring()) as measuring:
            engine = engines.open_engine(request.engine_wanted, workers, request.config.niceness, beat)
            daemon = _daemon(catalog, library, task, engine, beat, measuring)
            daemon.errand = attending = Attending(library, request, told, measuring, beat, beat.follow)
            shutil.rmtree(library.live, ignore_errors=True)
            attending.apply(daemon)
            if daemon.live is not None:
                daemon.live.prepare()
            _run(daemon, stop, beat)
        beat.end()
        _sweep(library, request.export)
        return report(catalog, folders, time.monotonic() - started) if request.report else {}


def _run(daemon: Daemon, stop: threading.Event, listen: Listener) -> None:
    if daemon.task.once:
        daemon.run(stop)
        return
    from watcher import hints  # noqa: PLC0415 - watchdog is not needed to look once

    with hints.Hints(daemon.stirred, listen) as heard:
        daemon.hear = heard.hear
        daemon.run(stop)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRequest:
    """What the user asked `stack` or `export` for; `sequences` None means all."""

    sequences: tuple[int, ...] | None
    export: Path | None
    """None: where the earlier results of a sequence lie, else in the library."""
    recipes: tuple[ExportRecipe, ...]
    choice: StackChoice = NOTHING_SAID
    """What was said of how to stack them: kept with the sequences, and in force until something else is said."""
    workers: int | None = None
    engine: str | None = None
    """`local` or `dask://HOST:PORT`; None: as the settings file says."""


def stack(library: Library, request: StackRequest, listen: Listener, stop: threading.Event) -> list[dict[str, Any]]:
    """Build what is missing of sequences in the catalog; return them as `sequences list --json` shows them.

    A sequence named by number is stacked even where grouping was not sure of it. Raises NotFound, LibraryBusy.
    """
    with library.catalog(create=False) as catalog, library.owned():
        export = request.export or library.stacks
        tasks.make_folder(export)
        _sweep(library, export)
        found = config.load(library.root / config.NAME)
        usual = StackSettings()
        memory = found.memory_mb or usual.memory_mb
        workers = request.workers or found.workers or engines.usual_workers(memory)
        with catalog.writer() as session:
            _prepare(session, request)
        task = Task(
            wanted=Wanted(
                folder=export,
                stay=request.export is None,
                as_before=True,
                recipes=request.recipes,
                stack=engines.shared_out(replace(usual, memory_mb=memory), workers),
            ),
            preset=presets.load("neutral"),
            once=True,
            sequences=request.sequences,
        )
        engine = engines.open_engine(request.engine or found.engine, workers, found.niceness, listen)
        _daemon(catalog, library, task, engine, listen, previews.measure).run(stop)
        with catalog.reader() as session:
            views = queries.sequence_views(session, ids=request.sequences, kinds=("focus",))
    return [sequence_json(view) for view in views]


def _prepare(session: Session, request: StackRequest) -> None:
    if request.sequences is not None:
        _require_stackable(session, request.sequences)
    if request.choice.said:
        views = queries.sequence_views(session, ids=request.sequences, kinds=("focus",))
        sequences.choose_stack(session, {view.id: request.choice.over(_holding(view)) for view in views})


def _holding(view: queries.SequenceView) -> StackChoice:
    """Return how a sequence was to be stacked up to now."""
    made = view.current.settings.get("stack", {}) if view.current is not None else {}
    return view.choice.over(StackChoice.of_stack(made))


def _require_stackable(session: Session, numbers: tuple[int, ...]) -> None:
    """Take the numbered sequences as focus stacks that are complete. Raises NotFound, NothingToDo."""
    found = {view.id: view for view in queries.sequence_views(session, ids=numbers)}
    for number in numbers:
        if number not in found:
            raise unknown_sequence(number)
        if len(found[number].frames) < 2:
            raise NothingToDo(f"sequence {number}: it is a single frame; there is nothing to stack")
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
        "captures": [frame.capture_id for frame in view.frames],
        "reference": view.reference.source,
        "state": view.state,
        "error": view.job_error,
        "choice": view.choice.said,
        "master": current.master.path if current else None,
        "exports": [export.path for export in current.exports] if current else [],
        "quality": {name: each for name, each in current.quality.items() if name != "laid"} if current else None,
    }
