"""Exchange settings and marks with sidecars: what one side changed goes to the other, what both changed is shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from catalog import copies, edits, marks, sidecars
from catalog.database import Catalog
from catalog.marks import Marks
from catalog.metadata.containers import open_header
from catalog.metadata.errors import BrokenHeaderError
from catalog.metadata.file_bytes import open_bytes
from catalog.sidecars import Agreed, Standing
from develop import sidecar, xmp
from develop.errors import DevelopError
from develop.settings import DevelopSettings
from develop.xmp import Sidecar
from develop.xmp_described import Described

_PORTION: Final = 500
"""Captures at a time: what was exchanged before a run was cut is recorded."""
_NOT_RAW: Final = (".jpg", ".jpeg", ".tif", ".tiff", ".png", ".heic", ".heif", ".hif", ".webp", ".avif")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A capture, its picture, its sidecar if there is one, and how the two stand."""

    capture: int
    picture: Path
    path: Path | None
    settings: DevelopSettings
    described: Described
    agreed: Agreed | None
    digest: str | None

    @property
    def said(self) -> str:
        """Return a digest of what the catalog has to say. A place changes with every regrouping, and is no edit."""
        told = [self.settings.to_json(), asdict(replace(self.described, place=None))]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    @property
    def standing(self) -> Standing:
        """Say how sidecar and catalog stand."""
        return sidecars.standing(self.agreed, self.digest, self.said)


@dataclass(slots=True)
class Exchanged:
    """What came of it, by the captures' sidecars. `left` were changed on both sides, or cannot be used."""

    done: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)


def _is_raw(picture: Path) -> bool:
    return picture.suffix.lower() not in _NOT_RAW


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def look(session: Session, captures: Collection[int]) -> list[Exchange]:
    """Return how each capture and its sidecar stand; a virtual copy has none, since a sidecar tells of one look."""
    captures = copies.real(session, captures)
    pictures = edits.pictures(session, captures)
    settings, described = edits.settings_of(session, captures), sidecars.described(session, captures)
    known = sidecars.agreed(session, captures)
    found = []
    for capture in captures:
        picture = Path(pictures[capture])
        path = sidecar.sidecar_of(picture, is_raw=_is_raw(picture))
        digest = _digest(path) if path is not None else None
        mine = known.get(capture)
        mine = mine if mine is not None and path is not None and mine.path == str(path) else None
        found.append(Exchange(capture, picture, path, settings[capture], described[capture], mine, digest))
    return found


def _portions(captures: Collection[int]) -> Iterator[list[int]]:
    every = list(captures)
    for start in range(0, len(every), _PORTION):
        yield every[start : start + _PORTION]


def write(catalog: Catalog, captures: Collection[int], *, overwrite: bool = False) -> Exchanged:
    """Write what the catalog says into sidecars beside the pictures; what others wrote there stays.

    A sidecar that another program changed since is left, unless `overwrite`.
    """
    told = Exchanged()
    for portion in _portions(captures):
        with catalog.reader() as session:
            found = look(session, portion)
        written = {item.capture: state for item in found if (state := _write(item, told, overwrite)) is not None}
        with catalog.writer() as session:
            for capture, state in written.items():
                sidecars.remember(session, capture, state)
    return told


_WHY: Final[dict[Standing, str]] = {
    "new": "is not ours and was not read yet",
    "sidecar newer": "was changed by another program",
    "conflict": "was changed by another program, and so was the catalog",
}


def _write(item: Exchange, told: Exchanged, overwrite: bool) -> Agreed | None:
    path = item.path or sidecar.new_sidecar(item.picture, is_raw=_is_raw(item.picture))
    if item.standing in _WHY and not overwrite and not _says_the_same(item):
        told.left.append((str(path), f"{_WHY[item.standing]}; `xmp read` takes it over, --overwrite does not"))
        return None
    try:
        changed = sidecar.write(path, item.settings, item.described)
    except DevelopError as error:
        told.left.append((str(path), str(error)))
        return None
    (told.done if changed else told.same).append(str(path))
    return _state(path, item.said)


def _says_the_same(item: Exchange) -> bool:
    try:
        read = sidecar.read(item.path) if item.path is not None else None
    except DevelopError:
        return False
    return read is not None and read.settings == item.settings and _marks_of(read) == _marks_in(item.described)


def _state(path: Path, said: str) -> Agreed:
    status = path.stat()
    return Agreed(path=str(path), size=status.st_size, mtime_ns=status.st_mtime_ns, digest=_digest(path), said=said)


def read(catalog: Catalog, captures: Collection[int], *, overwrite: bool = False, embedded: bool = False) -> Exchanged:
    """Take over what sidecars say, as one undoable action of each kind; with `embedded`, what is in the pictures too.

    A sidecar that was changed while the catalog was changed as well is left, unless `overwrite`.
    """
    told = Exchanged()
    with catalog.reader() as session:
        found = look(session, captures)
        before = marks.of(session, captures)
    taken: dict[int, tuple[Exchange, Sidecar]] = {}
    for item in found:
        said = _read(item, told, overwrite, embedded)
        if said is not None:
            taken[item.capture] = (item, said)
    with catalog.writer() as session:
        looks = {capture: said.settings for capture, (_, said) in taken.items() if said.has_settings}
        given = {capture: _merged(before[capture], item, said) for capture, (item, said) in taken.items()}
        label = f"from {len(taken)} sidecars"
        batches = (edits.apply(session, looks, f"settings {label}"), marks.apply(session, given, f"marks {label}"))
        told.batches = [batch for batch in batches if batch is not None]
    with catalog.reader() as session:
        now = look(session, list(taken))
    states = {item.capture: _state(item.path, item.said) for item in now if item.path is not None}
    with catalog.writer() as session:
        for capture, state in states.items():
            sidecars.remember(session, capture, state)
    return told


def _read(item: Exchange, told: Exchanged, overwrite: bool, embedded: bool) -> Sidecar | None:
    name = str(item.path or item.picture)
    if item.standing == "conflict" and not overwrite:
        how = "`xmp read --overwrite` takes the sidecar's side, `xmp write --overwrite` the catalog's"
        told.left.append((name, f"{_WHY['conflict']}; {how}"))
        return None
    try:
        said = sidecar.read(item.path) if item.path is not None else _inside(item.picture) if embedded else None
    except DevelopError as error:
        told.left.append((name, str(error)))
        return None
    if said is None:
        told.without.append(str(item.picture))
        return None
    told.notes += said.ignored
    told.done.append(name)
    return said


def _inside(picture: Path) -> Sidecar | None:
    """Return what the XMP inside a picture says; None where there is none."""
    try:
        with open_bytes(picture) as data:
            packet = bytes(open_header(data).xmp)
    except (BrokenHeaderError, OSError):
        return None
    return xmp.parse(packet, str(picture)) if packet.strip(b"\0 \r\n\t") else None


def _marks_in(described: Described) -> Marks:
    return Marks(
        rating=described.rating,
        flag=described.flag,
        label=described.label,
        keywords=tuple(sorted(described.keywords, key=str.casefold)),
    )


def _marks_of(said: Sidecar) -> Marks:
    return _marks_in(said.described)


def _merged(had: Marks, item: Exchange, read: Sidecar) -> Marks:
    """Return the marks that a sidecar gives. One that never agreed with the catalog takes nothing away."""
    said = _marks_of(read)
    if item.agreed is not None:
        return replace(said, collections=had.collections)
    return replace(
        had.with_keywords(said.keywords),
        rating=said.rating or had.rating,
        flag=said.flag or had.flag,
        label=said.label or had.label,
    )
