"""What `fuse` is asked for. Loads no pixels: the work is done in another process."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stackroom.errors import NothingToDo
from watcher import folder

_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class FuseRequest:
    """What the user asked `fuse` for."""

    frames: tuple[Path, ...]
    output: Path
    reference: str = "middle"
    method: str = "auto"
    dust: bool = True
    front: str = "off"
    depth_map: Path | None = None
    explain: Path | None = None
    quality: int = 95
    slab: int = 0
    """Frames in a slab; 0 for no slabs. `overlap` of them are shared with the slab before."""
    overlap: int = 0


def _counting(path: Path) -> list[tuple[bool, int, str]]:
    """Sort key by which 'step10' comes after 'step9'."""
    parts = _NUMBERS.split(path.name.lower())
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


def _is_picture(path: Path) -> bool:
    """Tell whether a file, or what a link leads to, is a picture by its name."""
    return (
        path.suffix.lower() in folder.PICTURE_SUFFIXES and not folder.IGNORED_NAME.match(path.name) and path.is_file()
    )


def expand(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Return the files: those named in their order, and those of a named folder by number. Raises NothingToDo."""
    found: list[Path] = []
    for path in (path.expanduser().absolute() for path in paths):
        if path.is_dir():
            found += sorted(filter(_is_picture, path.iterdir()), key=_counting)
        elif path.exists():
            found.append(path)
        else:
            raise NothingToDo(f"{path}: no such file or folder")
    if not found:
        raise NothingToDo(f"{', '.join(map(str, paths))}: no pictures there")
    return tuple(found)
