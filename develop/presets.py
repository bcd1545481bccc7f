"""Named looks: built in, the user's own as JSON files, or Lightroom's .xmp presets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from develop import xmp
from develop.errors import SettingsError
from develop.settings import SETTINGS, DevelopSettings


@dataclass(frozen=True, slots=True)
class Preset:
    """A look: its name and the settings that it sets. What it does not name stays as it is."""

    name: str
    values: Mapping[str, Any]

    @property
    def settings(self) -> DevelopSettings:
        """The preset on a neutral picture."""
        return self.apply(DevelopSettings())

    def apply(self, settings: DevelopSettings) -> DevelopSettings:
        """Return the settings with the preset laid over them."""
        if self.name == "neutral":
            return DevelopSettings()
        return replace(settings, **self.values)

    def to_json(self) -> dict[str, Any]:
        """Return the preset as plain values, as `load` reads them from a file."""
        settings = self.settings.to_json()
        return {
            "name": self.name,
            "settings": {name: settings.get(name, SETTINGS[name].default) for name in self.values},
        }


_S_CURVE = ((0.0, 0.0), (64.0, 58.0), (128.0, 130.0), (192.0, 200.0), (255.0, 255.0))

BUILT_IN: Final[Mapping[str, Preset]] = {
    preset.name: preset
    for preset in (
        Preset("neutral", {}),
        Preset(
            "macro natural",
            {"highlights": -25.0, "shadows": 15.0, "vibrance": 12.0, "texture": 10.0, "sharpen_amount": 40.0,
             "sharpen_radius": 0.9, "sharpen_masking": 25.0, "colour_noise": 15.0},
        ),
        Preset(
            "insect detail",
            {"contrast": 8.0, "highlights": -40.0, "shadows": 30.0, "texture": 30.0, "clarity": 15.0, "vibrance": 10.0,
             "sharpen_amount": 60.0, "sharpen_radius": 0.8, "sharpen_detail": 40.0, "sharpen_masking": 30.0,
             "luminance_noise": 10.0, "colour_noise": 25.0},
        ),
        Preset(
            "product white",
            {"exposure": 0.25, "whites": 25.0, "highlights": 10.0, "shadows": 20.0, "saturation": -3.0, "clarity": 8.0,
             "sharpen_amount": 45.0, "sharpen_masking": 40.0, "colour_noise": 20.0},
        ),
        Preset(
            "landscape deep",
            {"contrast": 12.0, "highlights": -55.0, "shadows": 35.0, "whites": 10.0, "blacks": -12.0, "clarity": 18.0,
             "dehaze": 10.0, "vibrance": 22.0, "sharpen_amount": 45.0, "sharpen_masking": 15.0, "colour_noise": 20.0},
        ),
        Preset(
            "mineral and jewel",
            {"contrast": 15.0, "highlights": -45.0, "whites": 15.0, "clarity": 20.0, "texture": 20.0, "dehaze": 6.0,
             "saturation": 6.0, "sharpen_amount": 55.0, "sharpen_radius": 0.7, "sharpen_masking": 20.0},
        ),
        Preset(
            "black and white",
            {"grayscale": True, "contrast": 10.0, "clarity": 12.0, "gray_blue": -15.0, "gray_yellow": 10.0,
             "gray_green": 8.0, "curve": _S_CURVE, "sharpen_amount": 40.0, "grain_amount": 12.0},
        ),
    )
}  # fmt: skip


def load(name: str | Path) -> Preset:
    """Return a built-in preset by name, or one from a .json or .xmp file. Raises SettingsError naming it."""
    if isinstance(name, str) and name.lower() in BUILT_IN:
        return BUILT_IN[name.lower()]
    path = Path(name)
    if path.suffix.lower() not in (".json", ".xmp"):
        raise SettingsError(f"preset {name}: there is none of that name; there are {', '.join(BUILT_IN)}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path}: the preset cannot be read; {error.strerror or error}") from error
    if path.suffix.lower() == ".xmp":
        read = xmp.parse(content, str(path))
        return Preset(read.name or path.stem, read.values)
    return _from_json(path, content)


def _from_json(path: Path, content: bytes) -> Preset:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path}: the preset is not valid JSON; {error}") from error
    values = data.get("settings") if isinstance(data, dict) else None
    if not isinstance(values, dict):
        raise SettingsError(f'{path}: the preset has no settings; write {{"name": ..., "settings": {{...}}}}')
    unknown = sorted(set(values) - set(SETTINGS))
    if unknown:
        raise SettingsError(f"{path}: there is no setting {unknown[0]}; see docs/develop.md")
    try:
        checked = {name: SETTINGS[name].checked(name, value) for name, value in values.items()}
        preset = Preset(str(data.get("name") or path.stem), checked)
        preset.apply(DevelopSettings())
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error
    return preset
