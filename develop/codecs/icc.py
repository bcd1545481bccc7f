"""ICC profiles of RGB spaces: made from the numbers, and read back into them.

A matrix/TRC profile of version 2.1, the kind that every program reads (ICC.1:2001-04, ICC.1:2022 §8.3.3).
"""

from __future__ import annotations

import struct
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from develop import colour
from develop.image import D50, SRGB, ColorSpace

_D50 = (0.9642, 1.0, 0.8249)
_CURVE_POINTS = 1024
_TOLERANCE = 0.003
"""Half a step of 8 bits, in tone and in the primaries' XYZ: profiles of one space differ by less, spaces by more."""

Matrix = NDArray[np.float64]


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz(values: tuple[float, ...] | Matrix) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(_fixed(float(value)) for value in values)


def _text(text: str) -> bytes:
    return b"text\0\0\0\0" + text.encode("ascii", "replace") + b"\0"


def _description(text: str) -> bytes:
    data = text.encode("ascii", "replace") + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(data)) + data + b"\0" * (4 + 4 + 2 + 1 + 67)


def _adaptation(space: ColorSpace) -> bytes:
    return b"sf32\0\0\0\0" + b"".join(_fixed(float(value)) for value in colour.adaptation(space.white, D50).flat)


def _curve(space: ColorSpace) -> bytes:
    if space.transfer == "linear":
        return b"curv\0\0\0\0" + struct.pack(">I", 0)
    if space.transfer == "gamma":
        return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(space.gamma * 256))
    steps = colour.decode_curve(np.linspace(0, 1, _CURVE_POINTS, dtype=np.float32), space)
    table = np.rint(np.clip(steps, 0, 1) * 65535).astype(">u2").tobytes()
    return b"curv\0\0\0\0" + struct.pack(">I", _CURVE_POINTS) + table


def _to_d50(space: ColorSpace) -> Matrix:
    return np.asarray(colour.adaptation(space.white, D50) @ colour.to_xyz(space), dtype=np.float64)


@lru_cache(maxsize=32)
def make_profile(space: ColorSpace) -> bytes:
    """Return a profile of `space`, or the very one that it came with. The same space gives the same bytes."""
    if space.icc is not None:
        return space.icc
    columns = _to_d50(space)
    curve = _curve(space)
    tags = [
        (b"desc", _description(space.name)),
        (b"cprt", _text("No copyright, use freely")),
        (b"wtpt", _xyz(_D50)),
        (b"chad", _adaptation(space)),
        (b"rXYZ", _xyz(columns[:, 0])),
        (b"gXYZ", _xyz(columns[:, 1])),
        (b"bXYZ", _xyz(columns[:, 2])),
        (b"rTRC", curve),
        (b"gTRC", curve),
        (b"bTRC", curve),
    ]
    table, body, places = b"", b"", dict[bytes, int]()
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags:
        if data not in places:
            places[data] = start + len(body)
            body += data + b"\0" * (-len(data) % 4)
        table += name + struct.pack(">II", places[data], len(data))
    size = start + len(body)
    date = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)  # fixed: the same space must give the same file
    header = struct.pack(">I4sI", size, b"\0\0\0\0", 0x02100000) + b"mntrRGB XYZ " + date + b"acsp"
    header += b"\0" * 28 + b"".join(_fixed(value) for value in _D50)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _tags(profile: bytes) -> dict[bytes, bytes]:
    if len(profile) < 132 or profile[36:40] != b"acsp":
        return {}
    count = min(struct.unpack_from(">I", profile, 128)[0], 100)
    found: dict[bytes, bytes] = {}
    for index in range(count):
        if len(profile) < 132 + 12 * (index + 1):
            break
        name, start, size = struct.unpack_from(">4sII", profile, 132 + 12 * index)
        found[name] = profile[start : start + size]
    return found


def _read_xyz(data: bytes) -> list[float] | None:
    if data[:4] != b"XYZ " or len(data) < 20:
        return None
    return [value / 65536 for value in struct.unpack_from(">3i", data, 8)]


def _read_curve(data: bytes) -> NDArray[np.float32] | None:
    """Return the curve at 256 even steps of its input."""
    steps = np.linspace(0, 1, 256, dtype=np.float32)
    if data[:4] == b"curv" and len(data) >= 12:
        count = struct.unpack_from(">I", data, 8)[0]
        if count == 0:
            return steps
        if count == 1 and len(data) >= 14:
            gamma = np.float32(struct.unpack_from(">H", data, 12)[0] / 256)
            return np.asarray(steps**gamma, dtype=np.float32)
        if len(data) >= 12 + 2 * count:
            table = np.frombuffer(data, ">u2", count, 12).astype(np.float32) / 65535
            return np.asarray(np.interp(steps, np.linspace(0, 1, count), table), dtype=np.float32)
    if data[:4] == b"para" and len(data) >= 16:
        return _parametric(data, steps)
    return None


