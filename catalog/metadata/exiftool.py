"""Ask exiftool, where it is installed, about a file of which our own readers make too little. Never required."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.metadata.clock import parse_offset, parse_time
from catalog.metadata.finding import Finding

_TAGS = (
    *("Make", "Model", "SerialNumber", "LensModel", "LensID", "LensSerialNumber", "DateTimeOriginal"),
    *("SubSecTimeOriginal", "OffsetTimeOriginal", "ExposureTime", "FNumber", "ISO", "FocalLength", "Orientation"),
    *("ImageWidth", "ImageHeight", "FocusDistance", "FocusDistanceLower", "FocusDistanceUpper", "ShutterCount"),
)
_SECONDS = 0.9


def _number(said: dict[str, Any], name: str) -> float | None:
    try:
        value = float(said[name])
    except (KeyError, TypeError, ValueError):
        return None
    return value if value > 0 else None


def _whole(said: dict[str, Any], name: str) -> int | None:
    value = _number(said, name)
    return int(value) if value is not None and value < 2**53 else None


def _text(said: dict[str, Any], name: str) -> str | None:
    return str(said[name]).strip() or None if said.get(name) is not None else None


def _finding(said: dict[str, Any]) -> Finding:
    taken, resolution = parse_time(_text(said, "DateTimeOriginal"), _text(said, "SubSecTimeOriginal"))
    near, far = (_number(said, f"FocusDistance{end}") or _number(said, "FocusDistance") for end in ("Lower", "Upper"))
    return Finding(
        reader="exiftool",
        make=_text(said, "Make"),
        model=_text(said, "Model"),
        body_serial=_text(said, "SerialNumber"),
        lens=_text(said, "LensModel") or _text(said, "LensID"),
        lens_serial=_text(said, "LensSerialNumber"),
        taken_at=taken,
        time_resolution_s=resolution,
        utc_offset_minutes=parse_offset(_text(said, "OffsetTimeOriginal")),
        exposure_s=_number(said, "ExposureTime"),
        f_number=_number(said, "FNumber"),
        iso=_whole(said, "ISO"),
        focal_mm=_number(said, "FocalLength"),
        width=_whole(said, "ImageWidth"),
        height=_whole(said, "ImageHeight"),
        orientation=_whole(said, "Orientation"),
        focus_near_m=near if far else None,
        focus_far_m=far if near else None,
        camera_counter=_whole(said, "ShutterCount"),
    )


@dataclass(frozen=True, slots=True)
class Exiftool:
    """The program, and how long it may take for one file; what takes longer, or fails, tells nothing."""

    program: str
    seconds: float = _SECONDS

    def read(self, path: Path) -> Finding | None:
        """Give what exiftool says of a file, or None where it says nothing of use."""
        command = [self.program, "-n", "-json", "-fast", *(f"-{tag}" for tag in _TAGS), str(path.absolute())]
        try:
            done = subprocess.run(
                command, capture_output=True, timeout=self.seconds, check=False, stdin=subprocess.DEVNULL
            )
            said = json.loads(done.stdout)[0]
        except (OSError, subprocess.TimeoutExpired, ValueError, LookupError):
            return None
        return _finding(said) if isinstance(said, dict) and (said.keys() & set(_TAGS)) else None


def installed() -> Exiftool | None:
    """Find exiftool on this machine."""
    program = shutil.which("exiftool")
    return Exiftool(program) if program else None
