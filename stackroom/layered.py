"""Write a stack as layers: each frame as it was laid on the reference, with the mask by which it shows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from develop import export, pipeline
from develop.codecs import psd, tiff
from develop.codecs.layer import Layer
from develop.codecs.tags import FileTags
from develop.disclosure import disclosed
from develop.image import Image, Pixels
from develop.operations import geometry
from develop.orientation import upright
from develop.recipe import ExportRecipe
from develop.relief import Relief, relief_at, relief_of
from develop.settings import DevelopSettings
from develop.white_point import WhitePoint
from stacker import slabs
from stacker.layers import AlignedFrames, Depths, Masks, trails
from stacker.slabs import SlabFrames
from stackroom import focus_distances
from stackroom.frames import FileFrames
from stackroom.retouching import strokes_on
from stackroom.stacking import Progress, Stacked

MERGED = "Merged"
DUST, RETOUCH = "Dust", "Retouch"
"""Layers that lie on the frames where dust was taken out or a brush went, each with the mask of those places."""
_THREADS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a stack is toned: its settings, and the light that its frames were decoded to hold white."""

    settings: DevelopSettings
    as_shot: WhitePoint | None = None


def _layer_names(files: FileFrames) -> list[str]:
    """Return what to call each frame's layer: its file, and how far away it is focused where the camera says so."""
    return [f"{name}{_distance(path)}" for path, name in zip(files.paths, files.names, strict=True)]


def _distance(path: Path) -> str:
    metres = focus_distances.metres(path)
    return "" if metres is None else f" {metres:.3f} m"


@dataclass(slots=True)
class _Frames:
    """The layers' pixels and masks, each worked out when its turn has come and then forgotten."""

    aligned: AlignedFrames
    finish: Callable[[Pixels], Pixels]
    masks: Masks
    mask: Pixels | None = None

    def pixels(self, number: int) -> Pixels:
        layer = self.finish(self.aligned.pixels(number))
        self.mask = self.masks.add(number, layer)
        return layer

    def taken_mask(self) -> Pixels:
        assert self.mask is not None
        mask, self.mask = self.mask, None
        return mask


def _shown(depths: Depths, orientation: int, settings: DevelopSettings) -> Depths:
    """Return the depths as the toned picture shows them: upright, turned and cut."""
    turned = np.asarray(upright(depths, orientation))
    if not geometry.active(settings):
        return turned
    view = geometry.view_of(settings, turned.shape[1], turned.shape[0])
    return np.ascontiguousarray(view.rows(turned, 0, view.height))


def relief(stacked: Stacked, look: Look) -> Relief:
    """Return how far away each place of the toned picture is. Looks at the frames again where need be."""
    settings = pipeline.resolved(stacked.image, look.settings, look.as_shot)
    with ThreadPoolExecutor(_THREADS) as pool:
        depths = _shown(stacked.depths(pool), stacked.orientation, settings)
    paths = stacked.files.paths
    metres = focus_distances.known_throughout(paths)
    if metres is not None:
        return relief_at(depths[..., 1], metres)
    return relief_of(depths[..., 1], len(paths), near_first=focus_distances.near_first(paths))


def _covers(stacked: Stacked, look: DevelopSettings, toned: DevelopSettings, merged: Pixels) -> list[Layer]:
    """Return the layers that hold what was healed and painted, where anything was."""
    where = {
        DUST: trails(stacked.laid, stacked.specks) if stacked.specks else None,
        RETOUCH: strokes_on(stacked.sources, look.retouch) if look.retouch else None,
    }
    covers: list[Layer] = []
    for name, lying in where.items():
        if lying is None or not lying.any():
            continue
        shown = np.clip(_shown(lying[..., None].repeat(3, axis=2), stacked.orientation, toned)[..., 0], 0, 1)
        if shown.shape != merged.shape[:2]:
            shown = cv2.resize(shown, (merged.shape[1], merged.shape[0]), interpolation=cv2.INTER_AREA)
        mask = np.rint(shown * np.iinfo(merged.dtype).max).astype(merged.dtype)
        covers.append(Layer(name=name, pixels=lambda: merged, mask=lambda mask=mask: mask))  # type: ignore[misc]
    return covers


def _slabs(stacked: Stacked, recipe: ExportRecipe, finish: Callable[[Pixels], Pixels]) -> list[Layer]:
    """Return the slabs as hidden layers to retouch from: the picture is what it is without them."""
    if not recipe.slab:
        return []
    return [
        Layer(
            name=slab_name(number, slab),
            pixels=lambda slab=slab: finish(slabs.fused(slab, stacked.settings)),  # type: ignore[misc]
            visible=False,
        )
        for number, slab in enumerate(stacked.slabs(recipe.slab, recipe.overlap), 1)
    ]


def slab_name(number: int, slab: SlabFrames) -> str:
    """Return what to call a slab: its number, and its first and last frame."""
    return f"Slab {number:02} {slab.name(0)} - {slab.name(len(slab) - 1)}"


def write(
    stacked: Stacked,
    look: Look,
    recipe: ExportRecipe,
    path: Path,
    tags: FileTags,
    progress: Progress,
) -> None:
    """Write the stack's frames as layers, toned as the stack is, and the stack itself on top.

    Decodes every frame once more, and holds one at a time. Raises WriteError or DecodeError.
    """
    settings = pipeline.resolved(stacked.image, look.settings, look.as_shot)

    def finished(image: Image) -> Image:
        return export.prepare(pipeline.render(image, settings, as_shot=look.as_shot), recipe)

    def finish(pixels: Pixels) -> Pixels:
        return finished(Image(upright(pixels, stacked.orientation), stacked.space)).pixels

    about = disclosed(tags, recipe)
    merged = finished(stacked.image)
    names = _layer_names(stacked.files)
    aligned = stacked.as_shot
    with ThreadPoolExecutor(_THREADS) as pool:
        depths = _shown(stacked.depths(pool), stacked.orientation, settings)
        turns = _Frames(aligned, finish, Masks(merged.pixels, depths, pool))
        layers = [
            Layer(name=names[n], pixels=lambda n=n: turns.pixels(n), mask=turns.taken_mask)  # type: ignore[misc]
            for n in aligned.numbers
        ]
        layers += _covers(stacked, look.settings, settings, merged.pixels)
        layers += _slabs(stacked, recipe, finish)
        told = partial(progress, "layers")
        if recipe.format == "tiff-layers":
            tiff.write_layers(path, merged, layers, tags=about, progress=told)
        else:
            top = Layer(name=MERGED, pixels=lambda: merged.pixels)
            psd.write_layers(path, merged, [*layers, top], tags=about, progress=told)
