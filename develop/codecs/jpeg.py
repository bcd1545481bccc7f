"""Write JPEG files: 8 bits, the profile, Exif and XMP inside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from develop.codecs import atomic, depth_packet, exif, icc
from develop.codecs.tags import NO_TAGS, FileTags
from develop.codecs.xmp_packet import JPEG_LIMIT, render_packet
from develop.errors import UnsupportedPicture
from develop.image import Image
from develop.relief import Relief

_EXIF = b"Exif\0\0"
_LONGEST_SIDE = 65_500
_FULL_COLOUR_FROM = 90
"""From this quality on colour is kept at full resolution: fine coloured edges are what a stack is looked at for."""


def write_jpeg(
    path: Path, image: Image, *, quality: int, tags: FileTags = NO_TAGS, relief: Relief | None = None
) -> None:
    """Write uint8 RGB pixels, with the depth map `relief` inside where one is given.

    Raises WriteError, or UnsupportedPicture for more than 65500 pixels a side.
    """
    if max(image.width, image.height) > _LONGEST_SIDE:
        raise UnsupportedPicture(
            path, f"a JPEG holds at most {_LONGEST_SIDE} pixels a side", "export it smaller, or as TIFF"
        )
    pixels = np.ascontiguousarray(image.pixels)
    extra = (
        {"exif": _EXIF + exif.block(tags.exif, width=image.width, height=image.height, space=image.space, dpi=tags.dpi)}
        if tags.exif
        else {}
    )
    packet = render_packet(tags.provenance, JPEG_LIMIT - depth_packet.ROOM) if tags.provenance else None
    if relief is not None:
        extension = depth_packet.extended(relief)
        packet = depth_packet.announced(packet, relief, extension)
        extra["extra"] = depth_packet.segments(extension)
    if packet is not None:
        extra["xmp"] = packet
    with atomic.write_beside(path) as partial, partial.open("wb") as file:
        Pillow.fromarray(pixels, "RGB").save(
            file,
            "JPEG",
            quality=quality,
            subsampling=0 if quality >= _FULL_COLOUR_FROM else 2,
            icc_profile=icc.make_profile(image.space),
            dpi=(tags.dpi, tags.dpi),
            **extra,
        )
