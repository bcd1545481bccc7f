"""What a watch is to do, from the words of the command and the settings file."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from catalog.database import Catalog
from develop import preset_files, recipe_files
from develop.presets import Preset
from develop.recipe import ExportRecipe
from stacker.settings import StackSettings
from stackroom import engines
from stackroom.config import Config, FolderConfig
from stackroom.errors import FolderUnusable, NothingToDo, WatchedLibrary
from stackroom.library import Library
from watcher.events import Listener
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
    engine: str | None = None
    """`local` or `dask://HOST:PORT`; None: as the settings file says."""
    report: bool = True
    """Tell at the end what the catalog holds of the folders; in a large one that takes a while."""
    config: Config = field(default_factory=Config)
    """The settings file: its folders are watched beside those named, each with its own wishes."""

    @property
    def memory_mb(self) -> int:
        """The most memory that one stack may plan for."""
        return self.config.memory_mb or self.stack.memory_mb

    @property
    def workers_wanted(self) -> int:
        """How many stacks are built at a time: as the command says, or the file, or what the machine has room for."""
        return self.workers or self.config.workers or engines.usual_workers(self.memory_mb)

    @property
    def engine_wanted(self) -> str:
        """Where stacks are built: as the command says, or the file."""
        return self.engine or self.config.engine


def task_for(library: Library, request: WatchRequest) -> Task:
    """Return what is to be done of each folder; makes the folders for results.

    Raises WatchedLibrary, NothingToDo, FolderUnusable.
    """
    rules = _rules(library, request)
    if not rules:
        raise NothingToDo(f"{library.root}: no folder to watch; name one, or list some in the settings file")
    for place in {rule.wanted.folder for rule in rules}:
        make_folder(place)
    return Task(
        rules=rules,
        wanted=rules[0].wanted,
        preset=rules[0].preset,
        once=request.once,
        exclude=(library.root, *(rule.wanted.folder for rule in rules)),
    )


def make_folder(place: Path) -> None:
    """Make a folder for results. Raises FolderUnusable."""
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderUnusable(place, error.strerror or str(error)) from error
    if not os.access(place, os.W_OK | os.X_OK):
        raise FolderUnusable(place, "it is not writable")


def _require_outside(library: Library, folder: Path) -> Path:
    """Return a folder that may be watched: the library's own files are not taken in again. Raises WatchedLibrary."""
    if folder.is_relative_to(library.root.resolve()):
        raise WatchedLibrary(folder, library.root)
    return folder


def _rules(library: Library, request: WatchRequest) -> tuple[Rule, ...]:
    """Return what is wanted of each folder: those named get the words of the command, the file's get their own."""
    memory = replace(request.stack, memory_mb=request.memory_mb)
    stack = engines.shared_out(memory, request.workers_wanted)
    wanted = Wanted(folder=request.export, recipes=request.recipes, stack=stack)
    folders = [_require_outside(library, folder.resolve()) for folder in request.folders]
    named = (Rule(folder=f, wanted=wanted, preset=request.preset, copy=request.copy) for f in folders)
    return (*named, *(_configured(library, entry, stack) for entry in request.config.folders))


def _configured(library: Library, entry: FolderConfig, stack: StackSettings) -> Rule:
    wanted = Wanted(
        folder=Path(entry.export).expanduser().absolute() if entry.export else library.stacks,
        recipes=recipe_files.find_all(entry.recipes, library.recipes),
        stack=replace(
            stack,
            method=StackSettings.parse_method(entry.method),
            front=StackSettings.parse_front(entry.front),
        ),
    )
    folder = _require_outside(library, Path(entry.path).expanduser().resolve())  # as a scan names what it finds
    return Rule(
        folder=folder, wanted=wanted, preset=preset_files.find(entry.preset, library.presets), copy=entry.mode == "copy"
    )


def intake_for(catalog: Catalog, library: Library, task: Task, listen: Listener) -> Intake:
    """Return how files are taken in: copied, but for folders whose files stay in their places."""
    in_place = tuple(rule.folder for rule in task.rules if not rule.copy)
    return Intake(catalog=catalog, originals=library.originals, in_place=in_place, listen=listen)
