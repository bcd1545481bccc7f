"""Read TIFF files of every common layout: 8, 16 and floating bits, grey, planar, palette, packed."""

from __future__ import annotations

import logging
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile

from develop.errors import DecodeError, UnreadablePicture, UnsupportedPicture
from develop.image import Pixels

# What tifffile finds odd in a file comes back as our own error, or does not matter.
logging.getLogger("tifffile").setLevel(logging.CRITICAL)

_ICC = 34675
# Tags that only RAW files have: a TIFF with one of them is for LibRaw.
_RAW_TAGS = frozenset((33422, 50706, 50740, 37399, 46275))
_SUB_IFDS, _LEAF = 330, 34310
_KINDS = tifffile.PHOTOMETRIC
_PLAIN = (_KINDS.RGB, _KINDS.MINISBLACK, _KINDS.MINISWHITE)
_BY_OPENCV = (_KINDS.PALETTE, _KINDS.YCBCR)


def has_raw_tags(path: Path) -> bool:
    """Say whether the first directory holds what only a camera's raw file holds."""
    try:
        with tifffile.TiffFile(path) as file:
            return bool(_RAW_TAGS & {tag.code for tag in file.pages.first.tags})
    except (tifffile.TiffFileError, ValueError, IndexError, KeyError, struct.error):
        return False


def is_plain(path: Path) -> bool:
    """Say whether a TIFF is one finished picture, whatever it is called: no mosaic, no sub-pictures."""
    try:
        with tifffile.TiffFile(path) as file:
            page: Any = file.pages.first
            tags = {tag.code for tag in page.tags}
            return len(file.pages) == 1 and page.photometric in _PLAIN and not tags & (_RAW_TAGS | {_SUB_IFDS, _LEAF})
    except (tifffile.TiffFileError, ValueError, IndexError, KeyError, AttributeError, struct.error):
        return False


def read_size(path: Path) -> tuple[int, int]:
    """Return (width, height) of the first page. Raises UnreadablePicture."""
    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            return int(page.imagewidth), int(page.imagelength)
    except (tifffile.TiffFileError, ValueError, IndexError, KeyError, struct.error) as error:
        raise UnreadablePicture(path, _words(error)) from error


def read_tiff(path: Path) -> tuple[Pixels, bytes | None]:
    """Return the first page as uint8 or uint16 RGB, and its profile. Raises DecodeError."""
    try:
        with tifffile.TiffFile(path) as file:
            page: Any = file.pages.first
            _check_profile(path, file, page)
            tag = page.tags.get(_ICC)
            profile = bytes(tag.value) if tag is not None else None
            return _read_page(path, page), profile
    except (DecodeError, MemoryError):
        raise
    except Exception as error:
        raise UnreadablePicture(path, _words(error)) from error


def _words(error: Exception) -> str:
    if isinstance(error, (IndexError, KeyError, AttributeError, TypeError, struct.error)):
        return "its header is damaged"
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _check_profile(path: Path, file: Any, page: Any) -> None:
    """Refuse a file whose directory names a profile that lies beyond its end: its colours would be anyone's guess."""
    handle = file.filehandle
    form = file.tiff
    handle.seek(page.offset)
    (count,) = struct.unpack(form.tagnoformat, handle.read(form.tagnosize))
    table = handle.read(count * form.tagsize)
    order = form.byteorder
    named = any(struct.unpack_from(f"{order}H", table, at)[0] == _ICC for at in range(0, len(table) - 1, form.tagsize))
    if len(table) < count * form.tagsize or (named and page.tags.get(_ICC) is None):
        raise UnreadablePicture(path, "it ends before its colour profile")


def _read_page(path: Path, page: Any) -> Pixels:
    if page.photometric in _BY_OPENCV:
        return _by_opencv(path)
    if page.photometric not in _PLAIN:
        kind = page.photometric.name.lower()
        raise UnsupportedPicture(path, f"a TIFF of the kind {kind}", "convert it to RGB first")
    try:
        array = np.asarray(page.asarray())
    except ValueError as error:
        if "requires the 'imagecodecs' package" in str(error):
            return _by_opencv(path)
        raise
    return _to_rgb(path, array, page)


def _by_opencv(path: Path) -> Pixels:
    """Read packings that tifffile has no code for, LZW and JPEG the commonest."""
    # Asked for RGB itself, OpenCV 5.0 swaps bytes instead of channels in 16-bit TIFF, and gives noise.
    pixels = cv2.imread(str(path), cv2.IMREAD_ANYDEPTH | cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None or pixels.dtype not in (np.uint8, np.uint16):
        raise UnsupportedPicture(path, "a TIFF with a compression that is not read here, or damaged")
    return np.ascontiguousarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))


def _to_rgb(path: Path, array: Pixels, page: Any) -> Pixels:
    pixels = array
    if page.planarconfig == tifffile.PLANARCONFIG.SEPARATE and pixels.ndim == 3:
        pixels = np.moveaxis(pixels, 0, -1)
    if pixels.dtype == np.bool_:
        pixels = pixels.astype(np.uint8) * np.uint8(255)
    if pixels.dtype.kind == "f":
        pixels = np.rint(np.clip(np.nan_to_num(pixels), 0, 1) * 65535).astype(np.uint16)
    if pixels.dtype not in (np.uint8, np.uint16):
        raise UnsupportedPicture(path, f"a TIFF with samples of type {pixels.dtype}")
    if page.photometric == _KINDS.MINISWHITE:
        pixels = np.iinfo(pixels.dtype).max - pixels
    if pixels.ndim == 2 or pixels.shape[2] < 3:
        grey = pixels if pixels.ndim == 2 else pixels[..., 0]
        pixels = np.repeat(grey[..., None], 3, axis=2)
    return np.ascontiguousarray(pixels[..., :3])
