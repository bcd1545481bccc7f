"""Read the standard tags with exifread, from a small block that was checked tag by tag before.

exifread raises half a dozen kinds of exception on damaged files, and on a few it never ends; all of them come from
counts, offsets and nested directories that it takes at their word. So it is given a new block with just the tags that
the catalog wants, each of its proper type, short, and lying inside the file.
"""

from __future__ import annotations

import io
import logging
import math
import re
import struct
from collections.abc import Mapping
from datetime import datetime

import exifread

from catalog.metadata.finding import Finding
from catalog.metadata.tiff import Directory, Entry

_TEXT, _WHOLE, _RATIO = (2, 7), (3, 4), (5, 10)
_MAIN_TAGS: Mapping[int, tuple[int, ...]] = {
    0x010F: _TEXT,  # Make
    0x0110: _TEXT,  # Model
    0x0112: _WHOLE,  # Orientation
    0x0131: _TEXT,  # Software
    0x9003: _TEXT,  # DateTimeOriginal, which some cameras put here
}
_EXIF_TAGS: Mapping[int, tuple[int, ...]] = {
    0x829A: _RATIO,  # ExposureTime
    0x829D: _RATIO,  # FNumber
    0x8827: _WHOLE,  # PhotographicSensitivity
    0x8832: _WHOLE,  # RecommendedExposureIndex
    0x8833: _WHOLE,  # ISOSpeed
    0x9003: _TEXT,  # DateTimeOriginal
    0x9004: _TEXT,  # DateTimeDigitized
    0x9011: _TEXT,  # OffsetTimeOriginal
    0x9012: _TEXT,  # OffsetTimeDigitized
    0x9204: _RATIO,  # ExposureBiasValue
    0x9206: _RATIO,  # SubjectDistance
    0x920A: _RATIO,  # FocalLength
    0x9291: _TEXT,  # SubSecTimeOriginal
    0x9292: _TEXT,  # SubSecTimeDigitized
    0xA002: _WHOLE,  # PixelXDimension
    0xA003: _WHOLE,  # PixelYDimension
    0xA431: _TEXT,  # BodySerialNumber
    0xA432: _RATIO,  # LensSpecification
    0xA434: _TEXT,  # LensModel
    0xA435: _TEXT,  # LensSerialNumber
    0xA460: _WHOLE,  # CompositeImage
}
_LONGEST = 256
_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-9]{2})")
_EXIF_POINTER = 0x8769
_LEAKED = (ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, NotImplementedError, TypeError)
_LEAKED_TOO = (ValueError, struct.error)
_UNKNOWN_DISTANCE, _FAR_DISTANCE = 0, 0xFFFFFFFF

Tags = dict[tuple[bool, int], list[float] | str]
"""By (in the Exif directory, tag)."""

logging.getLogger("exifread").addHandler(logging.NullHandler())
logging.getLogger("exifread").propagate = False


def _kept(directory: Directory | None, wanted: Mapping[int, tuple[int, ...]]) -> list[tuple[int, Entry, bytes]]:
    if directory is None:
        return []
    kept = []
    for tag in sorted(wanted.keys() & directory.entries.keys()):
        entry = directory.entries[tag]
        if entry.kind in wanted[tag] and 0 < entry.size <= _LONGEST:
            # Text that a camera mistyped as bytes is handed on as text.
            kind = 2 if entry.kind == 7 else entry.kind
            kept.append((tag, entry._replace(kind=kind), directory.raw(tag)))
    return kept


def _pack(order: str, entries: list[tuple[int, Entry, bytes]], offset: int) -> bytes:
    tail = offset + 2 + 12 * len(entries) + 4
    rows = [struct.pack(order + "H", len(entries))]
    values = bytearray()
    for tag, entry, raw in entries:
        row = struct.pack(order + "HHI", tag, entry.kind, entry.values)
        if len(raw) <= 4:
            rows.append(row + raw.ljust(4, b"\0"))
        else:
            rows.append(row + struct.pack(order + "I", tail + len(values)))
            values += raw
    return b"".join((*rows, b"\0\0\0\0", values))


def _safe_block(main: Directory | None, exif: Directory | None) -> bytes:
    order = main.block.order if main else exif.block.order if exif else "<"
    first = _kept(main, _MAIN_TAGS)
    second = _kept(exif, _EXIF_TAGS) if exif and exif.block.order == order else []
    length = len(_pack(order, first, 8)) + 12
    pointer = (_EXIF_POINTER, Entry(4, 1, 0, 4), struct.pack(order + "I", 8 + length))
    head = b"II*\0\x08\0\0\0" if order == "<" else b"MM\0*\0\0\0\x08"
    return head + _pack(order, [*first, pointer], 8) + _pack(order, second, 8 + length)


def read_tags(main: Directory | None, exif: Directory | None) -> Tags:
    """Give the wanted standard tags of the two directories; a tag that exifread cannot make sense of is left out."""
    block = io.BytesIO(_safe_block(main, exif))
    try:
        found = exifread.process_file(block, details=False, extract_thumbnail=False)
    except (*_LEAKED, *_LEAKED_TOO):
        return {}
    tags: Tags = {}
    for name, tag in found.items():
        values = tag.values
        if isinstance(values, bytes):
            values = values.decode("latin-1")
        if isinstance(values, list):
            values = [_number(v) for v in values]
        tags[name.startswith("EXIF"), tag.tag] = values
    return tags


def _number(value: object) -> float:
    denominator = getattr(value, "denominator", 1)
    if not denominator:
        return math.inf if getattr(value, "numerator", 0) else math.nan
    return getattr(value, "numerator", 0) / denominator if denominator != 1 else getattr(value, "numerator", math.nan)


