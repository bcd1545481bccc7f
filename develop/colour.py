"""RGB spaces, their transfer curves and the way from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from typing import TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from develop.image import D50, D65, SRGB, ColorSpace, Image, Pixels

Floats: TypeAlias = NDArray[np.float32]
Matrix: TypeAlias = NDArray[np.float64]

DISPLAY_P3 = ColorSpace(
    name="Display P3", red=(0.680, 0.320), green=(0.265, 0.690), blue=(0.150, 0.060), white=D65, transfer="srgb"
)
ADOBE_RGB = ColorSpace(
    name="Adobe RGB (1998)",
    red=(0.64, 0.33),
    green=(0.21, 0.71),
    blue=(0.15, 0.06),
    white=D65,
    transfer="gamma",
    gamma=563 / 256,  # Adobe RGB (1998) Color Image Encoding, 4.3.1.2: 2.19921875
)
PROPHOTO = ColorSpace(
    name="ProPhoto RGB",
    red=(0.734699, 0.265301),
    green=(0.159597, 0.840403),
    blue=(0.036598, 0.000105),
    white=D50,
    transfer="gamma",
    gamma=1.8,
)
REC2020 = ColorSpace(
    name="Rec. 2020 (sRGB curve)",
    red=(0.708, 0.292),
    green=(0.170, 0.797),
    blue=(0.131, 0.046),
    white=D65,
    transfer="srgb",
)
WORKING = replace(REC2020, name="Linear Rec. 2020", transfer="linear")
"""Where operations work. Its primaries are real colours, so that a curve twists no hue as it does with ProPhoto's
imaginary blue, and its white is D65, so that pictures in display spaces come and go without adaptation."""

SPACES: dict[str, ColorSpace] = {
    "srgb": SRGB,
    "display-p3": DISPLAY_P3,
    "adobe-rgb": ADOBE_RGB,
    "prophoto": PROPHOTO,
    "rec2020": REC2020,
}

BRADFORD: Matrix = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
"""Cone responses of the Bradford transform; ICC.1:2022, annex E."""

_SRGB_CUT, _SRGB_SLOPE = 0.0031308, 12.92
_STEPS = 65535
_BAND_ROWS = 128


def white_xyz(xy: tuple[float, float]) -> Matrix:
    """Return a white point as XYZ with Y = 1."""
    x, y = xy
    return np.array([x / y, 1.0, (1.0 - x - y) / y])


def adaptation(source: tuple[float, float], target: tuple[float, float]) -> Matrix:
    """Return the 3 x 3 Bradford adaptation of XYZ from one white point (CIE xy) to another."""
    if source == target:
        return np.eye(3)
    gain = (BRADFORD @ white_xyz(target)) / (BRADFORD @ white_xyz(source))
    return np.linalg.inv(BRADFORD) @ np.diag(gain) @ BRADFORD


def to_xyz(space: ColorSpace) -> Matrix:
    """Return the 3 x 3 matrix from the space's linear RGB to XYZ, relative to the space's own white."""
    columns = np.stack([white_xyz(primary) for primary in (space.red, space.green, space.blue)], axis=1)
    return columns * np.linalg.solve(columns, white_xyz(space.white))


def matrix(source: ColorSpace, target: ColorSpace) -> Matrix:
    """Return the 3 x 3 matrix between two spaces' linear RGB, adapting the white point."""
    if _primaries(source) == _primaries(target):
        return np.eye(3)
    adapted = adaptation(source.white, target.white) @ to_xyz(source)
    return cast(Matrix, np.linalg.solve(to_xyz(target), adapted))


def same_encoding(one: ColorSpace, other: ColorSpace) -> bool:
    """Tell whether equal numbers mean equal colours in both spaces."""
    return _primaries(one) == _primaries(other) and _curve(one) == _curve(other)


def decode_curve(encoded: Floats, space: ColorSpace) -> Floats:
    """Return linear light of encoded values; exact, and odd about zero so that nothing below zero is lost."""
    if space.transfer == "linear":
        return encoded
    size = np.abs(encoded)
    if space.transfer == "srgb":
        low = size / np.float32(_SRGB_SLOPE)
        linear = np.where(size <= _SRGB_CUT * _SRGB_SLOPE, low, ((size + 0.055) / 1.055) ** 2.4)
    else:
        linear = size**space.gamma
    return np.copysign(linear, encoded).astype(np.float32)


def encode_curve(linear: Floats, space: ColorSpace) -> Floats:
    """Return the encoded values of linear light; the inverse of `decode_curve`."""
    if space.transfer == "linear":
        return linear
    size = np.abs(linear)
    if space.transfer == "srgb":
        encoded = np.where(size <= _SRGB_CUT, size * _SRGB_SLOPE, 1.055 * size ** (1 / 2.4) - 0.055)
    else:
        encoded = size ** (1.0 / space.gamma)
    return np.copysign(encoded, linear).astype(np.float32)


