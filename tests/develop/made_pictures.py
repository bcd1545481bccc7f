"""Pictures and tags that the tests of the codecs share: made from numbers, so that their truth is known."""

from __future__ import annotations

import numpy as np

from develop.codecs import ifd
from develop.codecs.exif import CarriedExif
from develop.codecs.tags import FileTags
from develop.codecs.xmp_packet import Provenance
from develop.image import SRGB, ColorSpace, Image


def noise(width: int, height: int, dtype: type[np.generic], space: ColorSpace = SRGB) -> Image:
    """Return a picture of every value its type holds."""
    rng = np.random.default_rng(width * height)
    return Image(rng.integers(0, np.iinfo(np.dtype(dtype)).max + 1, (height, width, 3)).astype(dtype), space)


def scene(width: int = 192, height: int = 128) -> Image:
    """Return a smooth 8-bit picture, as a photograph is to a codec."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    planes = [128 + 90 * np.sin(x / 17 + phase) * np.cos(y / 23 - phase) for phase in (0.0, 0.5, 1.0)]
    return Image(np.rint(np.stack(planes, axis=2)).astype(np.uint8))


EXIF = CarriedExif(
    image={entry.tag: entry for entry in (ifd.text(0x010F, "Kamera"), ifd.text(0x0110, "K 1"))},
    exif={
        entry.tag: entry
        for entry in (
            ifd.rationals(0x829A, [(1, 125)]),
            ifd.rationals(0x829D, [(28, 10)]),
            ifd.shorts(0x8827, 400),
            ifd.text(0x9003, "2026:10:03 11:12:13"),
            ifd.text(0x9011, "+02:00"),
            ifd.text(0x9291, "05"),
            ifd.rationals(0x9206, [(312, 1000)]),
            ifd.rationals(0x920A, [(100, 1)]),
            ifd.text(0xA431, "0042"),
            ifd.text(0xA434, "100mm F2.8 Macro"),
        )
    },
    gps={
        entry.tag: entry
        for entry in (
            ifd.text(1, "N"),
            ifd.rationals(2, [(47, 1), (30, 1), (0, 1)]),
            ifd.text(3, "E"),
            ifd.rationals(4, [(8, 1), (15, 1), (0, 1)]),
        )
    },
    software="Stackroom 9.9",
    sources=3,
)

PROVENANCE = Provenance(
    sources=(("IMG_1.JPG", "aa"), ("IMG_2 & <co>.JPG", "bb"), ("Käfer_3.JPG", "")),
    reference=1,
    method="pyramid",
    engine_version="7",
    software="Stackroom 9.9",
    key="0123abcd",
    settings={},
)

TAGS = FileTags(EXIF, PROVENANCE)
