"""What files tell of themselves, as exiftool reads it: every format by every policy, every space by its profile."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from develop import export
from develop.codecs import ifd
from develop.codecs.tags import FileTags
from develop.image import Image
from develop.recipe import COLOUR_SPACES, ExportRecipe
from tests.develop.made_pictures import EXIF, TAGS, scene

EXIFTOOL = shutil.which("exiftool")
pytestmark = pytest.mark.skipif(EXIFTOOL is None, reason="exiftool is not installed")

FORMATS = ("jpeg", "png", "webp", "avif", "tiff", "psd", "tiff-layers", "dng")
POLICIES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "all": ({}, {"Artist", "ExposureTime", "GPSLatitude", "Source"}),
    "no place": ({"gps": False}, {"Artist", "ExposureTime", "Source"}),
    "copyright": ({"metadata": "copyright"}, {"Artist"}),
    "none": ({"metadata": "none"}, set()),
}
PROFILES = {
    "srgb": "sRGB", "display-p3": "Display P3", "adobe-rgb": "Adobe RGB (1998)",
    "prophoto": "ProPhoto RGB", "rec2020": "Rec. 2020 (sRGB curve)", "source": "sRGB",
}  # fmt: skip


def _picture() -> Image:
    eight = scene()
    return Image(eight.pixels.astype(np.uint16) * 257, eight.space)


def _told(paths: list[Path]) -> dict[str, dict[str, Any]]:
    done = subprocess.run([str(EXIFTOOL), "-j", "-a", *paths], capture_output=True, text=True, check=True)
    return {Path(found["SourceFile"]).name: found for found in json.loads(done.stdout)}


def test_every_format_tells_what_the_policy_lets_out(tmp_path: Path) -> None:
    exif = replace(EXIF, image={**EXIF.image, 0x013B: ifd.text(0x013B, "Me")})
    wanted: dict[Path, set[str]] = {}
    for form in FORMATS:
        for policy, (words, told) in POLICIES.items():
            recipe = ExportRecipe(name="r", format=form, bits=16 if form == "dng" else 8, **words)
            path = tmp_path / f"{form} {policy}.{recipe.extension}"
            export.export_image(_picture(), recipe, path, FileTags(exif, TAGS.provenance))
            wanted[path] = told
    found = _told(list(wanted))
    everything = {"Artist", "ExposureTime", "GPSLatitude", "Source"}
    assert {name: everything & tags.keys() for name, tags in found.items()} == {p.name: t for p, t in wanted.items()}
    secret = [tag for name, tags in found.items() if "all" not in name for tag in tags if tag.startswith("GPS")]
    assert secret == [], "nothing of the place stays"


@pytest.mark.parametrize("form", ["jpeg", "tiff", "avif", "png", "webp", "psd"])
def test_every_colour_space_is_named_by_its_profile(tmp_path: Path, form: str) -> None:
    assert set(PROFILES) == set(COLOUR_SPACES)
    for space in COLOUR_SPACES:
        recipe = ExportRecipe(name="r", format=form, colour_space=space)
        export.export_image(_picture(), recipe, tmp_path / f"{space}.{recipe.extension}")
    found = _told(sorted(tmp_path.iterdir()))
    assert {Path(name).stem: tags.get("ProfileDescription") for name, tags in found.items()} == PROFILES


def test_a_print_has_its_size_by_the_files_own_resolution(tmp_path: Path) -> None:
    """Inches, from pixels and pixels an inch, also where the file tells nothing else; these formats can say it bare."""
    for form in ("jpeg", "png", "tiff", "psd", "tiff-layers"):
        for policy in ("all", "none"):
            recipe = ExportRecipe(name="r", format=form, print_size="1x0.75 in", dpi=120, metadata=policy)
            export.export_image(_picture(), recipe, tmp_path / f"{form} {policy}.{recipe.extension}", TAGS)
    for name, tags in _told(sorted(tmp_path.iterdir())).items():
        dpi = tags.get("XResolution") or tags["PixelsPerUnitX"] * 0.0254
        assert dpi == pytest.approx(120, abs=0.1), name
        assert tags["ImageWidth"] / dpi == pytest.approx(1, abs=0.01), name
