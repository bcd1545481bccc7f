"""Read pictures by what they are, not by what they are called: JPEG, PNG, TIFF, and everything else as RAW.

Pixels come in sensor orientation: the EXIF orientation is applied once, to a result. Safe to call from many threads.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile

from develop import colour, raw
from develop.codecs import icc, jpeg_markers, png_chunks
from develop.errors import DecodeError, UnreadablePicture, UnsupportedPicture
from develop.image import SRGB, ColorSpace, Image, Pixels

WhiteBalance = raw.WhiteBalance
_HEAD = 64
# The reduction bit alone: OpenCV's named flags add BGR, which excludes RGB.
_REDUCED = (
    (8, cv2.IMREAD_REDUCED_GRAYSCALE_8),
    (4, cv2.IMREAD_REDUCED_GRAYSCALE_4),
    (2, cv2.IMREAD_REDUCED_GRAYSCALE_2),
)
# Tags that only RAW files have: a TIFF with one of them is for LibRaw.
_RAW_TAGS = frozenset((33422, 50706, 50740, 37399, 46275))
_RAW_SUFFIXES = frozenset(
    (".nef", ".nrw", ".arw", ".cr2", ".dng", ".pef", ".srw", ".3fr", ".iiq", ".erf", ".kdc", ".mos")
)


def _kind(path: Path) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise UnreadablePicture(path, error.strerror or str(error)) from error
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "raw" if path.suffix.lower() in _RAW_SUFFIXES or _has_raw_tags(path) else "tiff"
    if head[4:8] == b"ftyp" and head[8:12] not in (b"crx ",):
        return "heif"
    if not head:
        raise UnreadablePicture(path, "the file is empty")
    return "raw"


def _has_raw_tags(path: Path) -> bool:
    try:
        with tifffile.TiffFile(path) as file:
            return bool(_RAW_TAGS & {tag.code for tag in file.pages.first.tags})
    except (tifffile.TiffFileError, ValueError, IndexError, KeyError):
        return False


def is_raw(path: Path) -> bool:
    """Say whether the file is for LibRaw. Raises UnreadablePicture where it cannot be opened."""
    return _kind(path) == "raw"


def _space(profile: bytes | None, adobe: bool = False) -> ColorSpace:
    if profile is None:
        return colour.ADOBE_RGB if adobe else SRGB
    known = icc.read_profile(profile)
    # An unknown profile is handed on unchanged with the pixels that it belongs to; only its look as sRGB is a guess.
    return known or replace(SRGB, name="the camera's own profile", icc=profile)


def _imread(path: Path, flags: int) -> Pixels:
    pixels = cv2.imread(str(path), flags)
    if pixels is None:
        raise UnreadablePicture(path, "its pixel data are damaged")
    return np.asarray(pixels)


def _read_jpeg(path: Path, reduction: int = 1) -> Image:
    marks = jpeg_markers.read_markers(path)
    if marks.components == 4:
        raise UnsupportedPicture(path, "a CMYK JPEG, made for print")
    flag = next((flag for factor, flag in _REDUCED if factor == reduction), 0)
    pixels = _imread(path, flag | cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    return Image(pixels, _space(marks.profile, marks.adobe))


def _read_png(path: Path) -> Image:
    pixels = _imread(path, cv2.IMREAD_UNCHANGED)
    if pixels.ndim == 2:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB)
    else:
        pixels = cv2.cvtColor(pixels[..., :3], cv2.COLOR_BGR2RGB)
    return Image(np.ascontiguousarray(pixels), _space(png_chunks.read_profile(path)))


def _to_rgb(path: Path, array: Any, page: Any) -> Pixels:
    pixels = np.asarray(array)
    if page.planarconfig == tifffile.PLANARCONFIG.SEPARATE and pixels.ndim == 3:
        pixels = np.moveaxis(pixels, 0, -1)
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
        pixels = np.iinfo(pixels.dtype).max - pixels
    if page.photometric not in (
        tifffile.PHOTOMETRIC.RGB,
        tifffile.PHOTOMETRIC.MINISBLACK,
        tifffile.PHOTOMETRIC.MINISWHITE,
        tifffile.PHOTOMETRIC.YCBCR,
    ):
        raise UnsupportedPicture(path, f"a TIFF of the kind {page.photometric.name.lower()}")
    if pixels.ndim == 2 or pixels.shape[2] < 3:
        grey = pixels if pixels.ndim == 2 else pixels[..., 0]
        pixels = np.repeat(grey[..., None], 3, axis=2)
    pixels = pixels[..., :3]
    if pixels.dtype in (np.float16, np.float64):
        pixels = pixels.astype(np.float32)
    if pixels.dtype not in (np.uint8, np.uint16, np.float32):
        raise UnsupportedPicture(path, f"a TIFF with samples of type {pixels.dtype}")
    return np.ascontiguousarray(pixels)


def _read_tiff(path: Path) -> Image:
    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages.first
            pixels = _to_rgb(path, page.asarray(), page)
            tag = page.tags.get(34675)
            profile = bytes(tag.value) if tag is not None else None
    except DecodeError:
        raise
    except MemoryError:
        raise
    except Exception as error:
        # tifffile lets many kinds of error out of a damaged file; all mean the same to whoever asked for the picture.
        if "requires the 'imagecodecs' package" in str(error):
            raise UnsupportedPicture(path, "a TIFF with a compression that is not read here") from error
        raise UnreadablePicture(path, str(error).splitlines()[0] if str(error) else type(error).__name__) from error
    if pixels.dtype == np.float32:
        pixels = np.rint(np.clip(pixels, 0, 1) * 65535).astype(np.uint16)
    return Image(pixels, _space(profile))


def read_image(path: Path, *, white_balance: WhiteBalance | None = None) -> Image:
    """Return a picture at full size: uint8 or uint16 RGB in the space that its profile says.

    `white_balance` holds for raw files only. Raises UnreadablePicture (damaged, cut short) or UnsupportedPicture.
    """
    match _kind(path):
        case "jpeg":
            return _read_jpeg(path)
        case "png":
            return _read_png(path)
        case "tiff":
            return _read_tiff(path)
        case "heif":
            raise UnsupportedPicture(path, "HEIF pictures are catalogued but not decoded")
        case _:
            return raw.read_raw(path, white_balance=white_balance)


def read_reduced(path: Path, max_side: int, *, white_balance: WhiteBalance | None = None) -> Image:
    """Return a picture whose longer side is at most about `max_side` and more than half of it, decoded cheaply.

    A picture that is smaller comes whole. Errors as `read_image`.
    """
    kind = _kind(path)
    if kind == "raw":
        return raw.read_reduced_raw(path, max_side, white_balance=white_balance)
    if kind == "jpeg":
        longest = max(jpeg_markers.read_markers(path).size)
        reduction = next((factor for factor, _ in _REDUCED if longest >= factor * max_side), 1)
        image = _read_jpeg(path, reduction)
    else:
        image = read_image(path)
    scale = max_side / max(image.width, image.height)
    if scale >= 1:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return Image(cv2.resize(image.pixels, size, interpolation=cv2.INTER_AREA), image.space)


def read_size(path: Path) -> tuple[int, int]:
    """Return (width, height) of what `read_image` gives, from the header. Raises DecodeError."""
    match _kind(path):
        case "jpeg":
            return jpeg_markers.read_markers(path).size
        case "png":
            return png_chunks.read_size(path)
        case "tiff":
            try:
                with tifffile.TiffFile(path) as file:
                    page = file.pages.first
                    return int(page.imagewidth), int(page.imagelength)
            except (tifffile.TiffFileError, ValueError, IndexError, KeyError) as error:
                raise UnreadablePicture(path, str(error)) from error
        case "heif":
            raise UnsupportedPicture(path, "HEIF pictures are catalogued but not decoded")
        case _:
            return raw.raw_size(path)