def _text(tags: Tags, tag: int, *, main: bool = False) -> str | None:
    value = tags.get((not main, tag))
    return value.strip() or None if isinstance(value, str) else None


def _positive(tags: Tags, tag: int) -> float | None:
    value = tags.get((True, tag))
    if isinstance(value, list) and value and 0 < value[0] < math.inf:
        return float(value[0])
    return None


def _whole(tags: Tags, tag: int, *, main: bool = False) -> int | None:
    value = tags.get((not main, tag))
    return int(value[0]) if isinstance(value, list) and value and math.isfinite(value[0]) else None


def parse_time(stamp: str | None, subsec: str | None) -> tuple[datetime | None, float | None]:
    """Give the camera's wall clock and how finely it is known in seconds; sub-seconds are decimals, '05' is 0.05 s."""
    try:
        taken = datetime.strptime((stamp or "")[:19], "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None, None
    digits = (subsec or "").strip()
    if not (digits.isascii() and digits.isdigit()):
        return taken, 1.0
    micro = int(digits[:6].ljust(6, "0"))
    return taken.replace(microsecond=micro), 10.0 ** -min(len(digits), 6)


def parse_offset(text: str | None) -> int | None:
    """Give '+05:30' in minutes; None for blanks, which some makers write."""
    found = _OFFSET.match(text or "")
    if not found:
        return None
    total = int(found[2]) * 60 + int(found[3])
    return -total if found[1] == "-" else total


def _taken(tags: Tags) -> tuple[datetime | None, float | None, int | None]:
    original, digitised = _text(tags, 0x9003), _text(tags, 0x9004)
    for stamp, subsec, offset in (
        (original, 0x9291, 0x9011),
        (digitised, 0x9292, 0x9012),
        (_text(tags, 0x9003, main=True), 0x9291, 0x9011),
    ):
        taken, resolution = parse_time(stamp, _text(tags, subsec))
        if taken:
            return taken, resolution, parse_offset(_text(tags, offset))
    return None, None, None


def _iso(tags: Tags) -> int | None:
    iso = _whole(tags, 0x8827)
    if iso in (None, 0, 65535):
        # 65535 is the largest value that the tag holds; Exif 2.3 then gives the number in one of these.
        iso = _whole(tags, 0x8832) or _whole(tags, 0x8833) or iso
    return iso or None


def lens_by_range(short_mm: float, long_mm: float, wide_f: float, tele_f: float) -> str | None:
    """Name a lens by what it can do, '24-70 mm f/2.8', where the file holds no name."""
    if not (0 < short_mm < math.inf and 0 < long_mm < math.inf):
        return None
    focal = f"{short_mm:.4g}" if short_mm == long_mm else f"{short_mm:.4g}-{long_mm:.4g}"
    if not 0 < wide_f < math.inf:
        return f"{focal} mm"
    stop = f"{wide_f:.2g}" if wide_f == tele_f or not 0 < tele_f < math.inf else f"{wide_f:.2g}-{tele_f:.2g}"
    return f"{focal} mm f/{stop}"


def _lens(tags: Tags) -> str | None:
    name = _text(tags, 0xA434)
    if name and set(name) != {"-"}:  # Sony writes dashes for a lens without contacts
        return name
    known = tags.get((True, 0xA432))
    return lens_by_range(*known) if isinstance(known, list) and len(known) == 4 else None


def _serial(tags: Tags, tag: int) -> str | None:
    """Give a serial number, but not the zeros and words that stand for none."""
    text = _text(tags, tag)
    return None if text is None or not text.strip("0-") or text.lower() in ("n/a", "none", "unknown") else text


def _distance(main: Directory | None, exif: Directory | None) -> tuple[float | None, dict[str, list[int]]]:
    pair = list(exif.numbers(0x9206, 1)) if exif else []
    if len(pair) != 2:
        return None, {}
    raw = {"Exif.SubjectDistance": pair}
    if pair[0] == _FAR_DISTANCE:
        return math.inf, raw
    if pair[0] == _UNKNOWN_DISTANCE or not pair[1]:
        return None, raw
    return pair[0] / pair[1], raw


def read_standard(main: Directory | None, exif: Directory | None) -> Finding:
    """Decode the tags of Exif 2.32 (CIPA DC-008) that every maker shares; TIFF/EP keeps them in the main directory."""
    exif = exif or main
    tags = read_tags(main, exif)
    taken, resolution, offset = _taken(tags)
    distance, raw = _distance(main, exif)
    composite = _whole(tags, 0xA460)
    bias = tags.get((True, 0x9204))
    return Finding(
        reader="exifread",
        make=_text(tags, 0x010F, main=True),
        model=_text(tags, 0x0110, main=True),
        body_serial=_serial(tags, 0xA431),
        lens=_lens(tags),
        lens_serial=_serial(tags, 0xA435),
        taken_at=taken,
        time_resolution_s=resolution,
        utc_offset_minutes=offset,
        exposure_s=_positive(tags, 0x829A),
        f_number=_positive(tags, 0x829D),
        iso=_iso(tags),
        exposure_bias_ev=float(bias[0]) if isinstance(bias, list) and bias and math.isfinite(bias[0]) else None,
        focal_mm=_positive(tags, 0x920A),
        width=_whole(tags, 0xA002),
        height=_whole(tags, 0xA003),
        orientation=_whole(tags, 0x0112, main=True),
        focus_near_m=distance,
        focus_far_m=distance,
        composite=None if composite is None else composite >= 2,
        software=_text(tags, 0x0131, main=True),
        raw=dict(raw),
    )
