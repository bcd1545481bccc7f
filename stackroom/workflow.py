"""The main job: a card dump becomes finished stacks. Puts the daemon together and tells what came of it."""

from __future__ import annotations

import shutil
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from catalog import copying, queries, sequences
from catalog.database import Catalog
from develop import presets, recipe_files
from develop.codecs import atomic
from develop.errors import DevelopError
from develop.presets import Preset
from develop.recipe import ExportRecipe
from stacker.settings import StackSettings
from stackroom import config, engines, previews, safekeeping
from stackroom.config import Config, FolderConfig
from stackroom.errors import NotFound, NothingToDo, StackroomError, WatchedLibrary
from stackroom.heartbeat import Heartbeat
from stackroom.library import Library
from stackroom.notify import Notify
from watcher.daemon import Daemon
from watcher.engine import Runs
from watcher.errors import FolderMissing
from watcher.events import Listener, Warned
from watcher.intake import Intake
from watcher.live import Live
from watcher.planner import Wanted
from watcher.regrouping import Measure
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
    engine: str | None = None
    """`local` or `dask://HOST:PORT`; None: as the settings file says."""
    config: Config = field(default_factory=Config)
    """The settings file: its folders are watched beside those named, each with its own wishes."""


def _show(order: dict[str, Any]) -> dict[str, Any]:
    """Run in the worker that keeps the previews of sequences being shot."""
    from stackroom import live  # noqa: PLC0415

    return live.update(order)


def _load() -> None:
    """Load in that worker what its first preview will need."""
    from stackroom import live  # noqa: F401, PLC0415


def _sweep(library: Library, export: Path) -> None:
    copying.sweep_parts(library.originals)
    for place in (library.stacks, library.backups, export):
        if place.is_dir():
            atomic.sweep(place)


def _daemon(catalog: Catalog, library: Library, task: Task, engine: Runs, listen: Listener) -> Daemon:
    return Daemon(
        catalog=catalog,
        task=task,
        intake=_intake(catalog, library, task, listen),
        engine=engine,
        measure=previews.measure,
        listen=listen,
        paused=library.pause_mark.exists,
    )


def _intake(catalog: Catalog, library: Library, task: Task, listen: Listener) -> Intake:
    in_place = tuple(rule.folder for rule in task.rules if not rule.copy)
    return Intake(catalog=catalog, originals=library.originals, in_place=in_place, listen=listen)


def _task(library: Library, request: WatchRequest, workers: int) -> Task:
    rules = _rules(library, request, workers)
    for place in {rule.wanted.folder for rule in rules}:
        place.mkdir(parents=True, exist_ok=True)
    return Task(
        rules=rules,
        wanted=rules[0].wanted,
        preset=rules[0].preset,
        once=request.once,
        exclude=(library.root, *(rule.wanted.folder for rule in rules)),
    )


def _require_outside(library: Library, folder: Path) -> Path:
    """Return a folder that may be watched: the library's own files are not taken in again. Raises WatchedLibrary."""
    if folder.is_relative_to(library.root.resolve()):
        raise WatchedLibrary(folder, library.root)
    return folder


def _rules(library: Library, request: WatchRequest, workers: int) -> tuple[Rule, ...]:
    """Return what is wanted of each folder: those named get the words of the command, the file's get their own."""
    stack = engines.shared_out(request.stack, workers)
    wanted = Wanted(folder=request.export, recipes=request.recipes, stack=stack)
    folders = [_require_outside(library, folder.resolve()) for folder in request.folders]
    named = (Rule(folder=f, wanted=wanted, preset=request.preset, copy=request.copy) for f in folders)
    return (*named, *(_configured(library, entry, stack) for entry in request.config.folders))


def _configured(library: Library, entry: FolderConfig, stack: StackSettings) -> Rule:
    wanted = Wanted(
        folder=Path(entry.export).expanduser().absolute() if entry.export else library.stacks,
        recipes=recipe_files.find_all(entry.recipes, library.recipes),
        stack=replace(stack, method=StackSettings.parse_method(entry.method)),
    )
    folder = _require_outside(library, Path(entry.path).expanduser().resolve())  # as a scan names what it finds
    return Rule(folder=folder, wanted=wanted, preset=presets.load(entry.preset), copy=entry.mode == "copy")


