"""Write WebP and AVIF files: 8 bits, with the profile, Exif and XMP inside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image as Pillow

from develop.codecs import atomic, exif, icc
from develop.codecs.tags import NO_TAGS, FileTags
from develop.codecs.xmp_packet import render_packet
from develop.errors import UnsupportedPicture
from develop.image import Image

_LONGEST: Final = {"WEBP": 16_383, "AVIF": 65_535}
_FULL_COLOUR_FROM: Final = 90
_SPEED: Final = 8
"""AVIF's encoder from 0 to 10: on a 24-megapixel picture 8 takes seconds where the usual 6 takes most of a minute."""


def _write(path: Path, kind: str, image: Image, tags: FileTags, options: dict[str, Any]) -> None:
    if max(image.width, image.height) > _LONGEST[kind]:
        raise UnsupportedPicture(
            path, f"a {kind} file holds at most {_LONGEST[kind]} pixels a side", "export it smaller, or as TIFF"
        )
    if tags.exif:
        # Pillow would write the block anew, with other types, to move its orientation into AVIF's own box.
        told = replace(tags.exif, orientation=None) if kind == "AVIF" and tags.exif.orientation == 1 else tags.exif
        options["exif"] = exif.block(told, width=image.width, height=image.height, space=image.space, dpi=tags.dpi)
    if tags.provenance:
        options["xmp"] = render_packet(tags.provenance)
    picture = Pillow.fromarray(np.ascontiguousarray(image.pixels), "RGB")
    with atomic.write_beside(path) as partial, partial.open("wb") as file:
        picture.save(file, kind, icc_profile=icc.make_profile(image.space), **options)


def write_webp(path: Path, image: Image, *, quality: int, tags: FileTags = NO_TAGS) -> None:
    """Write uint8 RGB pixels; quality 100 is without loss. Raises WriteError or UnsupportedPicture."""
    _write(path, "WEBP", image, tags, {"quality": quality, "lossless": quality == 100, "method": 4})


def write_avif(path: Path, image: Image, *, quality: int, tags: FileTags = NO_TAGS) -> None:
    """Write uint8 RGB pixels. Raises WriteError or UnsupportedPicture."""
    sampling = "4:4:4" if quality >= _FULL_COLOUR_FROM else "4:2:0"
    _write(path, "AVIF", image, tags, {"quality": quality, "subsampling": sampling, "speed": _SPEED})
