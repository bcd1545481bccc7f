"""Write a rendered picture by a recipe: colour space, size, depth, format; whole or not at all."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from develop import colour
from develop.codecs import dng, jpeg, png, psd, tiff
from develop.codecs.layer import Layer
from develop.codecs.tags import NO_TAGS, FileTags
from develop.image import ColorSpace, Image, Pixels
from develop.recipe import ExportRecipe

_GRAIN = np.random.default_rng(257).integers(0, 257, (128, 128, 3)).astype(np.uint16)


def _target_space(image: Image, recipe: ExportRecipe) -> ColorSpace:
    return image.space if recipe.colour_space == "source" else colour.SPACES[recipe.colour_space]


def _sized(image: Image, long_edge: int, space: ColorSpace) -> Image:
    """Return the picture no larger than `long_edge`, mixed as light mixes, in another space; 16 bits if it changed."""
    scale = long_edge / max(image.width, image.height)
    if not long_edge or scale >= 1:
        same = colour.same_encoding(image.space, space)
        return colour.convert(image if same else _with_depth(image, 16), space)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    light = cv2.resize(colour.to_linear(image.pixels, image.space), size, interpolation=cv2.INTER_AREA)
    light = cv2.transform(light, colour.matrix(image.space, space).astype(np.float32))
    return Image(colour.from_linear(np.asarray(light, dtype=np.float32), space, np.uint16), space)


def _sharpened(image: Image, amount: float) -> Image:
    if amount <= 0:
        return image
    blurred = cv2.GaussianBlur(image.pixels, (0, 0), 0.7)
    # addWeighted saturates at the type's own limits.
    strength = amount / 100
    return Image(cv2.addWeighted(image.pixels, 1 + strength, blurred, -strength, 0), image.space)


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
    """Return the picture in the recipe's space, size and depth."""
    sized = _sized(image, recipe.long_edge, _target_space(image, recipe))
    return _with_depth(_sharpened(sized, recipe.sharpen), recipe.bits)


def export_image(image: Image, recipe: ExportRecipe, path: Path, tags: FileTags = NO_TAGS) -> None:
    """Write an upright picture to `path` by the recipe, a layered one as a single layer. Raises WriteError."""
    ready = prepare(image, recipe)
    match recipe.format:
        case "jpeg":
            jpeg.write_jpeg(path, ready, quality=recipe.quality, tags=tags)
        case "png":
            png.write_png(path, ready, tags=tags)
        case "psd":
            psd.write_layers(path, ready, [Layer(name="Merged", pixels=lambda: ready.pixels)], tags=tags)
        case "dng":
            dng.write_dng(path, ready, tags=tags)
        case _:
            tiff.write_tiff(path, ready, packed=recipe.name == "archive", tags=tags)
