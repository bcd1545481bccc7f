"""Write what a stack shows of depth: a map, a JPEG that carries it, a surface in space, a rocking animation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from develop import export
from develop.codecs import animation, glb, jpeg, png
from develop.codecs.tags import NO_TAGS, FileTags
from develop.disclosure import disclosed
from develop.errors import UnsupportedPicture
from develop.image import Image
from develop.recipe import ExportRecipe
from develop.relief import Relief, rocking

_VIEWS: Final = 48
"""Two seconds to and fro."""
_TRAVEL: Final = 4.0
_TURNS: Final = 2


def export_depth(image: Image, relief: Relief, recipe: ExportRecipe, path: Path, tags: FileTags = NO_TAGS) -> None:
    """Write an upright, toned picture and its relief by a recipe that shows depth.

    Raises WriteError, UnsupportedPicture, or SettingsError for a watermark that is not there.
    """
    if recipe.format == "depth":
        size = recipe.resize.size_for(image.width, image.height)
        png.write_grey(path, np.rint(relief.sized(*size) * 65535).astype(np.uint16))
        return
    match recipe.format:
        case "jpeg":
            ready = export.finished(image, recipe)
            jpeg.write_jpeg(path, ready, quality=recipe.quality, tags=disclosed(tags, recipe), relief=relief)
        case "mesh":
            glb.write_glb(path, _for_screens(image, recipe), relief, quality=recipe.quality)
        case "rocking":
            pixels = _for_screens(image, recipe).pixels
            views = rocking(pixels, relief, count=_VIEWS, travel=_TRAVEL)
            animation.write_mp4(path, views, turns=_TURNS)
        case "rocking-webp":
            pixels = _for_screens(image, recipe).pixels
            views = rocking(pixels, relief, count=_VIEWS, travel=_TRAVEL)
            animation.write_webp_animation(path, views, quality=recipe.quality)
        case other:
            raise UnsupportedPicture(path, f"{other} shows no depth", "choose another format")


def _for_screens(image: Image, recipe: ExportRecipe) -> Image:
    """Return the picture in sRGB, which players and viewers of surfaces take for granted."""
    return export.finished(image, replace(recipe, colour_space="srgb"))
