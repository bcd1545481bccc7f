from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from develop.errors import SettingsError
from develop.recipe import RECIPES, ExportRecipe, recipe_named, render_key, stack_key
from develop.settings import NEUTRAL, DevelopSettings


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda r: r.name)
def test_built_in_recipes_round_trip(recipe: ExportRecipe) -> None:
    assert ExportRecipe.from_json({**recipe.to_json(), "later": 1}) == recipe
    assert recipe_named(recipe.name) is recipe


@pytest.mark.parametrize(
    "values",
    [
        {"format": "bmp"}, {"quality": 0}, {"bits": 16}, {"bits": 12, "format": "png"}, {"colour_space": "cmyk"},
        {"long_edge": -1}, {"long_edge": 1.5}, {"name_suffix": "a/b"}, {"sharpen": "lots"}, {"name": 3},
        {"slab": 2}, {"slab": 1, "format": "psd"}, {"slab": 3, "overlap": 3, "format": "psd"}, {"overlap": 1},
    ],
)  # fmt: skip
def test_impossible_recipes_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        ExportRecipe.from_json({"name": "mine", **values})


def test_an_unknown_recipe_lists_those_that_exist() -> None:
    with pytest.raises(SettingsError, match="tiff16"):
        recipe_named("gif")


def test_a_new_look_leaves_the_stack_and_renews_the_export() -> None:
    toned = DevelopSettings(exposure=0.5)
    assert stack_key(["a", "b"], toned, {}, 1) == stack_key(["a", "b"], NEUTRAL, {}, 1)
    assert render_key("k", toned, RECIPES["jpeg"]) != render_key("k", NEUTRAL, RECIPES["jpeg"])


@pytest.mark.parametrize(
    "other",
    [
        stack_key(["b", "a"], NEUTRAL, {"m": 1}, 1),
        stack_key(["a", "b"], DevelopSettings(lens_profile=True), {"m": 1}, 1),
        stack_key(["a", "b"], NEUTRAL, {"m": 2}, 1),
        stack_key(["a", "b"], NEUTRAL, {"m": 1}, 2),
        stack_key(["a", "b"], [NEUTRAL, DevelopSettings(exposure_delta=0.1)], {"m": 1}, 1),
    ],
)
def test_whatever_changes_a_stack_changes_its_key(other: str) -> None:
    assert stack_key(["a", "b"], NEUTRAL, {"m": 1}, 1) != other


@given(st.permutations(["method", "levels", "memory", "reference"]))
def test_the_order_of_keys_does_not_count(order: list[str]) -> None:
    values = {name: len(name) for name in order}
    wanted = stack_key(["a"], NEUTRAL, dict(sorted(values.items())), 1)
    assert stack_key(["a"], NEUTRAL, values, 1) == wanted


def test_place_and_recipe_count_for_an_export() -> None:
    keys = {
        render_key("k", NEUTRAL, RECIPES["jpeg"], "/a"),
        render_key("k", NEUTRAL, RECIPES["jpeg"], "/b"),
        render_key("k", NEUTRAL, replace(RECIPES["jpeg"], quality=80), "/a"),
    }
    assert len(keys) == 3


def test_layers_are_named_psb_only_where_a_psd_is_too_small() -> None:
    frame = (6000, 4000)
    assert RECIPES["layers"].extension_for(frame, 20) == "psb"
    assert RECIPES["layers8"].extension_for(frame, 8) == "psd"
    assert replace(RECIPES["layers8"], slab=2, overlap=1).extension_for(frame, 14) == "psb", "slabs are layers as well"
    assert RECIPES["layers"].extension_for((31_000, 100), 2) == "psb"
    assert RECIPES["layers-tiff"].extension_for(frame, 20) == "tif"
    assert RECIPES["jpeg"].extension_for((0, 0), 3) == "jpg"


def test_a_dng_has_no_eight_bits() -> None:
    with pytest.raises(SettingsError, match="bits"):
        ExportRecipe(name="raw", format="dng", bits=8)
