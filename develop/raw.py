"""RAW files through LibRaw: camera white balance, no auto-bright, wide gamut, an sRGB-like curve, 16 bits.

The space is Rec. 2020 with the sRGB curve: its primaries hold nearly every surface colour, so nothing that a camera
saw clips, and its curve is reversible to linear light while spending the 16 bits as the eye does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rawpy

from develop import bayer, colour, hot_pixels, saturation
from develop.bayer import Sensor
from develop.colour import Matrix
from develop.errors import UnreadablePicture, UnsupportedPicture
from develop.image import SRGB, Image, Pixels
from develop.white_point import WhitePoint, white_point_of_camera

RAW_SPACE = colour.REC2020
_PLAUSIBLE_TINT = 100.0
WhiteBalance = tuple[float, float, float, float]
_CORRECTED_BY_LIBRAW = frozenset({".iiq"})
"""Kinds whose counts LibRaw sets right only when it develops them: Phase One's halves differ in black and gain."""

_RAF_HEAD = 64
_LEAST_SIDE = 32
_LEAST_BITS = 0.2
"""Of the file for each pixel: the hardest lossy DNG keeps five times as much."""
_BLANK_ROWS = 16
"""Rows of plain zeros at the bottom: noise keeps any real exposure from that, a lost tail of a file gives it."""
_REFUSED = (
    rawpy.LibRawFileUnsupportedError,
    rawpy.LibRawRequestForNonexistentImageError,
    rawpy.LibRawNoThumbnailError,
)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a raw file; LibRaw reads on when its numbers are asked for, so its errors may come at any time."""
    try:
        with rawpy.imread(str(path)) as raw:
            yield raw
    except _REFUSED as error:
        raise UnsupportedPicture(path, f"not a picture of a kind that is known here ({_words(error)})") from error
    except rawpy.LibRawError as error:
        raise UnreadablePicture(path, _words(error)) from error


def _words(error: Exception) -> str:
    if isinstance(error, rawpy.LibRawIOError):
        return "it ends too early"
    text = error.args[0] if error.args else error
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)


def _check_content(path: Path, raw: Any) -> None:
    """Refuse what LibRaw opens but cannot have decoded: no mosaic, one value all over, or a bottom that is missing."""
    visible = raw.raw_image_visible
    if visible is None or min(visible.shape[:2]) < _LEAST_SIDE:
        raise UnreadablePicture(path, "it holds no raw image")
    if path.stat().st_size * 8 < _LEAST_BITS * visible.shape[0] * visible.shape[1]:
        raise UnreadablePicture(path, "its raw image is cut off")
    sample = visible[:: max(1, visible.shape[0] // 64), :: max(1, visible.shape[1] // 64)]
    if int(sample.max()) == int(sample.min()):
        raise UnreadablePicture(path, "its raw image is empty")
    if not visible[-_BLANK_ROWS:].any():
        raise UnreadablePicture(path, "its raw image ends before the last rows")


def as_shot_white_balance(path: Path) -> WhiteBalance:
    """Return the camera's multipliers for R, G, B, G2, green near 1. Raises DecodeError."""
    with _opened(path) as raw:
        return _balance(raw.camera_whitebalance, raw.daylight_whitebalance)


def as_shot_white_point(path: Path) -> WhitePoint | None:
    """Return the light that the camera's white balance holds white; None where its numbers name none.

    A file that was balanced before it was written (equal multipliers) gives a tint that no light has.
    """
    with _opened(path) as raw:
        matrix = [[float(value) for value in row] for row in raw.rgb_xyz_matrix[:3]]
        found = white_point_of_camera(_balance(raw.camera_whitebalance, raw.daylight_whitebalance), matrix)
    return found if found is not None and abs(found.tint) <= _PLAUSIBLE_TINT else None


def _balance(camera: list[float], daylight: list[float]) -> WhiteBalance:
    red, green, blue, green2 = (camera if camera[0] > 0 and camera[1] > 0 else daylight)[:4]
    if green <= 0:
        return (1.0, 1.0, 1.0, 1.0)
    return (red / green, 1.0, blue / green, (green2 or green) / green)


def read_raw(path: Path, *, white_balance: WhiteBalance | None = None, half: bool = False) -> Image:
    """Return a raw file as uint16 RGB in RAW_SPACE, in sensor orientation; `half` decodes 2 x 2 sites to a pixel.

    `white_balance` takes the place of the camera's own, so that all frames of a stack get the same. Mosaics of Bayer
    sensors are interpolated here, all others by LibRaw. At full size, hot pixels are healed before.
    Raises UnreadablePicture or UnsupportedPicture.
    """
    with _opened(path) as raw:
        raw.unpack()
        _check_content(path, raw)
        balance = white_balance or _balance(raw.camera_whitebalance, raw.daylight_whitebalance)
        sensor = _sensor(path, raw, balance)
        if sensor is None:
            return Image(_by_libraw(raw, balance, half), RAW_SPACE)
        counts = raw.raw_image_visible
        if half:
            return Image(bayer.develop_half(counts, sensor, RAW_SPACE), RAW_SPACE)
        hot_pixels.heal(counts, np.array(sensor.pattern), list(sensor.black), sensor.white, balance)
        return Image(bayer.develop(counts, sensor, RAW_SPACE), RAW_SPACE)