def watch(library: Library, request: WatchRequest, listen: Listener, stop: threading.Event) -> dict[str, Any]:
    """Watch folders, or with `once` work them through, and return what `watch --json` prints.

    Raises LibraryBusy, FolderMissing and the catalog's errors; failed jobs are in the result, not raised.
    """
    started = time.monotonic()
    folders = (*request.folders, *(Path(entry.path).expanduser() for entry in request.config.folders))
    # A folder of the settings file may be away while the daemon stays, and come back.
    needed = folders if request.once else request.folders
    for missing in (folder for folder in needed if not folder.is_dir()):
        raise FolderMissing(missing)
    with library.catalog() as catalog, library.owned():
        safekeeping.require_sound(library)
        _sweep(library, request.export)
        workers = request.workers or request.config.workers or engines.usual_workers()
        # Later, a folder for results that is not there is a volume that is away; now it is one to be made.
        task = _task(library, request, workers)
        told = Notify(request.config.notify, request.config.webhook, listen)
        beat = Heartbeat(library.heartbeat, folders, workers, told)
        measuring = previews.Measuring()
        engine = engines.open_engine(request.engine or request.config.engine, workers, request.config.niceness, beat)
        daemon = _daemon(catalog, library, task, engine, beat)
        daemon.measure = measuring
        shutil.rmtree(library.live, ignore_errors=True)
        if not request.once and request.config.live:
            daemon.live = Live(catalog, _show, _load, library.live, beat)
        reread = _Reread(library, request, workers, listen)

        def errands(daemon: Daemon) -> None:
            reread(daemon)
            measuring.rest()
            _keep_safe(library, listen, daemon)

        daemon.errand = errands
        with closing(measuring):
            _run(daemon, stop, listen)
        beat.end()
        _sweep(library, request.export)
        return report(catalog, folders, time.monotonic() - started)


@dataclass(slots=True)
class _Reread:
    """Takes the settings file over whenever it changes; one that cannot be followed is told of and left."""

    library: Library
    request: WatchRequest
    workers: int
    listen: Listener
    _stamp: int | None = None

    def __call__(self, daemon: Daemon) -> None:
        path = self.library.root / config.NAME
        stamp = path.stat().st_mtime_ns if path.exists() else 0
        before, self._stamp = self._stamp, stamp
        if before in (None, stamp):
            return
        try:
            request = replace(self.request, config=config.load(path))
            task = _task(self.library, request, self.workers)
        except (StackroomError, DevelopError, OSError, IndexError) as error:
            self.listen(Warned(f"{error}; going on with the settings from before"))
            return
        daemon.change(task, _intake(daemon.catalog, self.library, task, self.listen))


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

    with hints.Hints(daemon.wake, listen, daemon.closed) as heard:
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
    engine: str = engines.LOCAL


def stack(library: Library, request: StackRequest, listen: Listener, stop: threading.Event) -> list[dict[str, Any]]:
    """Build what is missing of sequences in the catalog; return them as `sequences list --json` shows them.

    A sequence named by number is stacked even where grouping was not sure of it. Raises NotFound, LibraryBusy.
    """
    with library.catalog(create=False) as catalog, library.owned():
        export = request.export or library.stacks
        _sweep(library, export)
        workers = request.workers or engines.usual_workers()
        with catalog.writer() as session:
            _prepare(session, request.sequences)
        task = Task(
            wanted=Wanted(
                folder=export,
                stay=request.export is None,
                recipes=request.recipes,
                stack=engines.shared_out(request.stack, workers),
            ),
            preset=presets.load("neutral"),
            once=True,
            sequences=request.sequences,
        )
        engine = engines.open_engine(request.engine, workers, config.Config().niceness, listen)
        _daemon(catalog, library, task, engine, listen).run(stop)
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
        "reference": view.reference.source,
        "state": view.state,
        "error": view.job_error,
        "master": current.master.path if current else None,
        "exports": [export.path for export in current.exports] if current else [],
        "quality": {name: each for name, each in current.quality.items() if name != "laid"} if current else None,
    }
