"""The import alone: the daemon's intake and grouping, without its jobs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog import copying
from stackroom import previews, workflow
from stackroom.library import Library
from watcher import folder, regrouping
from watcher.events import Listener
from watcher.folder import Scan
from watcher.intake import Intake
from watcher.stability import Stability


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What the user asked `import` for."""

    paths: tuple[Path, ...]
    copy: bool
    template: str


def _scan(paths: tuple[Path, ...], library: Path) -> Scan:
    """Look through the folders, and at the files that were named themselves."""
    named = [path for path in paths if path.is_file()]
    below = folder.scan([path for path in paths if path not in named], exclude=(library,))
    if not named:
        return below
    alone = folder.look_at(named)
    pictures = {found.path: found for found in (*below.pictures, *alone.pictures)}
    return Scan(tuple(pictures.values()), (*below.others, *alone.others))


def import_paths(library: Library, request: ImportRequest, listen: Listener) -> dict[str, Any]:
    """Take in all pictures below the paths, waiting for files that are still growing; return what `import` prints."""
    started = time.monotonic()
    with library.catalog() as catalog, library.owned():
        copying.sweep_parts(library.originals)
        intake = Intake(
            catalog=catalog,
            originals=library.originals if request.copy else None,
            template=request.template,
            listen=listen,
        )
        stability = Stability()
        while True:
            scan = _scan(request.paths, library.root)
            judged = intake.sort(scan, stability)
            intake.note_others(scan.others)
            intake.refuse(judged.invalid)
            intake.postpone(judged.unreadable)
            taken = intake.take(judged.ready)
            regrouping.regroup(catalog, taken.captures, previews.measure)
            if taken.trouble is not None:
                raise taken.trouble
            if not judged.waiting and not taken.moving:
                return workflow.report(catalog, request.paths, time.monotonic() - started)
            time.sleep(min(1.0, judged.look_again_s))