def _sensor(path: Path, raw: Any, balance: WhiteBalance) -> Sensor | None:
    """Return how a plain Bayer sensor's counts are to be read; None for every other kind, and where colours lack."""
    sizes, counts = raw.sizes, raw.raw_image_visible
    plain = (
        raw.raw_type == rawpy.RawType.Flat
        and raw.num_colors == 3
        and raw.raw_pattern is not None
        and raw.raw_pattern.shape == (2, 2)
        and counts.shape == (sizes.height, sizes.width)
        and counts.dtype == np.uint16
        and float(sizes.pixel_aspect or 1.0) == 1.0
    )
    if not plain or _is_diagonal(path) or path.suffix.lower() in _CORRECTED_BY_LIBRAW:
        return None
    # The pattern that LibRaw names is that of the sensor's corner, which may lie in a margin.
    top, left = sizes.top_margin, sizes.left_margin
    a, b, c, d = (int(raw.raw_color(top + y, left + x)) for y in (0, 1) for x in (0, 1))
    pattern = ((a, b), (c, d))
    to_srgb = _to_srgb(raw)
    black = [float(level) for level in raw.black_level_per_channel]
    if not bayer.is_bayer(pattern) or not to_srgb.any() or max(black) >= raw.white_level:
        return None
    white = float(raw.white_level)
    full = saturation.clip_count(counts, pattern, max(black), white)
    return Sensor(pattern, (black[0], black[1], black[2], black[3]), white, full, balance, to_srgb)


def _to_srgb(raw: Any) -> Matrix:
    """Return the matrix from balanced camera light to linear sRGB: the file's own, or by the camera's known colours.

    LibRaw knows for most cameras what XYZ they see; a file's own matrix hardly any but DNG has. All zero where
    neither is there.
    """
    own = np.array(raw.color_matrix, np.float64)[:, :3]
    camera = np.array(raw.rgb_xyz_matrix, np.float64)[:3] @ colour.to_xyz(SRGB)
    white = camera.sum(axis=1, keepdims=True)
    if own.any() or not white.all():
        return own
    # Balanced, so that white is white.
    balanced = camera / white
    return np.asarray(np.linalg.inv(balanced)) if abs(np.linalg.det(balanced)) > 1e-6 else own


def _is_diagonal(path: Path) -> bool:
    """Tell whether the sensor is one of Fujifilm's that lay turned by 45 degrees: LibRaw sets their sites upright."""
    with path.open("rb") as file:
        head = file.read(_RAF_HEAD)
    return head.startswith(b"FUJIFILMCCD-RAW") and b"FinePix" in head


def _by_libraw(raw: Any, balance: WhiteBalance, half: bool) -> Pixels:
    linear = raw.postprocess(
        user_wb=list(balance),
        no_auto_bright=True,
        gamma=(1, 1),
        output_bps=16,
        output_color=rawpy.ColorSpace(8),
        user_flip=0,
        half_size=half,
        # For patterns other than Bayer's, LibRaw takes a quicker name as leave to do one pass instead of three.
        demosaic_algorithm=rawpy.DemosaicAlgorithm.AHD,
        highlight_mode=rawpy.HighlightMode.Clip,
        # LibRaw would set white by the brightest pixel of each frame, and the frames of a stack would flicker.
        adjust_maximum_thr=0.0,
    )
    return np.ascontiguousarray(_encoded(linear))


def _encoded(linear: Pixels) -> Pixels:
    table = colour.encode_curve(np.linspace(0, 1, 65536, dtype=np.float32), RAW_SPACE)
    return np.asarray(cv2.LUT(linear, np.rint(table * 65535).astype(np.uint16)))


def read_reduced_raw(path: Path, max_side: int, *, white_balance: WhiteBalance | None = None) -> Image:
    """Return a raw file decoded at half size and reduced until its longer side is at most `max_side`."""
    image = read_raw(path, white_balance=white_balance, half=True)
    scale = max_side / max(image.width, image.height)
    if scale >= 1:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return Image(cv2.resize(image.pixels, size, interpolation=cv2.INTER_AREA), image.space)


def raw_size(path: Path) -> tuple[int, int]:
    """Return (width, height) of what `read_raw` gives. Raises DecodeError."""
    with _opened(path) as raw:
        sizes = raw.sizes
        aspect = float(sizes.pixel_aspect) or 1.0
        # LibRaw stretches the shorter side where pixels are not square.
        width = sizes.width * aspect if aspect > 1 else sizes.width
        height = sizes.height / aspect if aspect < 1 else sizes.height
        return int(width + 0.5), int(height + 0.5)
