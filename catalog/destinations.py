"""Name the place of an original in the library: by date, by the card's folder, never two pictures in one place."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from catalog.errors import BadTemplate
from catalog.metadata.record import Metadata

DEFAULT_TEMPLATE = "{date:%Y}/{date:%Y-%m-%d}/{folder}/{name}"

_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)
MAX_NAME_BYTES = 200
MAX_SUFFIX = 16
UNDATED = "undated"

_TOKEN = re.compile(r"\{(\w+)(?::([^}]*))?\}")


def safe_name(name: str) -> str:
    """Return a name that every file system takes: no separators, control or reserved words, at most 200 bytes."""
    clean = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).strip(" ").rstrip(". ") or "_"
    if _RESERVED.match(clean):
        clean = f"_{clean}"
    if len(clean.encode()) <= MAX_NAME_BYTES:
        return clean
    stem, dot, suffix = clean.rpartition(".")
    if not stem or len(suffix) > MAX_SUFFIX:
        stem, dot, suffix = clean, "", ""
    keep = MAX_NAME_BYTES - len((dot + suffix).encode())
    return stem.encode()[:keep].decode(errors="ignore").rstrip(". ") + dot + suffix


def _fill(template: str, values: Mapping[str, str], taken_at: datetime | None) -> str:
    def value(token: re.Match[str]) -> str:
        name, pattern = token[1], token[2]
        if name == "date":
            return taken_at.strftime(pattern or "%Y-%m-%d") if taken_at else UNDATED
        if name not in values:
            known = ", ".join(f"{{{known}}}" for known in ("date:%Y-%m-%d", *values))
            raise BadTemplate(template, f"{token[0]} is unknown; known are {known}")
        return values[name]

    return _TOKEN.sub(value, template)


def _parts(filled: str) -> list[str]:
    parts = [part for part in filled.split("/") if part]
    # Year and day of an undated picture are one folder, not 'undated/undated'.
    return [part for index, part in enumerate(parts) if part != UNDATED or UNDATED not in parts[:index]]


def destination(
    root: Path, template: str, metadata: Metadata, source: Path, *, is_free: Callable[[Path], bool]
) -> Path:
    """Return where a copy of `source` goes below `root`.

    `is_free` says whether a place is empty or already holds this very content; a place that holds another picture
    gives way to '-2', '-3' and so on. The same files in the same order always get the same places. Raises BadTemplate.
    """
    name = Path(safe_name(source.name))
    values = {
        "folder": safe_name(source.parent.name or "card"),
        "name": name.name,
        "stem": name.stem,
        "suffix": name.suffix,
        "model": safe_name(metadata.model or "unknown camera"),
        "serial": safe_name(metadata.body_serial or "unknown"),
    }
    parts = _parts(_fill(template, values, metadata.taken_at))
    if ".." in parts or template.startswith("/"):
        raise BadTemplate(template, "it must stay below the library's folder")
    wanted = root.joinpath(*parts)
    if not wanted.name.endswith(name.suffix):
        raise BadTemplate(template, "it must end with {name}, or with {suffix}")
    return next(filter(is_free, numbered(wanted)))


def numbered(wanted: Path) -> Iterator[Path]:
    """Yield `wanted`, then the places beside it that end in '-2', '-3' and so on, before the suffix."""
    yield wanted
    for number in itertools.count(2):
        yield wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
