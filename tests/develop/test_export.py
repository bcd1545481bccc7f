from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rawpy
from PIL import Image as Pillow
from psd_tools import PSDImage

from develop import colour, decode, export
from develop.codecs import ifd
from develop.codecs.tags import FileTags
from develop.errors import WriteError
from develop.image import SRGB, ColorSpace, Image
from develop.recipe import RECIPES, ExportRecipe
from tests.develop.made_pictures import EXIF, TAGS, noise, scene


def _sixteen(space: ColorSpace = colour.REC2020) -> Image:
    return Image(scene().pixels.astype(np.uint16) * 257, space)


FLAT = [name for name, recipe in RECIPES.items() if not recipe.needs_frames and recipe.format != "dng"]


@pytest.mark.parametrize("name", FLAT)
def test_every_flat_recipe_makes_a_file_that_reads_back(tmp_path: Path, name: str) -> None:
    recipe = RECIPES[name]
    path = tmp_path / f"a.{recipe.extension}"
    export.export_image(_sixteen(), recipe, path, TAGS)
    image = decode.read_image(path)
    expected = colour.REC2020 if recipe.colour_space == "source" else colour.SPACES[recipe.colour_space]
    assert image.space == expected
    assert image.pixels.dtype == (np.uint16 if recipe.bits == 16 else np.uint8)
    with Pillow.open(path) as other:
        assert other.getexif()[0x0110] == "K 1"


@pytest.mark.parametrize("name", [name for name, recipe in RECIPES.items() if recipe.format == "psd"])
def test_a_picture_without_frames_is_one_layer(tmp_path: Path, name: str) -> None:
    export.export_image(_sixteen(), RECIPES[name], tmp_path / "a.psd", TAGS)
    file = PSDImage.open(tmp_path / "a.psd")
    assert [layer.name for layer in file] == ["Merged"]
    assert file.depth == RECIPES[name].bits


def test_a_dng_is_read_as_raw(tmp_path: Path) -> None:
    image = _sixteen()
    export.export_image(image, RECIPES["dng"], tmp_path / "a.dng", TAGS)
    with rawpy.imread(str(tmp_path / "a.dng")) as read:
        light = colour.from_linear(colour.to_linear(image.pixels, image.space), colour.WORKING, np.uint16)
        assert np.array_equal(read.raw_image_visible[..., :3], light)


def test_a_picture_in_its_own_space_and_size_is_not_touched(tmp_path: Path) -> None:
    image = noise(50, 40, np.uint16, colour.REC2020)
    recipe = ExportRecipe(name="own", format="tiff", bits=16, colour_space="source")
    export.export_image(image, recipe, tmp_path / "a.tif")
    assert np.array_equal(decode.read_image(tmp_path / "a.tif").pixels, image.pixels)


def test_eight_bits_are_right_on_the_average_and_exact_where_they_can_be() -> None:
    eight = ExportRecipe(name="eight", format="png")
    sixteen = ExportRecipe(name="sixteen", format="png", bits=16)
    image = noise(301, 203, np.uint8)
    wide = export.prepare(image, sixteen)
    assert wide.pixels.dtype == np.uint16
    assert np.array_equal(export.prepare(wide, eight).pixels, image.pixels)
    for value in (100, 12_345, 40_000, 65_500):
        flat = Image(np.full((256, 256, 3), value, np.uint16))
        made = export.prepare(flat, eight).pixels
        assert np.abs(made - value / 257).max() < 1
        assert abs(made.mean() - value / 257) < 0.01
        assert np.array_equal(export.prepare(flat, eight).pixels, made)


@pytest.mark.parametrize(("long_edge", "size"), [(96, (96, 64)), (100, (100, 67)), (500, (192, 128)), (0, (192, 128))])
def test_the_long_edge_is_met_and_nothing_is_blown_up(long_edge: int, size: tuple[int, int]) -> None:
    made = export.prepare(_sixteen(), replace(RECIPES["jpeg"], long_edge=long_edge))
    assert (made.width, made.height) == size


def test_a_fine_pattern_keeps_its_light_when_made_smaller() -> None:
    """Black and white lines mix to half the light, which sRGB writes as 188, not 128."""
    lines = np.zeros((200, 200, 3), np.uint16)
    lines[:, ::2] = 65535
    made = export.prepare(Image(lines), replace(RECIPES["jpeg"], long_edge=50, sharpen=0.0))
    assert np.abs(made.pixels[10:-10, 10:-10].astype(int) - 188).max() <= 1


def test_sharpening_raises_an_edge_and_leaves_flat_parts() -> None:
    edge = np.full((60, 60, 3), 20000, np.uint16)
    edge[:, 30:] = 40000
    plain = export.prepare(Image(edge), replace(RECIPES["tiff16"]))
    sharp = export.prepare(Image(edge), replace(RECIPES["tiff16"], sharpen=50.0))
    assert np.array_equal(sharp.pixels[:, :25], plain.pixels[:, :25])
    assert sharp.pixels[:, 30].min() > plain.pixels[:, 30].max()


def test_a_target_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WriteError, match=r"a\.jpg"):
        export.export_image(Image(scene().pixels, SRGB), RECIPES["jpeg"], tmp_path / "file" / "a.jpg")


@pytest.mark.parametrize(
    ("recipe", "told"),
    [
        ({}, (True, True, True)),
        ({"gps": False}, (True, True, False)),
        ({"metadata": "copyright"}, (True, False, False)),
        ({"metadata": "none"}, (False, False, False)),
    ],
)
@pytest.mark.parametrize("form", ["jpeg", "webp", "avif", "png"])
def test_what_is_told_of_a_picture_is_the_recipes_to_say(
    tmp_path: Path, form: str, recipe: dict[str, Any], told: tuple[bool, bool, bool]
) -> None:
    """Artist, exposure time and place."""
    exif = replace(EXIF, image={**EXIF.image, 0x013B: ifd.text(0x013B, "Me")})
    tags = FileTags(replace(exif, gps={2: ifd.rationals(2, [(47, 1), (0, 1), (0, 1)])}), TAGS.provenance)
    path = tmp_path / "a"
    export.export_image(_sixteen(), ExportRecipe(name="r", format=form, **recipe), path, tags)
    with Pillow.open(path) as file:
        read = file.getexif()
        assert (0x013B in read, 0x829A in read.get_ifd(0x8769), 2 in read.get_ifd(0x8825)) == told
        assert (b"stackroom" in path.read_bytes()) == ("metadata" not in recipe)
        assert file.info["icc_profile"]


@pytest.mark.parametrize(("form", "most"), [("webp", 4.0), ("avif", 4.0)])
def test_formats_of_the_web_show_the_picture(tmp_path: Path, form: str, most: float) -> None:
    export.export_image(scene(), ExportRecipe(name="r", format=form, quality=90), tmp_path / "a")
    with Pillow.open(tmp_path / "a") as file:
        read = np.asarray(file.convert("RGB"), np.float64)
    assert np.sqrt(np.mean((read - scene().pixels) ** 2)) < most


def test_matte_paper_gets_more_than_a_screen() -> None:
    edge = np.full((60, 60, 3), 20000, np.uint16)
    edge[:, 30:] = 40000
    rise = {}
    for medium in ("screen", "glossy", "matte"):
        recipe = replace(RECIPES["tiff16"], sharpen=50.0, sharpen_for=medium)
        rise[medium] = int(export.prepare(Image(edge), recipe).pixels.max()) - 40000
    assert 0 < rise["screen"] < rise["glossy"] < rise["matte"]
