"""What an export is to be, and the keys that say whether a stack or an export is still what was asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from develop.codecs import psd_limits
from develop.errors import SettingsError
from develop.settings import DevelopSettings

RENDER_VERSION: Final = "1"
"""Raised whenever the same settings render other pixels, so that exports made before count as stale."""

EXTENSIONS: Final = {"jpeg": "jpg", "tiff": "tif", "png": "png", "psd": "psd", "tiff-layers": "tif", "dng": "dng"}
_LAYERED: Final = ("psd", "tiff-layers")
_DEPTHS: Final = {"jpeg": (8,), "dng": (16,)}
COLOUR_SPACES: Final = ("srgb", "display-p3", "adobe-rgb", "prophoto", "rec2020", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRecipe:
    """How a picture is written. `long_edge` 0 keeps the size; `colour_space` 'source' keeps the picture's own."""

    name: str
    format: str = "jpeg"
    quality: int = 92
    bits: int = 8
    colour_space: str = "srgb"
    long_edge: int = 0
    sharpen: float = 0.0
    name_suffix: str = ""

    def __post_init__(self) -> None:
        """Refuse what no file can be. Raises SettingsError naming the recipe."""
        self._require(self.format in EXTENSIONS, "format", f"one of {', '.join(EXTENSIONS)}")
        self._require(type(self.quality) is int and 1 <= self.quality <= 100, "quality", "1 to 100")
        self._require(
            self.bits in _DEPTHS.get(self.format, (8, 16)), "bits", "8 for JPEG, 16 for DNG, 8 or 16 for all others"
        )
        self._require(self.colour_space in COLOUR_SPACES, "colour_space", f"one of {', '.join(COLOUR_SPACES)}")
        edge = self.long_edge
        self._require(
            type(edge) is int and (edge == 0 or 16 <= edge <= 65500), "long_edge", "0 (as it is) or 16 to 65500"
        )
        self._require(0 <= self.sharpen <= 100, "sharpen", "0 to 100")
        self._require(not set(self.name_suffix) & set('/\\\0:*?"<>|'), "name_suffix", "text that fits a file name")

    def _require(self, holds: bool, name: str, wanted: str) -> None:
        if not holds:
            raise SettingsError(f"recipe {self.name}: {name} is {getattr(self, name)!r}; give {wanted}")

    @property
    def extension(self) -> str:
        """The file's ending, without the dot."""
        return EXTENSIONS[self.format]

    def extension_for(self, size: tuple[int, int], frames: int) -> str:
        """Return the ending for a stack of so many frames of `size` (width, height): 'psb' for what passes a PSD."""
        layers = frames + 1
        large = self.format == "psd" and psd_limits.passes_psd(size, bytes_a_sample=self.bits // 8, layers=layers)
        return "psb" if large else self.extension

    @property
    def layered(self) -> bool:
        """Whether the file holds the frames as layers."""
        return self.format in _LAYERED

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ExportRecipe:
        """Read a recipe; unknown keys are ignored. Raises SettingsError."""
        known = {field.name for field in fields(cls)}
        if not isinstance(data.get("name"), str):
            raise SettingsError("recipe: it has no name; give it one")
        try:
            return cls(**{key: value for key, value in data.items() if key in known})
        except TypeError as error:
            raise SettingsError(f"recipe {data['name']}: a value is of the wrong kind; {error}") from error


RECIPES: Final[Mapping[str, ExportRecipe]] = {
    recipe.name: recipe
    for recipe in (
        # sRGB, because a JPEG is looked at where nobody reads profiles.
        ExportRecipe(name="jpeg"),
        ExportRecipe(name="tiff16", format="tiff", bits=16, colour_space="source"),
        ExportRecipe(name="web", quality=85, long_edge=2048, sharpen=25, name_suffix="_web"),
        ExportRecipe(name="print", format="tiff", bits=16, colour_space="adobe-rgb", sharpen=40, name_suffix="_print"),
        ExportRecipe(name="archive", format="tiff", bits=16, colour_space="prophoto", name_suffix="_archive"),
        ExportRecipe(name="png", format="png", bits=16, name_suffix=""),
        ExportRecipe(name="layers", format="psd", bits=16, colour_space="source"),
        ExportRecipe(name="layers8", format="psd", colour_space="source", name_suffix="_8bit"),
        ExportRecipe(name="layers-tiff", format="tiff-layers", bits=16, colour_space="source", name_suffix="_layers"),
        # Not toned: what opens a DNG develops it itself.
        ExportRecipe(name="dng", format="dng", bits=16, colour_space="source"),
    )
}


def recipe_named(name: str) -> ExportRecipe:
    """Return a built-in recipe. Raises SettingsError naming those that exist."""
    if name not in RECIPES:
        raise SettingsError(f"recipe {name}: there is none of that name; there are {', '.join(RECIPES)}")
    return RECIPES[name]


def stack_key(
    digests: Sequence[str],
    prestack: DevelopSettings | Sequence[DevelopSettings],
    stack: Mapping[str, Any],
    engine_version: str | int,
) -> str:
    """Return the key of a stack: equal exactly when the same pixels would come out.

    `digests` are the frames' in their order; `prestack` holds for all frames, or is one a frame; `stack` is the
    stacker's settings as plain values.
    """
    every = [prestack] if isinstance(prestack, DevelopSettings) else list(prestack)
    parts = [settings.prestack_part().to_json() for settings in every]
    return _key("stack", list(digests), parts, dict(stack), str(engine_version))


def render_key(stack: str, poststack: DevelopSettings, recipe: ExportRecipe, place: str = "") -> str:
    """Return the key of an export of a stack: its stack, look, recipe and where it is to lie."""
    return _key("render", stack, poststack.poststack_part().to_json(), recipe.to_json(), place, RENDER_VERSION)


def _key(*parts: Any) -> str:
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]
