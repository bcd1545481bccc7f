"""Write sidecars by themselves after edits, where the settings file asks for it: `sidecars = true`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from catalog import copies, history
from catalog.database import Catalog
from catalog.errors import CatalogError
from stackroom import config, sidecars
from stackroom.library import Library
from watcher.events import Listener, Warned


def after(library: Library, catalog: Catalog, batch: int | None) -> list[str]:
    """Write the sidecars of the captures that a batch is about; return a line for each that was left as it was.

    Nothing is written unless the library's settings file asks for it. What another program changed is never written
    over: `xmp status` shows it. Raises as `config.load`.
    """
    if batch is None or not config.load(library.root / config.NAME).sidecars:
        return []
    with catalog.reader() as session:
        captures = history.captures_of(session, [batch])
    return _written(catalog, captures)


def _written(catalog: Catalog, captures: Collection[int]) -> list[str]:
    with catalog.reader() as session:
        mine = copies.real(session, captures)
    try:
        told = sidecars.write(catalog, mine)
    except OSError as error:
        return [f"{error.filename or 'a sidecar'}: not written ({error.strerror or error})"]
    return [why if why.startswith(path) else f"{path}: {why}" for path, why in told.left]


@dataclass(slots=True)
class Following:
    """The daemon's part: writes what it edited itself, and at its start whatever was left over. Tells a thing once."""

    catalog: Catalog
    listen: Listener
    _seen: int = 0
    _told: set[str] = field(default_factory=set)

    def step(self) -> None:
        """Write the sidecars of what was edited since the last step."""
        try:
            with self.catalog.reader() as session:
                fresh = history.since(session, self._seen)
                captures = history.captures_of(session, fresh)
            for line in _written(self.catalog, captures):
                if line not in self._told:
                    self._told.add(line)
                    self.listen(Warned(line))
        except CatalogError as error:
            self.listen(Warned(f"{error}; sidecars are written later"))
            return
        self._seen = max((self._seen, *fresh))
