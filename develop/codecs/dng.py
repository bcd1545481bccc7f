"""Write a linear DNG: the stack as raw data, so that other raw programs develop it with every setting still open.

Adobe Digital Negative Specification 1.6: LinearRaw, three samples a pixel, scene-linear 16 bits.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from develop import colour
from develop.codecs import atomic, exif, ifd, tiff_pages
from develop.codecs.exif import CarriedExif
from develop.codecs.ifd import Directory, Entry
from develop.codecs.tags import NO_TAGS, FileTags
from develop.codecs.tiff_pages import LINEAR_RAW, Page
from develop.codecs.xmp_packet import render_packet
from develop.image import D50, ColorSpace, Image

_XMP = 700
_MODEL = "Stackroom linear"
_D65_CODE, _D50_CODE = 21, 23
_FRACTION = 10_000
_TOP = 65535
_CLASSIC_LIMIT = (1 << 32) - (1 << 25)


def write_dng(path: Path, image: Image, *, tags: FileTags = NO_TAGS) -> None:
    """Write uint16 RGB pixels, decoded to linear light, as a raw file whose camera sees in the picture's space.

    Not packed: LibRaw unpacks no deflated whole numbers. Raises WriteError.
    """
    light = colour.from_linear(colour.to_linear(image.pixels, image.space), colour.WORKING, np.uint16)
    about = exif.directory(tags.exif or CarriedExif(), space=image.space)
    if tags.provenance:
        about = about.with_entries(ifd.raw_bytes(_XMP, render_packet(tags.provenance), ifd.BYTE))
    page = Page(light, _with_raw_tags(about, image.space), photometric=LINEAR_RAW)
    with atomic.write_beside(path) as partial, partial.open("wb") as file:
        tiff_pages.write_pages(file, [page], big=light.nbytes > _CLASSIC_LIMIT)


def _with_raw_tags(about: Directory, space: ColorSpace) -> Directory:
    return about.with_entries(
        ifd.longs(254, [0]),
        ifd.raw_bytes(50706, b"\1\4\0\0", ifd.BYTE),  # DNGVersion
        ifd.raw_bytes(50707, b"\1\4\0\0", ifd.BYTE),  # DNGBackwardVersion
        ifd.text(50708, _MODEL),  # UniqueCameraModel
        ifd.shorts(50714, 0, 0, 0),  # BlackLevel
        ifd.longs(50717, [_TOP] * 3),  # WhiteLevel
        _camera_matrix(space),
        ifd.rationals(50728, [(1, 1)] * 3),  # AsShotNeutral: white balance is already in the numbers
        ifd.rationals(50730, [(0, 1)], ifd.SRATIONAL),  # BaselineExposure
        ifd.shorts(50778, _D50_CODE if space.white == D50 else _D65_CODE),  # CalibrationIlluminant1
    )


def _camera_matrix(space: ColorSpace) -> Entry:
    """Return ColorMatrix1, from XYZ under the calibration illuminant to the 'camera'."""
    values = np.linalg.inv(colour.to_xyz(space)).ravel()
    return ifd.rationals(50721, [(round(value * _FRACTION), _FRACTION) for value in values], ifd.SRATIONAL)
