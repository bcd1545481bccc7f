"""Write a rendered picture by a recipe: colour space, size, depth, format; whole or not at all."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from develop import colour
from develop.codecs import dng, jpeg, png, psd, tiff, web
from develop.codecs.layer import Layer
from develop.codecs.tags import NO_TAGS, FileTags
from develop.disclosure import disclosed
from develop.errors import UnsupportedPicture
from develop.image import ColorSpace, Image, Pixels
from develop.output_sharpening import sharpened
from develop.recipe import ExportRecipe
from develop.resize import Resize
from develop.watermark import marked

_GRAIN = np.random.default_rng(257).integers(0, 257, (128, 128, 3)).astype(np.uint16)


def _target_space(image: Image, recipe: ExportRecipe) -> ColorSpace:
    return image.space if recipe.colour_space == "source" else colour.SPACES[recipe.colour_space]


def _sized(image: Image, resize: Resize, space: ColorSpace) -> Image:
    """Return the picture no larger than allowed, mixed as light mixes, in another space; 16 bits if it changed."""
    size = resize.size_for(image.width, image.height)
    if size == (image.width, image.height):
        same = colour.same_encoding(image.space, space)
        return colour.convert(image if same else _with_depth(image, 16), space)
    light = cv2.resize(colour.to_linear(image.pixels, image.space), size, interpolation=cv2.INTER_AREA)
    light = cv2.transform(light, colour.matrix(image.space, space).astype(np.float32))
    return Image(colour.from_linear(np.asarray(light, dtype=np.float32), space, np.uint16), space)


def _dithered(pixels: Pixels) -> Pixels:
    """Return 16-bit values as 8-bit ones, on the average equal: the soft backgrounds of macro would show bands.

    A value that 8 bits hold exactly (a multiple of 257) comes out as itself. The pattern is always the same.
    """
    result = np.empty(pixels.shape, np.uint8)
    across = -(-pixels.shape[1] // _GRAIN.shape[1])
    pattern = np.tile(_GRAIN, (1, across, 1))[:, : pixels.shape[1]]

    def band(top: int) -> None:
        part = pixels[top : top + len(pattern)]
        grained = cv2.add(part, pattern[: len(part)])  # saturates, as it must
        # 65535 / 255 = 257. Taking off a little less than a half makes rounding a division with its rest dropped.
        result[top : top + len(part)] = cv2.convertScaleAbs(grained, alpha=1 / 257, beta=-0.498)

    colour.each_band(len(pixels), band, rows=len(pattern))
    return result


def _with_depth(image: Image, bits: int) -> Image:
    pixels = image.pixels
    if pixels.dtype == np.float32:
        pixels = np.rint(np.clip(pixels, 0, 1) * 65535).astype(np.uint16)
    if bits == 8 and pixels.dtype == np.uint16:
        pixels = _dithered(pixels)
    elif bits == 16 and pixels.dtype == np.uint8:
        pixels = pixels.astype(np.uint16) * 257
    return Image(pixels, image.space)


def prepare(image: Image, recipe: ExportRecipe) -> Image:
    """Return the picture in the recipe's space, size and depth, sharpened for its medium."""
    sized = _sized(image, recipe.resize, _target_space(image, recipe))
    return _with_depth(sharpened(sized, recipe.sharpen, recipe.sharpen_for, recipe.dpi), recipe.bits)


def finished(image: Image, recipe: ExportRecipe) -> Image:
    """Return the picture as a file of one layer shows it. Raises SettingsError for a watermark that is not there."""
    ready = prepare(image, recipe)
    return marked(ready, recipe.watermark) if recipe.watermark and recipe.format != "dng" else ready


def export_image(image: Image, recipe: ExportRecipe, path: Path, tags: FileTags = NO_TAGS) -> None:
    """Write an upright picture to `path` by the recipe, a layered one as a single layer.

    Raises WriteError, UnsupportedPicture (also where only a stack has what the recipe shows), or SettingsError for a
    watermark that is not there.
    """
    if recipe.shows_depth:
        why = f"recipe {recipe.name} shows the depth of a stack, and this is a single picture"
        raise UnsupportedPicture(path, why, "choose another recipe for it")
    ready = finished(image, recipe)
    told = disclosed(tags, recipe)
    match recipe.format:
        case "jpeg":
            jpeg.write_jpeg(path, ready, quality=recipe.quality, tags=told)
        case "png":
            png.write_png(path, ready, tags=told)
        case "webp":
            web.write_webp(path, ready, quality=recipe.quality, tags=told)
        case "avif":
            web.write_avif(path, ready, quality=recipe.quality, tags=told)
        case "psd":
            psd.write_layers(path, ready, [Layer(name="Merged", pixels=lambda: ready.pixels)], tags=told)
        case "dng":
            dng.write_dng(path, ready, tags=told)
        case _:
            tiff.write_tiff(path, ready, packed=recipe.name == "archive", tags=told)
