"""Read HEIF (HEIC, HIF) through pi-heif, where it is installed: it decodes only, and no part of it is GPL."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from develop.errors import UnreadablePicture, UnsupportedPicture
from develop.image import Pixels
from develop.orientation import upright

BRANDS = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"))
_ORIENTATION = 0x0112
_BACK = {6: 8, 8: 6}
"""What undoes a turn; every other orientation undoes itself."""


def _opened(path: Path) -> Any:
    try:
        library = importlib.import_module("pi_heif")
    except ImportError as error:
        raise UnsupportedPicture(path, "HEIF is read with `pip install 'stackroom[heif]'`; without it") from error
    try:
        return library.open_heif(str(path), convert_hdr_to_8bit=False)
    except (OSError, EOFError, ValueError, SyntaxError, RuntimeError) as error:
        raise UnreadablePicture(path, str(error)) from error


def _orientation(exif: bytes | None) -> int:
    if not exif:
        return 1
    tags = Pillow.Exif()
    try:
        tags.load(exif)
    except (OSError, ValueError, SyntaxError, KeyError, IndexError):
        return 1
    found = tags.get(_ORIENTATION, 1)
    return found if isinstance(found, int) else 1


def read_heif(path: Path) -> tuple[Pixels, bytes | None]:
    """Return RGB pixels (8 or 16 bits) as the sensor saw them, and the profile if there is one.

    The container's own turn is undone, since Exif says the same and is applied once, to a result. Raises
    UnreadablePicture, or UnsupportedPicture where pi-heif is not installed.
    """
    file = _opened(path)
    try:
        pixels = np.asarray(file)[..., :3]
    except (OSError, EOFError, ValueError, RuntimeError) as error:
        raise UnreadablePicture(path, str(error)) from error
    if pixels.dtype == np.uint16:
        # Ten or twelve bits come at the top of sixteen: filled from below, so that white is white.
        pixels = pixels | pixels >> int(file.info.get("bit_depth", 16))
    turn = _orientation(file.info.get("exif"))
    return np.ascontiguousarray(upright(pixels, _BACK.get(turn, turn))), file.info.get("icc_profile")


def read_size(path: Path) -> tuple[int, int]:
    """Return (width, height) of what `read_heif` gives, from the header."""
    file = _opened(path)
    width, height = file.size
    return (height, width) if _orientation(file.info.get("exif")) in (5, 6, 7, 8) else (width, height)
