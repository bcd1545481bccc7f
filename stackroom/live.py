"""Make the preview of a stack that is still being shot; runs in a worker of its own, which keeps what it has so far."""

from __future__ import annotations

import tempfile
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from develop import export, pipeline, raw
from develop.errors import DevelopError
from develop.image import SRGB, Image
from develop.orientation import upright
from develop.recipe import ExportRecipe, recipe_named
from develop.settings import NEUTRAL
from stacker.errors import StackError
from stacker.live import LiveStack
from stacker.proxies import PROXY_SIDE
from stackroom.frames import FileFrames, open_frames
from watcher.worker import Json

_RECIPE: ExportRecipe = replace(recipe_named("jpeg"), quality=85)
_KEPT = 2
"""Sequences that are kept in memory, about 40 MB each: two cameras may shoot at the same time."""


@dataclass(slots=True)
class _Growing:
    """A stack so far, with the files that are in it."""

    files: FileFrames
    stack: LiveStack = field(default_factory=LiveStack)
    paths: list[str] = field(default_factory=list)

    def is_start_of(self, paths: list[str]) -> bool:
        """Say whether all that is in it comes first among `paths`: then only the rest has to be added."""
        return self.paths == paths[: len(self.paths)]


_growing: OrderedDict[int, _Growing] = OrderedDict()


def _opened(paths: list[str], names: list[str]) -> FileFrames:
    return open_frames([Path(path) for path in paths], names=names, reference=0, settings=NEUTRAL)


def get_ready() -> None:
    """Make a picture of nothing, so that the first real one need not load what makes it."""
    nothing = Image(np.zeros((64, 96, 3), np.uint8), SRGB)
    with tempfile.TemporaryDirectory(prefix="stackroom-") as folder:
        export.export_image(pipeline.render(nothing, NEUTRAL), _RECIPE, Path(folder) / "nothing.jpg")


def update(order: Json) -> Json:
    """Bring a preview up to date; return the number of frames and the report's words, or the error that prevents it."""
    try:
        return _update(order)
    except (DevelopError, StackError, OSError) as error:
        _growing.pop(order["sequence"], None)
        return {"error": str(error)}


def _update(order: Json) -> Json:
    number, paths = order["sequence"], [frame["path"] for frame in order["frames"]]
    names = [frame["name"] for frame in order["frames"]]
    growing = _growing.pop(number, None)
    if growing is None or not growing.is_start_of(paths):
        growing = _Growing(_opened(paths, names))
    files = replace(growing.files, paths=tuple(map(Path, paths)), names=tuple(names))
    for index in range(len(growing.paths), len(paths)):
        growing.stack.add(names[index], files.proxy(index, PROXY_SIDE))
        growing.paths.append(paths[index])
    _growing[number] = growing
    while len(_growing) > _KEPT:
        _growing.popitem(last=False)
    _write(growing, order)
    return {"frames": len(growing.stack), "words": [*growing.stack.report().lines(), *order["warnings"]]}


def _write(growing: _Growing, order: Json) -> None:
    lead = growing.files.paths[0]
    as_shot = raw.as_shot_white_point(lead) if growing.files.white_balance is not None else None
    picture = Image(upright(growing.stack.picture(), order["orientation"]), growing.files.space)
    target = Path(order["target"])
    target.parent.mkdir(parents=True, exist_ok=True)
    export.export_image(pipeline.render(picture, NEUTRAL, as_shot=as_shot), _RECIPE, target)
