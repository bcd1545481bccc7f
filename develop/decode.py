"""Read pictures by what they are, not by what they are called: JPEG, PNG, TIFF, HEIF, and everything else as RAW.

Pixels come in sensor orientation: the EXIF orientation is applied once, to a result. Safe to call from many threads.
"""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from develop import colour, raw
from develop.buffers import Buffers
from develop.codecs import heif, icc, jpeg_markers, png_chunks, tiff_reading
from develop.errors import UnreadablePicture, UnsupportedPicture
from develop.image import SRGB, ColorSpace, Image, Pixels

WhiteBalance = raw.WhiteBalance
_HEAD = 64
_MOST_PIXELS = 1 << 30
"""OpenCV's own limit."""
_OTHERS = ("AVIF", "WEBP", "BMP")
# The reduction bit alone: OpenCV's named flags add BGR, which excludes RGB.
_REDUCED = (
    (8, cv2.IMREAD_REDUCED_GRAYSCALE_8),
    (4, cv2.IMREAD_REDUCED_GRAYSCALE_4),
    (2, cv2.IMREAD_REDUCED_GRAYSCALE_2),
)
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
        if path.suffix.lower() in _RAW_SUFFIXES:
            return "tiff" if tiff_reading.is_plain(path) else "raw"
        return "raw" if tiff_reading.has_raw_tags(path) else "tiff"
    if head[4:8] == b"ftyp" and head[8:12] != b"crx ":
        return "heif" if head[8:12] in heif.BRANDS and b"avif" not in head else "other"
    if (head[:4] == b"RIFF" and head[8:12] == b"WEBP") or head[:2] == b"BM":
        return "other"
    if not head:
        raise UnreadablePicture(path, "the file is empty")
    return "raw"


def is_raw(path: Path) -> bool:
    """Say whether the file is for LibRaw. Raises UnreadablePicture where it cannot be opened."""
    return _kind(path) == "raw"


def _space(profile: bytes | None, adobe: bool = False) -> ColorSpace:
    if profile is None:
        return colour.ADOBE_RGB if adobe else SRGB
    return icc.space_of(profile)


def _check_size(path: Path, size: tuple[int, int]) -> None:
    """Refuse what no decoder here takes; a damaged header may claim any size."""
    if size[0] * size[1] > _MOST_PIXELS:
        raise UnsupportedPicture(
            path, f"{size[0]} x {size[1]} pixels by its header, more than are read here", "make it smaller first"
        )


def _imread(path: Path, flags: int, into: Pixels | None = None) -> Pixels:
    try:
        # Without a place to write to, OpenCV makes the picture in memory of its own and then copies it.
        pixels = cv2.imread(str(path), into, flags)
    except cv2.error as error:
        raise UnreadablePicture(path, error.err or "its pixel data are damaged") from error
    if pixels is None:
        raise UnreadablePicture(path, "its pixel data are damaged")
    return np.asarray(pixels)


def _read_jpeg(path: Path, max_side: int | None = None, buffers: Buffers | None = None) -> Image:
    marks = jpeg_markers.read_markers(path)
    if marks.components == 4:
        raise UnsupportedPicture(path, "a CMYK JPEG, made for print", "convert it to RGB first")
    _check_size(path, marks.size)
    fitting = (each for each in _REDUCED if max_side is not None and max(marks.size) >= each[0] * max_side)
    reduction, flag = next(fitting, (1, 0))
    width, height = (-(-length // reduction) for length in marks.size)
    into = buffers.empty((height, width, 3)) if buffers else None
    pixels = _imread(path, flag | cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION, into)
    return Image(pixels, _space(marks.profile, marks.adobe))


def _read_png(path: Path) -> Image:
    _check_size(path, png_chunks.read_size(path))
    pixels = _imread(path, cv2.IMREAD_UNCHANGED)
    if pixels.ndim == 2:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB)
    else:
        pixels = cv2.cvtColor(pixels[..., :3], cv2.COLOR_BGR2RGB)
    return Image(np.ascontiguousarray(pixels), _space(png_chunks.read_profile(path)))


def _read_tiff(path: Path) -> Image:
    _check_size(path, tiff_reading.read_size(path))
    try:
        pixels, profile = tiff_reading.read_tiff(path)
    except MemoryError as error:
        raise UnreadablePicture(path, "it takes more memory than there is") from error
    return Image(pixels, _space(profile))


def _read_other(path: Path) -> Image:
    """Read what Pillow reads beside: AVIF, WebP, BMP."""
    try:
        with Pillow.open(path, formats=_OTHERS) as file:
            profile = file.info.get("icc_profile")
            return Image(np.ascontiguousarray(file.convert("RGB")), _space(profile))
    except (UnidentifiedImageError, Pillow.DecompressionBombError) as error:
        raise UnsupportedPicture(path, "a picture of a kind that is not read here") from error
    except (OSError, ValueError, SyntaxError, RuntimeError, struct.error) as error:
        raise UnreadablePicture(path, str(error)) from error


def read_image(path: Path, *, white_balance: WhiteBalance | None = None, buffers: Buffers | None = None) -> Image:
    """Return a picture at full size: uint8 or uint16 RGB in the space that its profile says.

    `white_balance` holds for raw files only; `buffers` lends the memory, where the decoder can write to it. Raises
    UnreadablePicture (damaged, cut short) or UnsupportedPicture.
    """
    match _kind(path):
        case "jpeg":
            return _read_jpeg(path, buffers=buffers)
        case "png":
            return _read_png(path)
        case "tiff":
            return _read_tiff(path)
        case "heif":
            return heif.read_heif(path)
        case "other":
            return _read_other(path)
        case _:
            return raw.read_raw(path, white_balance=white_balance)


def read_reduced(
    path: Path, max_side: int, *, white_balance: WhiteBalance | None = None, buffers: Buffers | None = None
) -> Image:
    """Return a picture whose longer side is at most about `max_side` and more than half of it, decoded cheaply.

    A picture that is smaller comes whole. `buffers` and errors as for `read_image`.
    """
    kind = _kind(path)
    if kind == "raw":
        return raw.read_reduced_raw(path, max_side, white_balance=white_balance)
    image = _read_jpeg(path, max_side, buffers) if kind == "jpeg" else read_image(path)
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
            return tiff_reading.read_size(path)
        case "heif":
            return heif.read_size(path)
        case "other":
            image = _read_other(path)
            return image.width, image.height
        case _:
            return raw.raw_size(path)
