"""Orders for a small stack whose third frame is the reference, carried out in this process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from develop.recipe import RECIPES
from develop.settings import DevelopSettings
from stacker.settings import StackSettings
from stackroom import build
from watcher.worker import ANYTHING, ExportOrder, FrameOrder, StackOrder, StackReport


def quiet(stage: str, done: int, total: int) -> None:
    """Take progress and say nothing."""


def order(
    frames: Sequence[Path], out: Path, recipes: Sequence[str], settings: DevelopSettings, orientation: int
) -> StackOrder:
    """Return the order that makes a master and one file a recipe in `out`."""
    exports = [
        ExportOrder(key=name, recipe=RECIPES[name].to_json(), path=str(out / f"{name}.{RECIPES[name].extension}"))
        for name in recipes
    ]
    return StackOrder(
        key="k",
        sequence_id=1,
        title="near",
        frames=tuple(
            FrameOrder(capture_id=i, file_id=i, path=str(path), source=str(path), digest=path.name)
            for i, path in enumerate(frames)
        ),
        reference=2,
        orientation=orientation,
        develop=settings.to_json(),
        stack={**StackSettings().to_json(), "reference": 2},
        master=str(out / "master.tif"),
        exports=tuple(exports),
        replaces=dict.fromkeys([str(out / "master.tif"), *(export.path for export in exports)], ANYTHING),
    )


def built(wanted: StackOrder) -> StackReport:
    """Carry an order out; it must succeed."""
    report = build.attempt(wanted, quiet)
    assert isinstance(report, StackReport), report
    return report
