from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from develop import recipe_files
from develop.errors import SettingsError
from develop.recipe import ALSO, COLLISIONS, MEDIA, METADATA, RECIPES, TOKENS, ExportRecipe
from develop.watermark_settings import CORNERS, Watermark

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
_MARKS = st.builds(
    Watermark,
    text=_TEXT,
    font=_TEXT,
    corner=st.sampled_from(CORNERS),
    size=st.floats(0.1, 100),
    opacity=st.floats(0, 100),
)
_RECIPES = st.builds(
    ExportRecipe,
    name=st.just("mine"),
    quality=st.integers(1, 100),
    short_edge=st.integers(16, 9000),
    megapixels=st.floats(0, 4000),
    print_size=st.sampled_from(("", "30x20 cm", "12x8 in")),
    sharpen_for=st.sampled_from(MEDIA),
    metadata=st.sampled_from(METADATA),
    gps=st.booleans(),
    collision=st.sampled_from(COLLISIONS),
    name_template=st.sampled_from(["", *(f"a {{{token}}}" for token in TOKENS), "{year}/{counter:4}"]),
    command=_TEXT,
    watermark=st.none() | _MARKS,
)


@given(_RECIPES)
def test_a_recipe_comes_back_from_toml_and_json(recipe: ExportRecipe) -> None:
    data = tomllib.loads(recipe_files.to_toml(recipe))
    assert ExportRecipe.from_json(data) == recipe
    assert ExportRecipe.from_json(recipe.to_json()) == recipe


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("format = ", "not valid TOML"),
        ("long_egde = 900", "long_egde"),
        ("[watermark]\ntekst = 'a'", "watermark.tekst"),
        ("[watermark]\nsize = 4.0", "a text or an image"),
        ("[watermark]\ntext = 'a'\ncorner = 'left'", "corner"),
        ("name_template = '{datum}'", "{datum}"),
        ("name_template = '{date:4}'", "{date:4}"),
        ("name_template = '../{name}'", "file name"),
        ("name_template = '{'", "name_template"),
        ("print_size = 'A4'", "print size"),
        ("metadata = 'some'", "metadata"),
        ("name = 'a/b'", "no name for a recipe"),
        ("embed_depth = true\nformat = 'png'", "embed_depth"),
        ("watermark = 3", "wrong kind"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line_that_names_the_file(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as refused:
        recipe_files.load(file)
    assert told in str(refused.value)
    assert str(file) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_recipes_are_kept_found_and_removed(tmp_path: Path) -> None:
    shared, kept = tmp_path / "shared.toml", tmp_path / "library"
    shared.write_text('name = "club"\nformat = "webp"\n[watermark]\ntext = "© me"\n')
    assert recipe_files.add(shared, kept).name == "club"
    shared.unlink()
    found = recipe_files.find("club", kept)
    assert found.watermark is not None
    assert found.watermark.text == "© me"
    assert recipe_files.find_all(["web,club", "web"], kept) == (RECIPES["web"], found)
    with pytest.raises(SettingsError, match="club"):
        recipe_files.find("clubb", kept)
    recipe_files.remove("club", kept)
    assert recipe_files.own(kept) == {}
    for name in ("club", "web", "../club"):
        with pytest.raises(SettingsError):
            recipe_files.remove(name, kept)


def test_a_built_in_name_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "web.toml").write_text("quality = 3")
    with pytest.raises(SettingsError, match="built in"):
        recipe_files.add(tmp_path / "web.toml", tmp_path / "kept")


def test_a_built_in_recipe_is_found_by_its_format_once_and_gives_way_to_ones_own(tmp_path: Path) -> None:
    found = recipe_files.find_all(["psd,layers", "psd8", "tiff", "gltf,mp4"], tmp_path)
    assert [recipe.name for recipe in found] == ["layers", "layers8", "tiff16", "mesh", "rocking"]
    assert all(recipe_files.find(name, tmp_path).name in RECIPES for name in ALSO)
    (tmp_path / "psd.toml").write_text('format = "psd"\nslab = 5\n')
    assert recipe_files.find("psd", tmp_path).slab == 5
