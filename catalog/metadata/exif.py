"""Decode the tags of Exif 2.32 (CIPA DC-008) that every maker shares."""

from __future__ import annotations

import math
from datetime import datetime

from catalog.metadata.clock import parse_offset, parse_time
from catalog.metadata.finding import Finding
from catalog.metadata.lens_name import lens_by_range
from catalog.metadata.standard_tags import StandardTags, read_tags
from catalog.metadata.tiff import Directory

_MAKE, _MODEL, _ORIENTATION, _SOFTWARE = 0x010F, 0x0110, 0x0112, 0x0131
_EXPOSURE_TIME, _F_NUMBER, _BIAS, _FOCAL_LENGTH, _SUBJECT_DISTANCE = 0x829A, 0x829D, 0x9204, 0x920A, 0x9206
_SENSITIVITY, _RECOMMENDED_INDEX, _ISO_SPEED = 0x8827, 0x8832, 0x8833
_ORIGINAL, _DIGITISED, _OFFSET, _OFFSET_DIGITISED = 0x9003, 0x9004, 0x9011, 0x9012
_SUBSEC, _SUBSEC_DIGITISED = 0x9291, 0x9292
_COLUMNS, _ROWS, _COMPOSITE = 0xA002, 0xA003, 0xA460
_BODY_SERIAL, _LENS_RANGE, _LENS_MODEL, _LENS_SERIAL = 0xA431, 0xA432, 0xA434, 0xA435
_SENSITIVITY_LIMIT = 65535
_UNKNOWN_DISTANCE, _FAR_DISTANCE = 0, 0xFFFFFFFF
_NO_SERIAL = frozenset(("n/a", "none", "unknown"))


def _taken(tags: StandardTags) -> tuple[datetime | None, float | None, int | None]:
    """Give time, resolution and offset: when the picture was taken, else when it was digitised."""
    for stamp, subsec, offset in (
        (tags.text(_ORIGINAL), _SUBSEC, _OFFSET),
        (tags.text(_DIGITISED), _SUBSEC_DIGITISED, _OFFSET_DIGITISED),
        (tags.text(_ORIGINAL, main=True), _SUBSEC, _OFFSET),
    ):
        taken, resolution = parse_time(stamp, tags.text(subsec))
        if taken:
            return taken, resolution, parse_offset(tags.text(offset))
    return None, None, None


def _iso(tags: StandardTags) -> int | None:
    iso = tags.whole(_SENSITIVITY)
    if iso in (None, 0, _SENSITIVITY_LIMIT):
        # 65535 is the largest value that the tag holds; the number is then in one of these.
        iso = tags.whole(_RECOMMENDED_INDEX) or tags.whole(_ISO_SPEED) or iso
    return iso or None


def _lens(tags: StandardTags) -> str | None:
    name = tags.text(_LENS_MODEL)
    if name and name.strip("-"):  # Sony writes dashes for a lens without contacts
        return name
    known = tags.numbers(_LENS_RANGE)
    return lens_by_range(*known) if len(known) == 4 else None


def _serial(tags: StandardTags, tag: int) -> str | None:
    """Give a serial number, but not the zeros and words that stand for none."""
    text = tags.text(tag)
    return None if text is None or not text.strip("0-") or text.lower() in _NO_SERIAL else text


def _distance(exif: Directory | None) -> tuple[float | None, list[int]]:
    """Give the subject distance in metres, and as it is written: all ones are infinity, whatever the denominator."""
    pair = list(exif.numbers(_SUBJECT_DISTANCE, 1)) if exif else []
    if len(pair) == 2 and pair[0] == _FAR_DISTANCE:
        return math.inf, pair
    if len(pair) != 2 or pair[0] == _UNKNOWN_DISTANCE or not pair[1]:
        return None, pair
    return pair[0] / pair[1], pair


def read_standard(main: Directory | None, exif: Directory | None) -> Finding:
    """Decode the standard tags; where there is no Exif directory they may stand in the main one, as in TIFF/EP."""
    exif = exif or main
    tags = read_tags(main, exif)
    taken, resolution, offset = _taken(tags)
    distance, written = _distance(exif)
    composite = tags.whole(_COMPOSITE)
    return Finding(
        reader="exifread",
        make=tags.text(_MAKE, main=True),
        model=tags.text(_MODEL, main=True),
        body_serial=_serial(tags, _BODY_SERIAL),
        lens=_lens(tags),
        lens_serial=_serial(tags, _LENS_SERIAL),
        taken_at=taken,
        time_resolution_s=resolution,
        utc_offset_minutes=offset,
        exposure_s=tags.positive(_EXPOSURE_TIME),
        f_number=tags.positive(_F_NUMBER),
        iso=_iso(tags),
        exposure_bias_ev=tags.number(_BIAS),
        focal_mm=tags.positive(_FOCAL_LENGTH),
        width=tags.whole(_COLUMNS),
        height=tags.whole(_ROWS),
        orientation=tags.whole(_ORIENTATION, main=True),
        focus_near_m=distance,
        focus_far_m=distance,
        composite=None if composite is None else composite >= 2,
        software=tags.text(_SOFTWARE, main=True),
        raw={"Exif.SubjectDistance": written} if written else {},
    )
