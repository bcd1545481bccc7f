"""XMP sidecars beside pictures: found, read and written without harm to what others keep in them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from develop import xmp
from develop.codecs.atomic import write_beside
from develop.errors import SettingsError
from develop.settings import DevelopSettings
from develop.xmp import Sidecar

_ENDING: Final = ".xmp"


def sidecar_of(picture: Path) -> Path | None:
    """Return the sidecar that belongs to a picture: Lightroom's IMG_1.xmp before darktable's IMG_1.CR3.xmp."""
    for candidate in (picture.with_suffix(_ENDING), picture.with_suffix(".XMP"), Path(f"{picture}{_ENDING}")):
        if candidate.is_file():
            return candidate
    return None


def read(path: Path) -> Sidecar:
    """Read a sidecar. Raises SettingsError naming it where it cannot be read or is no XMP."""
    return xmp.parse(_content(path), str(path))


def write(path: Path, settings: DevelopSettings) -> bool:
    """Say the settings in a sidecar; all that is not ours in it stays. Return whether the file changed.

    Raises SettingsError for a path that is no sidecar and for a broken one, which is left as it is; WriteError.
    """
    if path.suffix.lower() != _ENDING:
        raise SettingsError(f"{path}: settings are written to .xmp files only, never into a picture")
    previous = _content(path) if path.exists() else None
    content = xmp.render(settings, previous, str(path))
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
