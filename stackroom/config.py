"""The settings file of a library, `stackroom.toml`: which folders are watched, and what becomes of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from develop import preset_files, recipe_files
from develop.errors import DevelopError
from stacker.errors import StackError
from stacker.settings import StackSettings
from stackroom import engines
from stackroom.cluster.scheduler import BadEngine, scheduler_address
from stackroom.errors import StackroomError
from watcher.silence import SILENT_S

NAME = "stackroom.toml"


class BadConfig(StackroomError):
    """The settings file says something that cannot be followed."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderConfig:
    """One `[[folder]]`. `mode` is copy or add; `export` empty means stacks in the library."""

    path: str
    preset: str = "neutral"
    recipes: tuple[str, ...] = ("jpeg",)
    mode: str = "copy"
    export: str = ""
    method: str = "auto"
    front: str = "off"
    given: frozenset[str] = field(default=frozenset(), compare=False)
    """Which settings the file itself gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole file.

    `workers` 0 means as many as the machine has room for, `memory_mb` 0 the engine's own limit for a stack; `engine` is
    `local` or `dask://HOST:PORT`; a worker that says nothing for `hang_s` seconds hangs; `notify` is a command and its
    words; `live`: show the stack so far of a sequence that is being shot; `sidecars`: write XMP beside the pictures
    after every edit.
    """

    folders: tuple[FolderConfig, ...] = ()
    workers: int = 0
    memory_mb: int = 0
    niceness: int = 5
    hang_s: int = int(SILENT_S)
    engine: str = "local"
    notify: tuple[str, ...] = ()
    webhook: str = ""
    live: bool = True
    sidecars: bool = False
    given: frozenset[str] = field(default=frozenset(), compare=False)
    """Which settings the file itself gives; the others are defaults."""


_KINDS: Mapping[str, type] = {
    "workers": int,
    "memory_mb": int,
    "niceness": int,
    "hang_s": int,
    "engine": str,
    "notify": list,
    "webhook": str,
    "live": bool,
    "sidecars": bool,
    "folder": list,
}
_MEANT = {int: "a whole number", str: "words in quotes", bool: "true or false", list: 'a list, as in ["one", "two"]'}
_RANGES = {"workers": (1, 256), "memory_mb": (256, 1_000_000), "niceness": (1, 19), "hang_s": (10, 86_400)}
_FOLDER_KINDS: Mapping[str, type] = {
    "path": str,
    "preset": str,
    "recipes": list,
    "mode": str,
    "export": str,
    "method": str,
    "front": str,
}


def _require(path: Path, where: str, values: Mapping[str, Any], known: Mapping[str, type]) -> None:
    for name, value in values.items():
        if name not in known:
            raise BadConfig(path, f"{where}{name}: no such setting; there are {', '.join(known)}")
        if type(value) is not known[name]:
            raise BadConfig(path, f"{where}{name} is {value!r}; give {_MEANT[known[name]]}")


def _is_whole_path(text: str) -> bool:
    """Say whether a path is the same wherever the daemon is started from."""
    try:
        return "\0" not in text and Path(text).expanduser().is_absolute()
    except RuntimeError:  # the home of somebody who is not there
        return False


def _folder(path: Path, number: int, values: Mapping[str, Any]) -> FolderConfig:
    where = f"folder {number}: "
    _require(path, where, values, _FOLDER_KINDS)
    if "path" not in values:
        raise BadConfig(path, f"{where}it has no path; say which folder")
    given: dict[str, Any] = dict(values)
    if "recipes" in given:
        given["recipes"] = tuple(map(str, given["recipes"]))
    made = FolderConfig(**given, given=frozenset(given))
    if made.mode not in ("copy", "add"):
        raise BadConfig(path, f"{where}mode is {made.mode!r}; give copy or add")
    for name, value in (("path", made.path), *([("export", made.export)] if made.export else [])):
        if not _is_whole_path(value):
            raise BadConfig(path, f"{where}{name} is {value!r}; give all of it, from the root or from ~")
    try:
        preset_files.find(made.preset, path.parent / "presets")
        StackSettings(method=StackSettings.parse_method(made.method), front=StackSettings.parse_front(made.front))
        recipe_files.find_all(made.recipes, path.parent / "recipes")
    except (DevelopError, StackError) as error:
        raise BadConfig(path, f"{where}{error}") from error
    return made


def _require_reachable(path: Path, values: Mapping[str, Any]) -> None:
    engine, webhook = values.get("engine", engines.LOCAL), values.get("webhook", "")
    if engine != engines.LOCAL:
        try:
            scheduler_address(engine)
        except BadEngine as error:
            raise BadConfig(path, f"engine is {error}") from error
    if webhook and not webhook.startswith(("http://", "https://")):
        raise BadConfig(path, f"webhook is {webhook!r}; give an address that begins with http:// or https://")


def load(path: Path) -> Config:
    """Read a settings file; none there is an empty one. Raises BadConfig naming the setting."""
    try:
        return parse(path, path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(path, f"cannot be read ({error})") from error


def parse(path: Path, text: str) -> Config:
    """Read what is, or is to be, a settings file's text. Raises BadConfig naming the setting."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(path, f"is no TOML: {error}") from error
    _require(path, "", values, _KINDS)
    for name, (least, most) in _RANGES.items():
        if name in values and values[name] != 0 and not least <= values[name] <= most:
            raise BadConfig(path, f"{name} is {values[name]}; give 0 or a number from {least} to {most}")
    _require_reachable(path, values)
    folders = tuple(_folder(path, number, entry) for number, entry in enumerate(values.get("folder", []), 1))
    simple = {name: value for name, value in values.items() if name not in ("folder", "notify")}
    given = frozenset(values)
    return Config(folders=folders, notify=tuple(map(str, values.get("notify", []))), given=given, **simple)
