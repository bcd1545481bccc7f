"""Real headers of many makers, held against what another reader makes of them."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

from catalog.metadata.completeness import check_complete
from catalog.metadata.errors import MetadataError
from catalog.metadata.reader import read_metadata
from catalog.metadata.record import Metadata

SHARED = Path(os.environ.get("STACKROOM_SHARED", Path(__file__).parents[4] / "shared"))
HEADERS, CARDS = SHARED / "fixtures" / "metadata", SHARED / "data" / "cards"
EXPECTED: dict[str, dict[str, Any]] = (
    json.loads((HEADERS / "expected.json").read_text())["files"] if (HEADERS / "expected.json").exists() else {}
)
needs_headers = pytest.mark.skipif(not EXPECTED, reason=f"no sample headers at {HEADERS}: set STACKROOM_SHARED")
needs_cards = pytest.mark.skipif(not CARDS.exists(), reason=f"no sample cards at {CARDS}: set STACKROOM_SHARED")
NAMES = sorted(name for name in EXPECTED if not name.startswith("poc/")) or ["none"]
POC = sorted(name for name in EXPECTED if name.startswith("poc/")) or ["none"]


def first(said: dict[str, Any], *names: str) -> Any:
    return next((said[name] for name in names if said.get(name) not in (None, "")), None)


def text(value: Any) -> str | None:
    return None if value is None else str(value).strip()


def taken(said: dict[str, Any]) -> str | None:
    stamp, subsec = said.get("ExifIFD:DateTimeOriginal"), said.get("ExifIFD:SubSecTimeOriginal")
    if stamp is None:
        return None
    return str(stamp).replace(":", "-", 2).replace(" ", "T") + (f".{subsec}" if subsec is not None else "")


def shown(found: Metadata) -> str | None:
    if found.taken_at is None:
        return None
    digits = round(-math.log10(found.time_resolution_s))
    decimals = f".{found.taken_at.microsecond:06d}"[: 1 + digits] if digits else ""
    return found.taken_at.replace(microsecond=0).isoformat() + decimals


def distance(said: dict[str, Any]) -> tuple[float | None, float | None]:
    if first(said, "Canon:FocusDistanceUpper"):
        far = said["Canon:FocusDistanceUpper"]
        return said["Canon:FocusDistanceLower"], math.inf if far == 655.35 else far
    if "Apple:FocusDistanceRange" in said:
        near, far = sorted(map(float, said["Apple:FocusDistanceRange"].split()))
        return near, far
    one = first(said, "Nikon:FocusDistance", "Olympus:FocusDistance", "Composite:FocusDistance")
    return (None, None) if one is None else (float(one), float(one))


@needs_headers
@pytest.mark.parametrize("name", NAMES)
def test_a_real_header_reads_as_another_reader_reads_it(name: str) -> None:
    said, found = EXPECTED[name], read_metadata(HEADERS / name)
    assert (found.make, found.model) == (said.get("IFD0:Make"), said.get("IFD0:Model"))
    assert shown(found) == taken(said)
    for value, tag in (
        (found.exposure_s, "ExposureTime"),
        (found.f_number, "FNumber"),
        (found.focal_mm, "FocalLength"),
    ):
        assert (value or 0) == pytest.approx(said.get(f"ExifIFD:{tag}") or 0, rel=1e-6)
    nikon = str(said.get("Nikon:ISO", "0")).split()[-1]
    assert str(found.iso or 0) in (str(said.get("ExifIFD:ISO", 0)), nikon)
    for metres, wanted in zip((found.focus_near_m, found.focus_far_m), distance(said), strict=True):
        assert metres == (None if wanted is None else pytest.approx(wanted, rel=1e-9))
    assert found.orientation == said.get("IFD0:Orientation", 1)


@needs_headers
@pytest.mark.parametrize("name", NAMES)
def test_a_real_note_reads_as_another_reader_reads_it(name: str) -> None:
    said, found = EXPECTED[name], read_metadata(HEADERS / name)
    makers = ("Nikon", "Canon", "Olympus", "Pentax")
    serial = first(said, "ExifIFD:SerialNumber", *(f"{maker}:SerialNumber" for maker in makers))
    lens = first(said, "ExifIFD:LensModel", "Canon:LensModel", "Olympus:LensModel")
    counter = first(said, "Nikon:ShutterCount", "Sony:ShutterCount", "Pentax:ShutterCount")
    position = first(
        said,
        "Nikon:LensPositionAbsolute",
        "Sony:FocusPosition2",
        "Sony:FocusPosition",
        "Olympus:FocusStepCount",
        "Apple:FocusPosition",
    )
    assert serial is None or found.body_serial == text(serial)
    assert lens is None or found.lens == text(lens)
    assert (found.camera_counter, found.focus_position) == (counter, position)
    assert (found.focus_scheme is None) is (position is None)
    assert found.composite is (said.get("ExifIFD:CompositeImage", 0) >= 2)


@needs_headers
@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("synth/")] or ["none"])
def test_the_frames_of_a_bracket_say_so(name: str) -> None:
    said, found = EXPECTED[name], read_metadata(HEADERS / name)
    drive = [int(number) for number in said.get("Olympus:DriveMode", "0 0").split()]
    flagged = said.get("Canon:FocusBracketing") == 1 or drive[0] == 5
    assert found.bracket_kind == ("focus" if flagged else None)
    assert found.bracket_index == (drive[1] if drive[0] == 5 else None)


@needs_headers
@pytest.mark.parametrize("name", POC)
def test_a_hostile_file_is_an_answer_or_the_one_error(name: str) -> None:
    try:
        read_metadata(HEADERS / name)
    except MetadataError as error:
        assert error.path == HEADERS / name
    assert check_complete(HEADERS / name) is not None


@needs_headers
@pytest.mark.parametrize("name", NAMES)
def test_a_real_header_cut_at_every_kilobyte_is_survived(name: str, tmp_path: Path) -> None:
    data, path = (HEADERS / name).read_bytes(), tmp_path / "cut"
    for length in range(0, min(len(data), 200_000), 1024 * (1 + len(data) // 60_000)):
        path.write_bytes(data[:length])
        try:
            read_metadata(path)
        except MetadataError as error:
            assert error.path == path
        check_complete(path)


@needs_cards
@pytest.mark.parametrize("card", ["card01", "card03-raw"])
def test_a_cards_invalid_files_are_told_from_the_whole_ones(card: str) -> None:
    files = json.loads((CARDS / card / "truth.json").read_text())["files"]
    pictures = {name: entry for name, entry in files.items() if entry["kind"] not in ("junk", "sidecar", "video")}
    told = {name for name in pictures if check_complete(CARDS / card / "card" / name) is not None}
    assert told == {name for name, entry in pictures.items() if entry["kind"] == "invalid"}
    assert len(told) == 4
