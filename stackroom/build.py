"""Carry out one order: decode, align, fuse, write the master, render and export. Runs in a worker, knows no catalog."""

from __future__ import annotations

import errno
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from catalog.copying import digest_file
from develop import decode
from develop.codecs import tiff
from develop.codecs.exif import carry_exif
from develop.codecs.tags import FileTags
from develop.codecs.xmp_packet import Provenance
from develop.errors import DevelopError, WriteError
from develop.image import Image
from develop.orientation import upright
from develop.recipe import ExportRecipe
from develop.settings import DevelopSettings
from stacker.errors import StackError
from stacker.known import Known
from stacker.settings import ENGINE_VERSION, StackSettings
from stacker.specks import Mark
from stackroom.finishing import Finishing, look_of
from stackroom.frames import FileFrames, open_frames
from stackroom.release import SOFTWARE
from stackroom.replacing import landing
from stackroom.retouching import retouched
from stackroom.stacking import ALIGNED, LAID, Progress, Stacked, make_stack, quality_of, read_back
from watcher.engine import report_progress
from watcher.worker import Failure, FailureKind, Json, Outcome, StackOrder, StackReport, WrittenFile, outcome_to_json

PASSING = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.ESTALE, errno.EACCES, errno.ENOENT)
"""What a volume may say today and not tomorrow: full, unplugged, read-only for a while, permission lost."""


def run(job_id: int, order: Json) -> Json:
    """Carry out an order given as JSON; every failure comes back as a value. The daemon's work function."""

    def progress(stage: str, done: int, total: int) -> None:
        report_progress(job_id, stage, done, total)

    return outcome_to_json(attempt(StackOrder.from_json(order), progress))


def attempt(order: StackOrder, progress: Progress) -> Outcome:
    """Carry out an order; return the report, or why it failed."""
    try:
        return build(order, progress)
    except WriteError as error:
        return Failure(kind="transient", message=str(error))
    except (DevelopError, StackError) as error:
        return Failure(kind=_lasting(order), message=str(error))
    except OSError as error:
        kind: FailureKind = "transient" if error.errno in PASSING else "permanent"
        return Failure(kind=kind, message=f"{error.filename or order.master}: {error.strerror or error}")
    except MemoryError:
        message = f"{order.title}: not enough memory; close other programs or lower --workers"
        return Failure(kind="transient", message=message)
    except Exception as error:  # noqa: BLE001 - the worker's edge: a bug must not take the daemon's other jobs along
        message = f"{order.title}: {type(error).__name__}: {error}"
        return Failure(kind="bug", message=message, detail=traceback.format_exc())


def _lasting(order: StackOrder) -> FailureKind:
    """A frame that cannot be read may only be away: its volume unplugged."""
    return "permanent" if all(Path(frame.path).exists() for frame in order.frames) else "transient"


def provenance(order: StackOrder) -> Provenance:
    """Return what the files say of themselves: sources by name and content, reference, method, versions."""
    return Provenance(
        sources=tuple((Path(frame.source).name, frame.digest) for frame in order.frames),
        reference=order.reference,
        method=str(order.stack.get("method", "auto")),
        engine_version=ENGINE_VERSION,
        software=SOFTWARE,
        key=order.key,
        settings=order.develop,
    )


def _tags(order: StackOrder) -> FileTags:
    reference = Path(order.frames[order.reference].path)
    # The master carries them as well, for when the originals are away.
    reference = reference if reference.exists() else Path(order.master)
    return FileTags(carry_exif(reference, software=SOFTWARE, sources=len(order.frames)), provenance(order))


def _written(path: Path) -> WrittenFile:
    return WrittenFile(path=str(path), size=path.stat().st_size, digest=digest_file(path))


def _have_master(order: StackOrder) -> bool:
    return order.have_master is not None and digest_file(Path(order.master)) == order.have_master