def to_linear(pixels: Pixels, space: ColorSpace) -> Floats:
    """Return pixels (uint8, uint16 or float32, H x W x 3) as linear float32; integers go through a table."""
    if pixels.dtype == np.float32:
        return decode_curve(pixels, space)
    table = _decode_table(pixels.dtype.str, *_curve(space))
    return cast(Floats, cv2.LUT(np.ascontiguousarray(pixels), table))


def from_linear(
    linear: Floats, space: ColorSpace, dtype: type[np.generic], *, spent: bool = False, into: Pixels | None = None
) -> Pixels:
    """Return linear float32 pixels encoded as the space says; integers are clipped to 0..1 and rounded.

    The table for integers is indexed by the square root of light, which is near the eye's own spacing: the error
    stays within one step of 16 bits. `spent` says that nobody needs `linear` any more: it is worked on in place.
    The pixels are written to `into`, where it is given: of that type, and C-contiguous.
    """
    if dtype is np.float32:
        return encode_curve(linear, space)
    if space.transfer == "linear":
        top = np.float32(np.iinfo(np.dtype(dtype)).max)
        made = (np.clip(linear, 0.0, 1.0) * top + np.float32(0.5)).astype(dtype)
        if into is not None:
            into[:] = made
        return made
    # What is below zero has no root, and no number becomes 0: to cut it first would take a pass more.
    root = cv2.sqrt(linear, linear if spent else None)
    # Rounds, and clips what is above 1.
    steps = cv2.addWeighted(root, float(_STEPS), root, 0.0, 0.0, dtype=cv2.CV_16U)
    table = _encode_table(np.dtype(dtype).str, *_curve(space))
    return cast(Pixels, cv2.LUT(steps, table, dst=into))


def convert(image: Image, to: ColorSpace) -> Image:
    """Return the picture in another space with the same number type; colours outside are clipped (integers).

    Relative colorimetric with Bradford adaptation. The same pixels come back where both spaces mean the same.
    """
    if same_encoding(image.space, to):
        return Image(image.pixels, to)
    turn = matrix(image.space, to).astype(np.float32)
    result = np.empty_like(image.pixels)
    dtype = result.dtype.type

    def band(top: int) -> None:
        rows = slice(top, top + _BAND_ROWS)
        linear = to_linear(image.pixels[rows], image.space)
        result[rows] = from_linear(cast(Floats, cv2.transform(linear, turn)), to, dtype)

    each_band(image.height, band)
    return Image(result, to)


def each_band(height: int, work: Callable[[int], None], rows: int = _BAND_ROWS) -> None:
    """Call `work` with the first row of each band of a picture, as `each_top`."""
    each_top(range(0, height, rows), work)


def each_top(tops: Sequence[int], work: Callable[[int], None], first: Callable[[], None] | None = None) -> None:
    """Call `work` with each band's first row, on both cores where that pays; `first` is begun before, and beside it."""
    if len(tops) < 2:
        if first is not None:
            first()
        for top in tops:
            work(top)
        return
    with ThreadPoolExecutor(max_workers=max(2, cv2.getNumberOfCPUs())) as pool:
        begun = pool.submit(first) if first is not None else None
        for _ in pool.map(work, tops):
            pass
        if begun is not None:
            begun.result()


def _primaries(space: ColorSpace) -> tuple[tuple[float, float], ...]:
    return (space.red, space.green, space.blue, space.white)


def _curve(space: ColorSpace) -> tuple[str, float]:
    return (space.transfer, space.gamma if space.transfer == "gamma" else 1.0)


def _curve_space(transfer: str, gamma: float) -> ColorSpace:
    return replace(SRGB, transfer=transfer, gamma=gamma)


@lru_cache(maxsize=16)
def _decode_table(dtype: str, transfer: str, gamma: float) -> Floats:
    top = np.iinfo(np.dtype(dtype)).max
    ramp = np.linspace(0.0, 1.0, top + 1).astype(np.float32)
    return decode_curve(ramp, _curve_space(transfer, gamma)).reshape(1, -1)


@lru_cache(maxsize=16)
def _encode_table(dtype: str, transfer: str, gamma: float) -> Pixels:
    light = (np.arange(_STEPS + 1) / _STEPS) ** 2
    encoded = encode_curve(light.astype(np.float32), _curve_space(transfer, gamma)).astype(np.float64)
    top = np.iinfo(np.dtype(dtype)).max
    table = np.rint(np.clip(encoded, 0.0, 1.0) * top)
    return cast(Pixels, table.astype(np.dtype(dtype)).reshape(1, -1))
