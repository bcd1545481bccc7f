"""Write TIFF files: 8 or 16 bits, plain or packed, with the profile, XMP and real Exif directories inside."""

from __future__ import annotations

from pathlib import Path

from develop.codecs import atomic, exif, icc, ifd, tiff_pages
from develop.codecs.ifd import Directory
from develop.codecs.tags import NO_TAGS, FileTags
from develop.codecs.tiff_pages import Page
from develop.codecs.xmp_packet import render_packet
from develop.image import Image

_ICC, _XMP = 34675, 700
_CLASSIC_LIMIT = (1 << 32) - (1 << 25)


def page_tags(image: Image, tags: FileTags) -> Directory:
    """Return what a page says beside its pixels: resolution, profile, provenance, Exif and GPS."""
    entries = [
        ifd.rationals(282, [(300, 1)]),
        ifd.rationals(283, [(300, 1)]),
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
