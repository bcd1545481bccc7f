"""A JPEG file's markers: its size, its profile, and whether its pixel data reach their end.

libjpeg only warns of a file that is cut short and OpenCV hands it on half grey, so that is asked here, first.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

from develop.errors import UnreadablePicture

_FRAMES = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))
# What a progressive file may hold between its scans; anything else there is the start of something else.
_BETWEEN_SCANS = frozenset((0xC4, 0xDA, 0xDB, 0xDC, 0xDD, 0xFE, *range(0xE0, 0xF0)))
_ICC = b"ICC_PROFILE\0"


@dataclass(frozen=True, slots=True)
class Markers:
    """What a JPEG's header says. `size` is (width, height) as stored; `adobe`: Exif names Adobe RGB."""

    size: tuple[int, int]
    components: int
    profile: bytes | None
    adobe: bool


def _ends(data: mmap.mmap, start: int) -> bool:
    """Say whether the entropy-coded data from `start` on are closed by an end marker."""
    at = data.find(b"\xff", start)
    while at != -1 and at + 1 < len(data):
        code = data[at + 1]
        if code == 0xD9:
            return True
        if code == 0 or 0xD0 <= code <= 0xD7 or code == 0xFF:
            at = data.find(b"\xff", at + (1 if code == 0xFF else 2))
        elif code in _BETWEEN_SCANS and at + 4 <= len(data):
            at = data.find(b"\xff", at + 2 + struct.unpack_from(">H", data, at + 2)[0])
        else:
            return False
    return False


def read_markers(path: Path) -> Markers:
    """Walk the markers of a JPEG file. Raises UnreadablePicture where it is damaged or cut short."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _walk(path, data)
    except (OSError, ValueError) as error:
        raise UnreadablePicture(path, str(error)) from error
    except (struct.error, IndexError) as error:
        raise UnreadablePicture(path, "its header is cut short") from error


def _walk(path: Path, data: mmap.mmap) -> Markers:
    at, size, components, adobe = 2, (0, 0), 0, False
    parts: dict[int, bytes] = {}
    while True:
        if data[at] != 0xFF:
            raise UnreadablePicture(path, "its header is damaged")
        code = data[at + 1]
        if code == 0xFF:
            at += 1
            continue
        length = struct.unpack_from(">H", data, at + 2)[0]
        segment = data[at + 4 : at + 2 + length]
        if code in _FRAMES:
            height, width, components = struct.unpack_from(">HHB", segment, 1)
            size = (width, height)
        elif code == 0xE2 and segment.startswith(_ICC):
            parts[segment[len(_ICC)]] = segment[len(_ICC) + 2 :]
        elif code == 0xE1 and segment.startswith(b"Exif\0\0"):
            adobe = adobe or b"R03\0" in segment
        elif code == 0xDA:
            if 0 in size:
                raise UnreadablePicture(path, "its header names no size")
            if not _ends(data, at + 2 + length):
                raise UnreadablePicture(path, "it ends in the middle of its pixel data")
            profile = b"".join(parts[index] for index in sorted(parts)) if parts else None
            return Markers(size, components, profile, adobe)
        elif code == 0xD9:
            raise UnreadablePicture(path, "it holds no picture")
        at += 2 + length
