"""What an export is to be, and the keys that say whether a stack or an export is still what was asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from string import Formatter
from typing import Any, Final

from develop.codecs import psd_limits
from develop.errors import SettingsError
from develop.resize import Resize, print_pixels
from develop.settings import DevelopSettings
from develop.watermark_settings import Watermark

RENDER_VERSION: Final = "1"
"""Raised whenever the same settings render other pixels, so that exports made before count as stale."""

EXTENSIONS: Final = {
    "jpeg": "jpg", "tiff": "tif", "png": "png", "webp": "webp", "avif": "avif", "psd": "psd", "tiff-layers": "tif",
    "dng": "dng", "depth": "png", "mesh": "glb", "rocking": "mp4", "rocking-webp": "webp",
}  # fmt: skip
"""What can be written, and the ending of its files."""
_LAYERED: Final = ("psd", "tiff-layers")
FROM_DEPTH: Final = ("depth", "mesh", "rocking", "rocking-webp")
"""Formats that show how far away things are: only a stack has them."""
_EIGHT: Final = (8,)
_DEPTHS: Final = {
    "jpeg": _EIGHT, "webp": _EIGHT, "avif": _EIGHT, "mesh": _EIGHT, "rocking": _EIGHT, "rocking-webp": _EIGHT,
    "dng": (16,), "depth": (16,),
}  # fmt: skip
COLOUR_SPACES: Final = ("srgb", "display-p3", "adobe-rgb", "prophoto", "rec2020", "source")
MEDIA: Final = ("", "screen", "matte", "glossy")
METADATA: Final = ("all", "copyright", "none")
COLLISIONS: Final = ("number", "skip", "replace", "stop")
"""What becomes of an export whose name is taken: it gets a number, is left out, replaces what is there, or ends all."""
TOKENS: Final = (
    "name", "original", "sequence", "frames", "focus", "date", "time", "year", "month", "day", "camera", "lens",
    "counter", "recipe",
)  # fmt: skip
"""What a name template may ask for in braces; `{counter:4}` and `{sequence:4}` are filled up with zeros."""
_COUNTED: Final = ("counter", "sequence", "frames")
_FIRST_FIELDS: Final = frozenset(
    ("name", "format", "quality", "bits", "colour_space", "long_edge", "sharpen", "name_suffix")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRecipe:
    """How a picture is written and what its file is called.

    `long_edge`, `short_edge`, `megapixels` and `print_size` (at `dpi`) limit its size, as `develop.resize` says;
    `colour_space` 'source' keeps the picture's own; `sharpen` is the amount of sharpening for the medium
    `sharpen_for`; `embed_depth` puts the depth map into a JPEG; `slab` neighbouring frames at a time, `overlap` of them
    shared with the slab before, are also fused by themselves, as hidden layers; `metadata` and `gps` say what goes out
    with the pixels; `command` is run on each finished file, with `{path}` for its name.
    """

    name: str
    format: str = "jpeg"
    quality: int = 92
    bits: int = 8
    colour_space: str = "srgb"
    long_edge: int = 0
    short_edge: int = 0
    megapixels: float = 0.0
    print_size: str = ""
    dpi: int = 300
    sharpen: float = 0.0
    sharpen_for: str = ""
    embed_depth: bool = False
    slab: int = 0
    overlap: int = 0
    metadata: str = "all"
    gps: bool = True
    watermark: Watermark | None = None
    name_suffix: str = ""
    name_template: str = ""
    collision: str = "number"
    command: str = ""

    def __post_init__(self) -> None:
        """Refuse what no file can be. Raises SettingsError naming the recipe."""
        self._require(self.format in EXTENSIONS, "format", f"one of {', '.join(EXTENSIONS)}")
        self._require(type(self.quality) is int and 1 <= self.quality <= 100, "quality", "1 to 100")
        depths = _DEPTHS.get(self.format, (8, 16))
        self._require(self.bits in depths, "bits", f"{' or '.join(map(str, depths))} for {self.format}")
        self._require_one_of("colour_space", COLOUR_SPACES)
        self._check_size()
        self._require(0 <= self.sharpen <= 100, "sharpen", "0 to 100")
        self._require_one_of("sharpen_for", MEDIA)
        self._require_one_of("metadata", METADATA)
        self._require_one_of("collision", COLLISIONS)
        self._require(not self.embed_depth or self.format == "jpeg", "embed_depth", "false for all but JPEG")
        self._check_slabs()
        self._require(not set(self.name_suffix) & set('/\\\0:*?"<>|'), "name_suffix", "text that fits a file name")
        self._check_template()
        complaint = self.watermark.complaint() if self.watermark else None
        if complaint:
            raise SettingsError(f"recipe {self.name}: watermark: {complaint}")

    def _check_size(self) -> None:
        for name in ("long_edge", "short_edge"):
            edge = getattr(self, name)
            self._require(type(edge) is int and (edge == 0 or 16 <= edge <= 65500), name, "0 (as it is) or 16 to 65500")
        self._require(0 <= self.megapixels <= 4000, "megapixels", "0 (as it is) to 4000")
        self._require(type(self.dpi) is int and 1 <= self.dpi <= 9600, "dpi", "1 to 9600")
        if self.print_size:
            try:
                print_pixels(self.print_size, self.dpi)
            except SettingsError as error:
                raise SettingsError(f"recipe {self.name}: {error}") from error

    def _check_slabs(self) -> None:
        whole = type(self.slab) is int and self.slab >= 0 and self.slab != 1
        self._require(whole, "slab", "0 (none) or 2 frames and more")
        self._require(self.layered or not self.slab, "slab", "0 for all but psd and tiff-layers")
        fewer = type(self.overlap) is int and 0 <= self.overlap < max(1, self.slab)
        self._require(fewer, "overlap", "fewer frames than a slab has")

    def with_slabs(self, slab: int | None, overlap: int | None) -> ExportRecipe:
        """Return the recipe with slabs where it writes layers and asks for none itself."""
        if not slab or self.slab or not self.layered:
            return self
        return replace(self, slab=slab, overlap=overlap or 0)

    def _check_template(self) -> None:
        try:
            asked = [(token, form) for _, token, form, _ in Formatter().parse(self.name_template) if token is not None]
        except ValueError as error:
            raise SettingsError(f"recipe {self.name}: name_template {self.name_template!r}: {error}") from error
        for token, form in asked:
            if token not in TOKENS or (form and not (token in _COUNTED and form.isdigit() and int(form) < 20)):
                known = ", ".join(f"{{{known}}}" for known in TOKENS)
                whole = f"{{{token}:{form}}}" if form else f"{{{token}}}"
                raise SettingsError(f"recipe {self.name}: name_template has {whole}; known are {known}")
        parts = self.name_template.split("/")
        if self.name_template and (set(self.name_template) & set('\\\0:*?"<>|') - {":"} or {"", ".."} & set(parts)):
            raise SettingsError(f"recipe {self.name}: name_template {self.name_template!r} does not fit a file name")

    def _require_one_of(self, name: str, known: Sequence[str]) -> None:
        self._require(getattr(self, name) in known, name, f"one of {', '.join(word or repr(word) for word in known)}")

    def _require(self, holds: bool, name: str, wanted: str) -> None:
        if not holds:
            raise SettingsError(f"recipe {self.name}: {name} is {getattr(self, name)!r}; give {wanted}")

    @property
    def resize(self) -> Resize:
        """What limits the picture's size."""
        return Resize(
            long_edge=self.long_edge,
            short_edge=self.short_edge,
            megapixels=self.megapixels,
            print_size=self.print_size,
            dpi=self.dpi,
        )

    @property
    def extension(self) -> str:
        """The file's ending, without the dot."""
        return EXTENSIONS[self.format]

    def extension_for(self, size: tuple[int, int], frames: int) -> str:
        """Return the ending for a stack of so many frames of `size` (width, height): 'psb' for what passes a PSD."""
        slabs = -(-max(1, frames - self.overlap) // (self.slab - self.overlap)) if self.slab else 0
        layers = frames + slabs + 1
        large = self.format == "psd" and psd_limits.passes_psd(size, bytes_a_sample=self.bits // 8, layers=layers)
        return "psb" if large else self.extension

    @property
    def layered(self) -> bool:
        """Whether the file holds the frames as layers."""
        return self.format in _LAYERED

    @property
    def shows_depth(self) -> bool:
        """Whether the file tells how far away things are."""
        return self.embed_depth or self.format in FROM_DEPTH

    @property
    def needs_frames(self) -> bool:
        """Whether the file cannot be made from the master alone."""
        return self.layered or self.shows_depth

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ExportRecipe:
        """Read a recipe; unknown keys are ignored. Raises SettingsError."""
        known = {field.name for field in fields(cls)}
        if not isinstance(data.get("name"), str):
            raise SettingsError("recipe: it has no name; give it one")
        values = {key: value for key, value in data.items() if key in known}
        try:
            if values.get("watermark") is not None:
                marks = {field.name for field in fields(Watermark)}
                given = dict(values["watermark"])
                values["watermark"] = Watermark(**{key: value for key, value in given.items() if key in marks})
            return cls(**values)
        except (TypeError, ValueError, AttributeError) as error:
            raise SettingsError(f"recipe {data['name']}: a value is of the wrong kind; {error}") from error

    def key_part(self) -> dict[str, Any]:
        """Return what of the recipe shapes a file, for its key; settings that came later count where they are used."""
        usual = {field.name: field.default for field in fields(self)}
        return {n: v for n, v in self.to_json().items() if n in _FIRST_FIELDS or v != usual[n]}


RECIPES: Final[Mapping[str, ExportRecipe]] = {
    recipe.name: recipe
    for recipe in (
        # sRGB, because a JPEG is looked at where nobody reads profiles.
        ExportRecipe(name="jpeg"),
        ExportRecipe(name="tiff16", format="tiff", bits=16, colour_space="source"),
        ExportRecipe(
            name="web", quality=85, long_edge=2048, sharpen=50, sharpen_for="screen", gps=False, name_suffix="_web"
        ),
        ExportRecipe(
            name="print",
            format="tiff",
            bits=16,
            colour_space="adobe-rgb",
            sharpen=50,
            sharpen_for="glossy",
            name_suffix="_print",
        ),
        ExportRecipe(name="archive", format="tiff", bits=16, colour_space="prophoto", name_suffix="_archive"),
        ExportRecipe(name="png", format="png", bits=16, name_suffix=""),
        ExportRecipe(name="webp", format="webp", quality=85),
        ExportRecipe(name="avif", format="avif", quality=70),
        ExportRecipe(name="layers", format="psd", bits=16, colour_space="source"),
        ExportRecipe(name="layers8", format="psd", colour_space="source", name_suffix="_8bit"),
        ExportRecipe(name="layers-tiff", format="tiff-layers", bits=16, colour_space="source", name_suffix="_layers"),
        # Not toned: what opens a DNG develops it itself.
        ExportRecipe(name="dng", format="dng", bits=16, colour_space="source"),
        ExportRecipe(name="jpeg-depth", embed_depth=True, name_suffix="_3d"),
        ExportRecipe(name="depth", format="depth", bits=16, name_suffix="_depth"),
        ExportRecipe(name="mesh", format="mesh", long_edge=2048, name_suffix="_mesh"),
        ExportRecipe(name="rocking", format="rocking", long_edge=960, name_suffix="_rocking"),
        ExportRecipe(name="rocking-webp", format="rocking-webp", quality=80, long_edge=800, name_suffix="_rocking"),
    )
}


ALSO: Final[Mapping[str, str]] = {
    "psd": "layers", "psd8": "layers8", "tiff-layers": "layers-tiff", "tiff": "tiff16", "tif": "tiff16", "jpg": "jpeg",
    "glb": "mesh", "gltf": "mesh", "mp4": "rocking",
}  # fmt: skip
"""What built-in recipes may be called as well: by their format."""


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
    return _key("render", stack, poststack.poststack_part().to_json(), recipe.key_part(), place, RENDER_VERSION)


def _key(*parts: Any) -> str:
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]