def _parametric(data: bytes, x: NDArray[np.float32]) -> NDArray[np.float32] | None:
    kind = struct.unpack_from(">H", data, 8)[0]
    count = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}.get(kind)
    if count is None or len(data) < 12 + 4 * count:
        return None
    g, a, b, c, d, e, f = ([v / 65536 for v in struct.unpack_from(f">{count}i", data, 12)] + [0.0] * 7)[:7]
    if kind == 0:
        return np.asarray(x**g, dtype=np.float32)
    if kind in (1, 2):
        d, e = -b / a if a else 0.0, c
        c = 0.0
        f = e
    power = np.maximum(a * x + b, 0) ** g + (e if kind != 3 else 0.0)
    return np.asarray(np.where(x >= d, power, c * x + f), dtype=np.float32)


_KNOWN = (*colour.SPACES.values(), colour.WORKING)
_NEAR_CURVE = 0.02
_STEPS = np.linspace(0, 1, 256, dtype=np.float32)


def _name(tags: dict[bytes, bytes]) -> str:
    data = tags.get(b"desc", b"")
    if data[:4] == b"mluc" and len(data) >= 28:
        size, start = struct.unpack_from(">II", data, 20)
        text = data[start : start + size].decode("utf-16-be", "replace")
    else:
        text = data[12:].split(b"\0")[0].decode("latin-1")
    return text.strip() or "unnamed"


def _chromaticity(xyz: Matrix) -> tuple[float, float]:
    total = float(xyz.sum()) or 1.0
    return (round(float(xyz[0]) / total, 6), round(float(xyz[1]) / total, 6))


def _transfer(curve: NDArray[np.float32]) -> tuple[str, float] | None:
    """Return the named curve that lies nearest, None where none is near."""
    middle = curve[32:224]
    gamma = float(np.median(np.log(np.maximum(middle, 1e-6)) / np.log(_STEPS[32:224])))
    choices = {("srgb", 1.0): SRGB, ("linear", 1.0): colour.WORKING}
    errors = {key: np.abs(curve - colour.decode_curve(_STEPS, space)).max() for key, space in choices.items()}
    errors["gamma", round(gamma, 4)] = np.abs(curve - _STEPS ** np.float32(gamma)).max()
    best = min(errors, key=lambda key: float(errors[key]))
    return best if errors[best] < _NEAR_CURVE else None


def _matrix_space(tags: dict[bytes, bytes], matrix: Matrix, profile: bytes) -> ColorSpace | None:
    curves = [_read_curve(tags.get(name, b"")) for name in (b"rTRC", b"gTRC", b"bTRC")]
    red = curves[0]
    if red is None or any(curve is None or np.abs(curve - red).max() > _TOLERANCE for curve in curves):
        return None
    for space in _KNOWN:
        near = np.abs(matrix - _to_d50(space)).max() < _TOLERANCE
        if near and np.abs(red - colour.decode_curve(_STEPS, space)).max() < _TOLERANCE:
            return space
    transfer = _transfer(red)
    if transfer is None:
        return None
    chad = tags.get(b"chad", b"")
    if chad[:4] == b"sf32" and len(chad) >= 44:
        adapted = np.array(struct.unpack_from(">9i", chad, 8), dtype=np.float64).reshape(3, 3) / 65536
        matrix = np.asarray(np.linalg.solve(adapted, matrix), dtype=np.float64)
    red_xy, green_xy, blue_xy = (_chromaticity(matrix[:, index]) for index in range(3))
    return ColorSpace(
        name=_name(tags),
        red=red_xy,
        green=green_xy,
        blue=blue_xy,
        white=_chromaticity(matrix.sum(axis=1)),
        transfer=transfer[0],
        gamma=transfer[1],
        icc=profile,
    )


def read_profile(profile: bytes) -> ColorSpace | None:
    """Return the space that a matrix profile describes; None for a table-based, grey, CMYK or damaged one.

    A space that is known comes back as itself. Any other keeps the profile, to be handed on unchanged, and has the
    nearest named curve, within 2 per cent of full scale.
    """
    tags = _tags(profile)
    wanted = (b"rXYZ", b"gXYZ", b"bXYZ")
    if profile[16:20] != b"RGB " or b"A2B0" in tags:
        return None
    columns = [_read_xyz(tags.get(name, b"")) for name in wanted]
    if any(column is None for column in columns):
        return None
    matrix = np.array(columns, dtype=np.float64).T
    if abs(np.linalg.det(matrix)) < 1e-6:
        return None
    try:
        return _matrix_space(tags, matrix, profile)
    except (struct.error, ValueError, np.linalg.LinAlgError, OverflowError):
        return None


def space_of(profile: bytes) -> ColorSpace:
    """Return the space of a picture that carries `profile`.

    An unknown profile is handed on unchanged with the pixels that it belongs to; only its look as sRGB is a guess.
    """
    return read_profile(profile) or replace(SRGB, name="the camera's own profile", icc=profile)
