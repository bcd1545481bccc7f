"""Name the place of an original in the library: by date, by the card's folder, never two pictures in one place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from catalog.metadata.record import Metadata

DEFAULT_TEMPLATE = "{date:%Y}/{date:%Y-%m-%d}/{folder}/{name}"

_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)
MAX_NAME_BYTES = 200


def safe_name(name: str) -> str:
    """Return a name that every file system takes: no separators, control or reserved words, at most 200 bytes."""
    clean = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).strip(" ").rstrip(".") or "_"
    if clean in (".", "..") or _RESERVED.match(clean):
        clean = f"_{clean}"
    if len(clean.encode()) <= MAX_NAME_BYTES:
        return clean
    stem, dot, suffix = clean.rpartition(".")
    keep = MAX_NAME_BYTES - len((dot + suffix).encode())
    return (stem or suffix).encode()[:keep].decode(errors="ignore") + (dot + suffix if stem else "")


def _date_pattern(template: str, taken_at: datetime | None) -> str:
    def replace(match: re.Match[str]) -> str:
        return taken_at.strftime(match[1] or "%Y-%m-%d") if taken_at else "undated"

    parts = [re.sub(r"\{date(?::([^}]*))?\}", replace, part) for part in template.split("/")]
    deduplicated = [part for index, part in enumerate(parts) if part != "undated" or "undated" not in parts[:index]]
    return "/".join(deduplicated)


def destination(
    root: Path, template: str, metadata: Metadata, source: Path, *, is_free: Callable[[Path], bool]
) -> Path:
    """Return where a copy of `source` goes below `root`.

    `is_free` says whether a place is empty or already holds this very content; a place that holds another picture
    gives way to '-2', '-3' and so on. The same files in the same order always get the same places.
    """
    pattern = _date_pattern(template, metadata.taken_at)
    values = {
        "{folder}": safe_name(source.parent.name or "card"),
        "{name}": safe_name(source.name),
        "{stem}": safe_name(source.stem),
        "{suffix}": source.suffix,
        "{model}": safe_name(metadata.model or "unknown camera"),
        "{serial}": safe_name(metadata.body_serial or "unknown"),
    }
    for token, value in values.items():
        pattern = pattern.replace(token, value)
    wanted = root / pattern
    place, number = wanted, 1
    while not is_free(place):
        number += 1
        place = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
    return place
