"""Open Canon's CRW (CIFF 1.0): a heap of records whose table of contents stands at its end, and no Exif."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.file_bytes import FileBytes
from catalog.metadata.finding import Finding
from catalog.metadata.header import Header
from catalog.metadata.makernotes.canon import focus_distance
from catalog.metadata.tiff import Block, Order, clean_text

_MAKE_MODEL, _TIME, _IMAGE, _SERIAL, _EXPOSURE = 0x080A, 0x180E, 0x1810, 0x180B, 0x1818
_FOCAL, _SHOT, _SETTINGS = 0x1029, 0x102A, 0x102D
_TAG_BITS, _PLACE_BITS, _KIND_BITS = 0x3FFF, 0xC000, 0x3800
_IN_RECORD, _FOLDERS = 0x4000, (0x2800, 0x3000)
_MOST_RECORDS, _MOST_HEAPS = 1024, 32
_ORIENTATIONS = {0: 1, 90: 6, 180: 3, 270: 8}


class _Record(NamedTuple):
    tag: int
    kind: int
    start: int
    size: int


def _heap(data: FileBytes, end: int) -> Block:
    order: Order = "<" if data[0:2] == b"II" else ">"
    first = int.from_bytes(data[2:6], "little" if order == "<" else "big")
    return Block(data, 0, first, end, order)


def _records(heap: Block) -> Iterator[_Record]:
    """Give the records of one heap, in which offsets count from its start."""
    table = heap.numbers_at(heap.end - 4, "I")
    at = heap.start + (table[0] if table else heap.end)
    counted = heap.numbers_at(at, "H")
    if not counted or at + 2 + 10 * counted[0] > heap.end or counted[0] > _MOST_RECORDS:
        raise BrokenHeaderError("the CRW's table of contents is missing or cut off")
    for row in range(at + 2, at + 2 + 10 * counted[0], 10):
        tag, size, offset = heap.numbers_at(row, "HII")
        if tag & _PLACE_BITS == _IN_RECORD:
            yield _Record(tag & _TAG_BITS, tag & _KIND_BITS, row + 2, 8)
        elif heap.start + offset + size <= at:
            yield _Record(tag & _TAG_BITS, tag & _KIND_BITS, heap.start + offset, size)
        else:
            raise BrokenHeaderError("a record of the CRW lies outside it")


def _all_records(heap: Block) -> dict[int, _Record]:
    """Give the records of a heap and of those inside it, which are few in a file that a camera wrote."""
    found: dict[int, _Record] = {}
    waiting, opened = [heap], 0
    while waiting and opened < _MOST_HEAPS:
        opened += 1
        for record in _records(waiting.pop()):
            if record.kind in _FOLDERS:
                waiting.append(Block(heap.data, 0, record.start, record.start + record.size, heap.order))
            else:
                found.setdefault(record.tag, record)
    return found


class _Values:
    """The values of the records by tag."""

    def __init__(self, heap: Block) -> None:
        self._heap, self._records = heap, _all_records(heap)

    def numbers(self, tag: int, letter: str, most: int = 64) -> tuple[int, ...]:
        record = self._records.get(tag)
        width = {"H": 2, "I": 4, "f": 4}[letter]
        return self._heap.numbers_at(record.start, f"{min(record.size // width, most)}{letter}") if record else ()

    def texts(self, tag: int) -> list[str | None]:
        record = self._records.get(tag)
        raw = self._heap.bytes_at(record.start, min(record.size, 256)) if record else b""
        return [clean_text(part) for part in raw.split(b"\0")]


def _at(values: tuple[int, ...], index: int) -> int:
    return values[index] if len(values) > index else 0


def _steps(value: int) -> float:
    """Give Canon's exposure value in EV: thirty-seconds, in which thirds are written as 12 and 20."""
    whole, part = divmod(value if value < 0x8000 else value - 0x10000, 32)
    return whole + {12: 1 / 3, 20: 2 / 3}.get(part, part / 32)


def _exposure(values: _Values, shot: tuple[int, ...]) -> tuple[float | None, float | None]:
    """Give seconds and f-number."""
    apex = values.numbers(_EXPOSURE, "f", 3)
    speed = _steps(_at(shot, 22)) if _at(shot, 22) else float(_at(apex, 1))
    aperture = _steps(_at(shot, 21)) if _at(shot, 21) else float(_at(apex, 2))
    seconds = 2.0**-speed if 0 < abs(speed) < 64 and math.isfinite(speed) else None
    return seconds, 2.0 ** (aperture / 2) if 0 < aperture < 64 else None


def _iso(shot: tuple[int, ...]) -> int | None:
    automatic, base = _at(shot, 1), _at(shot, 2)
    if not 0 < base < 1024:
        return None
    return round(2 ** (base / 32) * 100 / 32 * (2 ** (automatic / 32) if automatic < 1024 else 1))


def _finding(values: _Values) -> Finding:
    make, model = (*values.texts(_MAKE_MODEL), None, None)[:2]
    shot, settings, focal = (values.numbers(tag, "H") for tag in (_SHOT, _SETTINGS, _FOCAL))
    near, far, centimetres = focus_distance((), shot)
    seconds, f_number = _exposure(values, shot)
    stamp, rotation = _at(values.numbers(_TIME, "I"), 0), _at(values.numbers(_IMAGE, "I"), 3)
    serial = _at(values.numbers(_SERIAL, "I"), 0)
    return Finding(
        reader="ciff",
        make=make,
        model=model,
        body_serial=str(serial) if serial else None,
        # Seconds since 1970 by the camera's own clock, which knows no zone.
        taken_at=datetime.fromtimestamp(stamp, UTC).replace(tzinfo=None) if stamp else None,
        time_resolution_s=1.0 if stamp else None,
        exposure_s=seconds,
        f_number=f_number,
        iso=_iso(shot),
        focal_mm=_at(focal, 1) / (_at(settings, 25) or 1) or None,
        orientation=_ORIENTATIONS.get(rotation),
        focus_near_m=near,
        focus_far_m=far,
        raw={"Canon.FocusDistance": centimetres} if centimetres else {},
    )


def open_crw(data: FileBytes, end: int) -> Header:
    """Open a CRW file."""
    values = _Values(_heap(data, end))
    columns, rows = (*values.numbers(_IMAGE, "I", 2), 0, 0)[:2]
    return Header(container="crw", finding=_finding(values), size=(columns, rows) if columns and rows else None)


def crw_fault(data: FileBytes, end: int) -> str | None:
    """Say why a CRW is not whole: its table stands at its end, so that a cut one has none."""
    _all_records(_heap(data, end))
    return None
