"""Write TIFF files: 8 or 16 bits, plain or packed, with the profile, XMP and real Exif directories inside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from develop.codecs import atomic, exif, icc, ifd, tiff_pages
from develop.codecs.ifd import Directory
from develop.codecs.layer import Layer, Progress, silent
from develop.codecs.tags import NO_TAGS, FileTags
from develop.codecs.tiff_pages import Page
from develop.codecs.xmp_packet import render_packet
from develop.image import Image

_ICC, _XMP, _PAGE_NAME = 34675, 700, 285
_CLASSIC_LIMIT = (1 << 32) - (1 << 25)


def page_tags(image: Image, tags: FileTags) -> Directory:
    """Return what a page says beside its pixels: resolution, profile, provenance, Exif and GPS."""
    entries = [
        ifd.rationals(282, [(tags.dpi, 1)]),
        ifd.rationals(283, [(tags.dpi, 1)]),
        ifd.shorts(296, 2),
        ifd.raw_bytes(_ICC, icc.make_profile(image.space)),
    ]
    if tags.provenance:
        entries.append(ifd.raw_bytes(_XMP, render_packet(tags.provenance), ifd.BYTE))
    about = exif.directory(tags.exif, space=image.space) if tags.exif else Directory()
    return about.with_entries(*entries)


def write_tiff(path: Path, image: Image, *, packed: bool = False, tags: FileTags = NO_TAGS) -> None:
    """Write uint8 or uint16 RGB pixels; `packed` compresses without loss. BigTIFF from about 4 GiB on.

    Raises WriteError.
    """
    page = Page(image.pixels, page_tags(image, tags), packed=packed)
    big = image.pixels.nbytes > _CLASSIC_LIMIT
    with atomic.write_beside(path) as partial, partial.open("wb") as file:
        tiff_pages.write_pages(file, [page], big=big)


def write_layers(
    path: Path,
    merged: Image,
    layers: Sequence[Layer],
    *,
    tags: FileTags = NO_TAGS,
    progress: Progress | None = None,
) -> None:
    """Write `merged` as the first page and each layer as a page of its own, with its mask as opacity and its name.

    One layer is in memory at a time. Raises WriteError.
    """
    tell = progress or silent

    def pages() -> Iterator[Page]:
        yield Page(merged.pixels, page_tags(merged, tags), packed=True)
        # A page cannot be hidden: where later ones lie on top, the shown layers cover the others.
        for number, layer in enumerate(sorted(layers, key=lambda each: each.visible)):
            tell(number, len(layers))
            pixels, mask = layer.load(merged)
            samples = pixels if mask is None else np.dstack((pixels, mask))
            about = page_tags(merged, FileTags(dpi=tags.dpi)).with_entries(ifd.text(_PAGE_NAME, layer.name))
            yield Page(samples, about, packed=True)
        tell(len(layers), len(layers))

    big = merged.pixels.nbytes // 3 * (4 * len(layers) + 3) > _CLASSIC_LIMIT
    with atomic.write_beside(path) as partial, partial.open("wb") as file:
        tiff_pages.write_pages(file, pages(), big=big)
