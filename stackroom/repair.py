"""Mend what a check finds and a program can mend: leftovers, originals the catalog lost, copies that are gone."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from catalog import copying
from catalog.database import Catalog
from catalog.models import File
from develop.codecs import atomic
from stackroom import safekeeping
from stackroom.library import Library
from watcher.events import Listener


def _fetch_again(catalog: Catalog, originals: Path) -> list[str]:
    """Copy originals that are gone from the library from where they came, if they still lie there unchanged."""
    with catalog.reader() as session:
        files = session.execute(select(File.stored_path, File.source_path, File.digest)).all()
    fetched = []
    for stored, source, digest in files:
        place, origin = Path(stored), Path(source)
        if place.exists() or not place.is_relative_to(originals) or not origin.is_file():
            continue
        if copying.digest_file(origin) == digest:
            copying.copy_verified(origin, place)
            fetched.append(f"{stored}: was gone, and is copied again from {source}")
    return fetched


def repair(library: Library, catalog: Catalog, listen: Listener) -> list[str]:
    """Mend a library that this process holds; return what was done, a line each.

    Nothing is deleted but unfinished files of runs that are gone. Missing results are no matter: the next `watch` or
    `stack --all` makes them again. Raises the catalog's errors, and OSError where a disk refuses.
    """
    done = []
    swept = copying.sweep_parts(library.originals)
    swept += sum(atomic.sweep(place) for place in (library.stacks, library.backups) if place.is_dir())
    if swept:
        done.append(f"{swept} unfinished files of runs that were cut are removed")
    done += _fetch_again(catalog, library.originals)
    adopted = safekeeping.adopt(library, catalog, listen)
    if adopted:
        done.append(f"{adopted} originals that the catalog did not know are taken in")
    return done
