"""Carry out one export order in a worker process: the picture is developed once, then each file is made whole."""

from __future__ import annotations

import contextlib
import shlex
import subprocess
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

from catalog.copying import digest_file
from develop.errors import DevelopError
from develop.recipe import ExportRecipe
from stacker.errors import StackError
from stackroom import build
from stackroom.finishing import Finishing
from stackroom.replacing import landing
from watcher.worker import Json, StackOrder, WrittenFile

_COMMAND_S = 600
_WORDS = 200


def _quiet(stage: str, done: int, total: int) -> None:
    del stage, done, total


class ExportFailed(DevelopError):
    """A file could not be made for a reason outside of the pictures: a changed master, a command that failed."""


def prepare(threads: int) -> None:
    """Give this process its part of the processors."""
    import cv2  # noqa: PLC0415 - chosen once a process, before anything is decoded

    cv2.setNumThreads(threads)


def deliver(order: Json) -> list[Json]:
    """Make an order's files; return for each what was written, or why not. No failure touches the other files."""
    asked = StackOrder.from_json(order)
    recipes = [ExportRecipe.from_json(ordered.recipe) for ordered in asked.exports]
    try:
        finishing = _opened(asked, recipes)
    except Exception as error:  # noqa: BLE001 - the worker's edge: one picture must not take the others along
        return [_failure(error)] * len(recipes)
    named = zip(recipes, asked.exports, strict=True)
    return [
        _delivered(finishing, recipe, Path(ordered.path), asked.replaces.get(ordered.path)) for recipe, ordered in named
    ]


def _opened(asked: StackOrder, recipes: list[ExportRecipe]) -> Finishing:
    if not asked.sequence_id:
        return build.from_frame(asked)
    if digest_file(Path(asked.master)) != asked.have_master:
        again = f"`stackroom stack {asked.sequence_id}`"
        raise ExportFailed(f"{asked.master}: is not what was written there; move it away and run {again}")
    return build.from_master(asked, recipes, _quiet)


def _delivered(finishing: Finishing, recipe: ExportRecipe, place: Path, replaces: str | None) -> Json:
    try:
        with landing(place, replaces) as spot:
            finishing.write(recipe, place, _quiet)
        path = spot.path
        if recipe.command:
            _run(recipe, path)
        return asdict(WrittenFile(path=str(path), size=path.stat().st_size, digest=digest_file(path)))
    except Exception as error:  # noqa: BLE001 - the worker's edge
        return _failure(error)


def _run(recipe: ExportRecipe, path: Path) -> None:
    """Run the recipe's command on a finished file, without a shell. Raises ExportFailed."""
    words = [word.replace("{path}", str(path)) for word in shlex.split(recipe.command)]
    if "{path}" not in recipe.command:
        words.append(str(path))
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_COMMAND_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ExportFailed(f"recipe {recipe.name}: {words[0]} could not be run on {path}; {error}") from error
    if done.returncode:
        said = " ".join(done.stderr.split())[:_WORDS] or "it said nothing"
        raise ExportFailed(f"recipe {recipe.name}: {words[0]} ended with {done.returncode} on {path}; {said}")


def _failure(error: Exception) -> dict[str, Any]:
    if isinstance(error, DevelopError | StackError):
        return {"error": str(error)}
    if isinstance(error, OSError):
        return {"error": f"{error.filename or 'a file'}: {error.strerror or error}"}
    if isinstance(error, MemoryError):
        return {"error": "not enough memory; close other programs or lower --workers"}
    with contextlib.suppress(OSError):
        traceback.print_exception(error)
    return {"error": f"a bug: {type(error).__name__}: {error}"}
