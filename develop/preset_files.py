"""The user's own presets: kept with a library, a JSON file each, taken from a picture or from a Lightroom preset."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

from develop import presets
from develop.codecs import atomic
from develop.errors import SettingsError
from develop.kept_files import Kept
from develop.presets import BUILT_IN, Preset
from develop.settings import SETTINGS, DevelopSettings
from develop.sync import chosen_settings

ENDING: Final = ".json"
_NAME: Final = re.compile(r"[\w][\w .+&()-]{0,63}")
_OF_ANY_PICTURE: Final = "ABD"
"""Classes whose settings mean the same on another picture: a crop, spots, dust and a frame's own deltas do not."""


def of_picture(name: str, settings: DevelopSettings, groups: Collection[str] | None = None) -> Preset:
    """Return a preset of what a picture's settings change; of some sync groups, all that they hold, neutral ones too.

    Without `groups`, what belongs to one picture alone is left out. Raises SettingsError where nothing is left.
    """
    names = chosen_settings(groups, "merge")
    if groups is None:
        names = frozenset(n for n in settings.changed() if SETTINGS[n].sync_class in _OF_ANY_PICTURE)
    if not names:
        raise SettingsError(f"preset {name}: the picture's look is neutral, and so there is nothing to keep")
    return Preset(name, {each: getattr(settings, each) for each in SETTINGS if each in names})


KEPT: Final = Kept(
    what="preset", ending=ENDING, names=_NAME, is_built_in=lambda name: name.lower() in BUILT_IN, load=presets.load
)
own, remove = KEPT.own, KEPT.remove


def find(name: str, folder: Path) -> Preset:
    """Return the preset of this name, the folder's own or a built-in one, or that of a .json or .xmp file.

    Raises SettingsError naming those that there are.
    """
    if name.lower() in BUILT_IN or Path(name).suffix.lower() in (ENDING, ".xmp"):
        return presets.load(name)
    kept = own(folder)
    if name not in kept:
        raise SettingsError(f"preset {name}: there is none of that name; there are {', '.join((*BUILT_IN, *kept))}")
    return kept[name]


def save(preset: Preset, folder: Path) -> None:
    """Keep a preset in the folder, in place of one of its name. Raises SettingsError or WriteError."""
    if KEPT.is_built_in(preset.name):
        raise SettingsError(f"preset {preset.name}: it is built in; give yours another name")
    if not _NAME.fullmatch(preset.name):
        raise SettingsError(f"{preset.name!r} is no name for a preset; use letters, digits, spaces, . and -")
    with atomic.write_beside(KEPT.path(folder, preset.name)) as partial:
        partial.write_text(json.dumps(preset.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
