"""A PNG file's chunks: its size and its profile."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from develop.errors import UnreadablePicture

_LONGEST_PROFILE = 4 << 20


def _chunks(path: Path) -> Iterator[tuple[bytes, bytes]]:
    with path.open("rb") as file:
        file.seek(8)
        while head := file.read(8):
            if len(head) < 8:
                raise UnreadablePicture(path, "it is cut short")
            length, name = struct.unpack(">I4s", head)
            if name in (b"IDAT", b"IEND"):
                return
            yield name, file.read(min(length, _LONGEST_PROFILE))
            file.seek(max(0, length - _LONGEST_PROFILE) + 4, 1)


def read_size(path: Path) -> tuple[int, int]:
    """Return (width, height). Raises UnreadablePicture."""
    for name, data in _chunks(path):
        if name == b"IHDR" and len(data) >= 8:
            width, height = struct.unpack_from(">II", data)
            return int(width), int(height)
    raise UnreadablePicture(path, "it names no size")


def read_profile(path: Path) -> bytes | None:
    """Return the ICC profile, None where there is none or it is damaged."""
    for name, data in _chunks(path):
        if name == b"iCCP":
            _, _, packed = data.partition(b"\0")
            try:
                return zlib.decompressobj().decompress(packed[1:], _LONGEST_PROFILE)
            except zlib.error:
                return None
    return None
