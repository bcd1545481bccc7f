"""Recipes as TOML files: kept with a library, handed from one photographer to another."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from develop.codecs import atomic
from develop.errors import SettingsError
from develop.kept_files import Kept
from develop.recipe import ALSO, RECIPES, ExportRecipe, recipe_named
from develop.watermark_settings import Watermark

ENDING: Final = ".toml"
_NAME: Final = re.compile(r"[\w][\w .-]{0,63}")
_MARK: Final = "watermark"


def load(path: Path) -> ExportRecipe:
    """Read a recipe; it is called what it says, or like its file. Raises SettingsError naming the file."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: the recipe cannot be read; {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: the recipe is not valid TOML; {error}") from error
    _require_known(path, data)
    try:
        recipe = ExportRecipe.from_json({"name": path.stem, **data})
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error
    if not _NAME.fullmatch(recipe.name):
        raise SettingsError(f"{path}: {recipe.name!r} is no name for a recipe; use letters, digits, spaces, . and -")
    return recipe


def _require_known(path: Path, data: Mapping[str, Any]) -> None:
    """Raise SettingsError for a word that no recipe knows: a misspelt limit would be no limit."""
    mark = data.get(_MARK, {})
    known = {field.name for field in fields(ExportRecipe)}
    unknown = sorted(set(data) - known)
    if isinstance(mark, dict):
        unknown += sorted(f"{_MARK}.{key}" for key in set(mark) - {field.name for field in fields(Watermark)})
    if unknown:
        raise SettingsError(f"{path}: a recipe has no {unknown[0]}; it has {', '.join(sorted(known))}")


def to_toml(recipe: ExportRecipe) -> str:
    """Return the recipe as TOML; what is as usual is left out."""
    usual = {field.name: field.default for field in fields(recipe)}
    values = {name: value for name, value in recipe.to_json().items() if value != usual[name]}
    mark = values.pop(_MARK, None)
    lines = [f"{name} = {_value(value)}" for name, value in values.items()]
    if mark is not None:
        plain = Watermark()
        lines += ["", f"[{_MARK}]"]
        lines += [f"{name} = {_value(value)}" for name, value in mark.items() if value != getattr(plain, name)]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    """Return a plain value as TOML writes it: JSON's texts, numbers and words are TOML's as well, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


KEPT: Final = Kept(what="recipe", ending=ENDING, names=_NAME, is_built_in=RECIPES.__contains__, load=load)
own, remove = KEPT.own, KEPT.remove


def find(name: str, folder: Path) -> ExportRecipe:
    """Return the recipe of this name, the folder's own or a built-in one, or that of a .toml file.

    Raises SettingsError naming those that there are.
    """
    if name.endswith(ENDING):
        return load(Path(name).expanduser())
    if name in RECIPES:
        return recipe_named(name)
    if KEPT.is_there(folder, name):
        return load(KEPT.path(folder, name))
    kept = own(folder)
    if name not in kept and name in ALSO:
        return recipe_named(ALSO[name])
    if name not in kept:
        raise SettingsError(f"recipe {name}: there is none of that name; there are {', '.join((*RECIPES, *kept))}")
    return kept[name]


def find_all(names: Iterable[str], folder: Path) -> tuple[ExportRecipe, ...]:
    """Return the recipes of these names, each of which may be several with commas, once each. Raises SettingsError."""
    single = dict.fromkeys(word.strip() for name in names for word in name.split(",") if word.strip())
    found = (find(name, folder) for name in single)
    return tuple({recipe.name: recipe for recipe in found}.values())


def add(path: Path, folder: Path) -> ExportRecipe:
    """Keep a recipe file in the folder, in place of one of its name. Raises SettingsError or WriteError."""
    recipe = load(path)
    if recipe.name in RECIPES:
        raise SettingsError(f"{path}: recipe {recipe.name} is built in; give yours another name")
    with atomic.write_beside(KEPT.path(folder, recipe.name)) as partial:
        partial.write_text(to_toml(recipe), encoding="utf-8")
    return recipe
