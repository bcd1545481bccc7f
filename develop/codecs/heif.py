"""Read HEIF (HEIC, HIF) through pi-heif, where it is installed: it decodes only, and no part of it is GPL."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from develop import colour
from develop.codecs import icc
from develop.errors import UnreadablePicture, UnsupportedPicture
from develop.image import SRGB, ColorSpace, Image
from develop.orientation import upright

BRANDS = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"))
_ORIENTATION = 0x0112
_BACK = {6: 8, 8: 6}
"""What undoes a turn; every other orientation undoes itself."""
# Where there is no profile the colours are named by numbers: ISO/IEC 23091-2 (H.273), tables 2 and 3.
_PRIMARIES = {9: colour.REC2020, 12: colour.DISPLAY_P3}
_HDR = {16: "PQ", 18: "HLG"}


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


def _space(path: Path, info: dict[str, Any]) -> ColorSpace:
    if info.get("icc_profile"):
        return icc.space_of(info["icc_profile"])
    named = info.get("nclx_profile") or {}
    curve = _HDR.get(named.get("transfer_characteristics", 0))
    if curve:
        raise UnsupportedPicture(path, f"an HDR picture ({curve})")
    return _PRIMARIES.get(named.get("color_primaries", 1), SRGB)


def read_heif(path: Path) -> Image:
    """Return RGB pixels (8 or 16 bits) as the sensor saw them.

    The container's own turn is undone, since Exif says the same and is applied once, to a result. Raises
    UnreadablePicture, or UnsupportedPicture for HDR and where pi-heif is not installed.
    """
    file = _opened(path)
    space = _space(path, file.info)
    try:
        # A copy: the library frees its own memory together with `file`. Its rows may be longer than the picture's.
        pixels = np.array(file)[:, : file.size[0], :3]
    except (OSError, EOFError, ValueError, IndexError, RuntimeError) as error:
        raise UnreadablePicture(path, str(error)) from error
    if pixels.dtype == np.uint16:
        # Ten or twelve bits come at the top of sixteen: filled from below, so that white is white.
        pixels = pixels | pixels >> int(file.info.get("bit_depth", 16))
    turn = _orientation(file.info.get("exif"))
    return Image(np.ascontiguousarray(upright(pixels, _BACK.get(turn, turn))), space)


def read_size(path: Path) -> tuple[int, int]:
    """Return (width, height) of what `read_heif` gives, from the header."""
    file = _opened(path)
    width, height = file.size
    return (height, width) if _orientation(file.info.get("exif")) in (5, 6, 7, 8) else (width, height)
