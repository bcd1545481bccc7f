"""XMP sidecars beside pictures: found, read and written without harm to what others keep in them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from develop import xmp
from develop.codecs.atomic import write_beside
from develop.errors import SettingsError
from develop.settings import DevelopSettings
from develop.xmp import Sidecar
from develop.xmp_described import Described

_ENDING: Final = ".xmp"


def sidecar_of(picture: Path, *, is_raw: bool = True) -> Path | None:
    """Return the sidecar that belongs to a picture.

    Lightroom's IMG_1.xmp is the raw file's; a JPEG has IMG_1.JPG.xmp, and IMG_1.xmp only where no raw file claims it.
    """
    full = Path(f"{picture}{_ENDING}")
    short = (picture.with_suffix(_ENDING), picture.with_suffix(".XMP"))
    candidates = [*short, full] if is_raw else [full] if _has_sibling(picture) else [full, *short]
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def new_sidecar(picture: Path, *, is_raw: bool = True) -> Path:
    """Return where the sidecar of a picture that has none is to lie: apart from that of a raw file of the same name."""
    return picture.with_suffix(_ENDING) if is_raw else Path(f"{picture}{_ENDING}")


def _has_sibling(picture: Path) -> bool:
    """Whether another picture of the same name lies beside it."""
    try:
        beside = [other for other in picture.parent.iterdir() if other.stem == picture.stem and other != picture]
    except OSError:
        return False
    return any(other.suffix.lower() != _ENDING for other in beside)


def read(path: Path) -> Sidecar:
    """Read a sidecar. Raises SettingsError naming it where it cannot be read or is no XMP."""
    return xmp.parse(_content(path), str(path))


def write(path: Path, settings: DevelopSettings, described: Described | None = None) -> bool:
    """Say settings, and marks where given, in a sidecar; all that is not ours in it stays. Return whether it changed.

    Raises SettingsError for a path that is no sidecar and for a broken one, which is left as it is; WriteError.
    """
    if path.suffix.lower() != _ENDING:
        raise SettingsError(f"{path}: settings are written to .xmp files only, never into a picture")
    previous = _content(path) if path.exists() else None
    content = xmp.render(settings, previous, str(path), described)
    if content == previous:
        return False
    with write_beside(path) as temporary:
        temporary.write_bytes(content)
    return True


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > xmp.MOST_BYTES:
            raise SettingsError(f"{path}: {path.stat().st_size >> 20} MB is too large for a sidecar; it is left alone")
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path}: the sidecar cannot be read; {error.strerror or error}") from error
