"""The engine alone: files in, one picture out, no catalog."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from catalog.metadata.errors import MetadataError
from catalog.metadata.reader import read_metadata
from develop import export
from develop.codecs import png
from develop.codecs.exif import carry_exif
from develop.codecs.tags import FileTags
from develop.codecs.xmp_packet import Provenance
from develop.image import Image, Pixels
from develop.orientation import upright
from develop.recipe import RECIPES, ExportRecipe
from develop.settings import NEUTRAL
from stacker import slabs
from stacker.explain import Maps, explain, gaps_and_plain
from stacker.settings import ENGINE_VERSION, StackSettings
from stacker.stack import Fused
from stackroom import layered
from stackroom.errors import NothingToDo
from stackroom.frames import open_frames
from stackroom.fuse_request import FuseRequest
from stackroom.layered import Look
from stackroom.release import SOFTWARE
from stackroom.stacking import Progress, Stacked, make_stack, quality_of


def slab_paths(request: FuseRequest) -> list[Path]:
    """Return where the slabs go, if all frames are used; nowhere where they become layers.

    Raises SettingsError where they do not get on.
    """
    if not request.slab or _recipe(request.output, request.quality).layered:
        return []
    many = slabs.cut(len(request.frames), request.slab, request.overlap)
    return [_slab_path(request.output, number) for number, _ in enumerate(many, 1)]


def _slab_path(output: Path, number: int) -> Path:
    return output.with_name(f"{output.stem}_slab{number:02}.tif")


def _recipe(output: Path, quality: int) -> ExportRecipe:
    match output.suffix.lower():
        case ".tif" | ".tiff":
            return RECIPES["tiff16"]
        case ".png":
            return RECIPES["png"]
        case ".jpg" | ".jpeg":
            return replace(RECIPES["jpeg"], quality=quality)
        case ".webp" | ".avif" as ending:
            return replace(RECIPES[ending[1:]], quality=quality)
        case ".psd" | ".psb":
            return RECIPES["layers"]
        case ".dng":
            return RECIPES["dng"]
        case _:
            raise NothingToDo(f"{output}: name the result .tif, .png, .jpg, .webp, .avif, .psd or .dng")


def _fitting(output: Path, recipe: ExportRecipe, image: Image, frames: int) -> Path:
    """Return `output`, or its name as a PSB where a PSD cannot hold the layers."""
    large = recipe.extension_for((image.width, image.height), frames) == "psb"
    return output.with_suffix(".psb") if large else output


def _check_targets(request: FuseRequest) -> None:
    """Raise NothingToDo where a result would replace a frame or another result, or be called what it is not."""
    maps = [path for path in (request.depth_map, request.explain) if path is not None]
    for path in maps:
        if path.suffix.lower() != ".png":
            raise NothingToDo(f"{path}: name this picture .png")
    taken = {frame.resolve() for frame in request.frames}
    for path in (request.output, *maps, *slab_paths(request)):
        if path.resolve() in taken:
            raise NothingToDo(f"{path}: is one of the frames, or named twice; name another file for the result")
        taken.add(path.resolve())


def _orientation(path: Path) -> int:
    try:
        return read_metadata(path).orientation
    except MetadataError:
        return 1


def _settings(request: FuseRequest) -> StackSettings:
    word = request.reference
    reference: Any = int(word) if word.isdigit() else word
    return StackSettings(
        method=StackSettings.parse_method(request.method),
        reference=reference,
        dust=request.dust,
        front=StackSettings.parse_front(request.front),
    )


def _explanation(fused: Fused, turn: int) -> Pixels:
    gaps, plain = gaps_and_plain(fused.sharpness, fused.crop, fused.frame_size)
    maps = Maps(
        pixels=upright(fused.pixels, turn),
        depth=upright(fused.depth, turn),
        index_map=upright(fused.index_map, turn),
        gaps=upright(gaps, turn).astype(bool),
        plain=upright(plain, turn).astype(bool),
    )
    return explain(maps, fused.report)


def fuse(request: FuseRequest, progress: Progress) -> dict[str, Any]:
    """Fuse files into one and return what `fuse --json` prints. Raises DevelopError, StackError or NothingToDo."""
    began = time.monotonic()
    recipe = _recipe(request.output, request.quality)
    if recipe.layered:
        recipe = replace(recipe, slab=request.slab, overlap=request.overlap)
    _check_targets(request)
    settings = _settings(request)
    reference = settings.index_of_reference(len(request.frames))
    lead = request.frames[reference]
    names = [path.name for path in request.frames]
    frames = open_frames(request.frames, names=names, reference=reference, settings=NEUTRAL)
    turn = _orientation(lead)
    stacked = make_stack(frames, settings, turn, progress)
    output = _fitting(request.output, recipe, stacked.image, len(names))
    tags = FileTags(carry_exif(lead, software=SOFTWARE, sources=len(names)), _provenance(names, reference, settings))
    progress("writing", 0, 1)
    if recipe.layered:
        layered.write(stacked, Look(settings=NEUTRAL), recipe, output, tags, progress)
    else:
        export.export_image(stacked.image, recipe, output, tags)
    written = _write_slabs(request, stacked, turn, tags, progress)
    _write_maps(request, stacked, turn)
    return _told(request, stacked, output, written) | {"elapsed_s": round(time.monotonic() - began, 3)}


def _provenance(names: list[str], reference: int, settings: StackSettings) -> Provenance:
    return Provenance(
        sources=tuple((name, "") for name in names),
        reference=reference,
        method=settings.method,
        engine_version=ENGINE_VERSION,
        software=SOFTWARE,
        key="",
        settings={},
    )


def _write_slabs(request: FuseRequest, stacked: Stacked, turn: int, tags: FileTags, progress: Progress) -> list[str]:
    """Write the slabs that are files of their own; return their names."""
    if not slab_paths(request):
        return []
    written, cut = [], stacked.slabs(request.slab, request.overlap)
    for number, slab in enumerate(cut, 1):
        progress("slabs", number, len(cut))
        path = _slab_path(request.output, number)
        pixels = upright(slabs.fused(slab, stacked.settings), turn)
        export.export_image(Image(pixels, stacked.space), RECIPES["tiff16"], path, tags)
        written.append(str(path))
    return written


def _write_maps(request: FuseRequest, stacked: Stacked, turn: int) -> None:
    fused = stacked.fused
    assert fused is not None
    if request.depth_map is not None:
        scaled = fused.depth / max(1, len(request.frames) - 1) * 65535
        depth = upright(np.rint(np.clip(scaled, 0, 65535)).astype(np.uint16), turn)
        png.write_grey(request.depth_map, depth)
    if request.explain is not None:
        png.write_png(request.explain, Image(_explanation(fused, turn)))


def _told(request: FuseRequest, stacked: Stacked, output: Path, written: list[str]) -> dict[str, Any]:
    assert stacked.fused is not None
    report, image = stacked.fused.report, stacked.image
    return {
        "output": str(output),
        "depth_map": str(request.depth_map) if request.depth_map else None,
        "slabs": written,
        "frames": len(request.frames),
        "used": sum(frame.used for frame in report.frames),
        "left_out": {frame.name: frame.reason or "" for frame in report.frames if not frame.used},
        "reference": request.frames[report.reference].name,
        "width": image.width,
        "height": image.height,
        "quality": quality_of(stacked),
    }