def build(order: StackOrder, progress: Progress) -> StackReport:
    """Make the master, unless the one that is there still holds, and the exports from it.

    Raises DevelopError or StackError, each naming the file; what was written before stays, whole.
    """
    began = time.monotonic()
    settings = DevelopSettings.from_json(order.develop)
    made: dict[str, Any] = {}
    recipes = [ExportRecipe.from_json(ordered.recipe) for ordered in order.exports]
    fuse = not _have_master(order)
    master = Path(order.master)
    if fuse:
        stacked, made = _fuse(order, settings, progress)
        progress("writing", 0, 1)
        with landing(master, order.replaces.get(order.master)) as spot:
            tiff.write_tiff(master, stacked.image, tags=_tags(order))
        master = spot.path
        finishing = _finishing(order, settings, stacked.image, stacked)
    else:
        finishing = from_master(order, recipes, progress)
    written: list[WrittenFile] = []
    for number, (recipe, ordered) in enumerate(zip(recipes, order.exports, strict=True)):
        progress("exporting", number, len(order.exports))
        with landing(Path(ordered.path), order.replaces.get(ordered.path)) as spot:
            finishing.write(recipe, Path(ordered.path), progress)
        written.append(_written(spot.path))
    return StackReport(
        key=order.key,
        master=_written(master),
        exports=tuple(written),
        fused=fuse,
        method=str(order.stack.get("method", "auto")),
        engine_version=ENGINE_VERSION,
        elapsed_s=time.monotonic() - began,
        **made,
    )


def from_master(order: StackOrder, recipes: Sequence[ExportRecipe], progress: Progress) -> Finishing:
    """Return the stack that lies at the order's master, ready for files; its frames are read only where need be.

    Raises DevelopError or StackError.
    """
    settings = DevelopSettings.from_json(order.develop)
    wants_frames = bool(settings.retouch) or any(recipe.needs_frames for recipe in recipes)
    stacked = _frames_again(order, settings, progress) if wants_frames else None
    image = stacked.image if stacked is not None else decode.read_image(Path(order.master))
    return _finishing(order, settings, image, stacked)


def from_frame(order: StackOrder) -> Finishing:
    """Return the order's only frame, ready for files. Raises DevelopError."""
    settings = DevelopSettings.from_json(order.develop)
    files = _files(order, settings)
    return _finishing(order, settings, Image(upright(files.frame(0), order.orientation), files.space), None)


def _finishing(order: StackOrder, settings: DevelopSettings, image: Image, stacked: Stacked | None) -> Finishing:
    if stacked is not None and settings.retouch:
        image = retouched(image, settings.retouch, stacked.sources)
    look = look_of(settings, Path(order.frames[order.reference].path))
    return Finishing(image, look, _tags(order), stacked)


def _frames_again(order: StackOrder, settings: DevelopSettings, progress: Progress) -> Stacked:
    """Return the stack with its frames, laid as they were; fused anew only where no record says how."""
    if LAID not in order.kept:
        return _fuse(order, settings, progress)[0]
    master = decode.read_image(Path(order.master))
    engine = StackSettings.from_json(order.stack)
    return read_back(_files(order, settings), master, order.kept, engine, order.orientation)


def _files(order: StackOrder, settings: DevelopSettings) -> FileFrames:
    return open_frames(
        [Path(frame.path) for frame in order.frames],
        names=[Path(frame.source).name for frame in order.frames],
        reference=order.reference,
        settings=settings.prestack_part(),
    )


def _fuse(order: StackOrder, settings: DevelopSettings, progress: Progress) -> tuple[Stacked, dict[str, Any]]:
    known = Known.from_json(order.aligned) if order.aligned else None
    marks = [Mark.from_json(each) for each in order.stack.get("dust_marks", ())]
    marks += [Mark.where_met(each) for each in order.dust_met]
    engine = StackSettings.from_json(order.stack)
    stacked = make_stack(_files(order, settings), engine, order.orientation, progress, known, marks)
    fused = stacked.fused
    assert fused is not None
    made = {
        "quality": {**quality_of(stacked), LAID: stacked.laid.to_json(), ALIGNED: fused.known.to_json()},
        "transforms": tuple(None if t is None else t.tolist() for t in fused.transforms),
        "left_out": {order.frames[f.index].source: f.reason or "" for f in fused.report.frames if not f.used},
    }
    return stacked, made
