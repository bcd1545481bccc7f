"""What a user keeps with a library by name, a file each in one folder, beside what is built in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from develop.errors import SettingsError


class Named(Protocol):
    """Something that is called by its name."""

    @property
    def name(self) -> str:
        """Its name."""


Value = TypeVar("Value", bound=Named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Generic[Value]):
    """A kind of kept thing: the word for it, its files' ending, which names it takes, and how a file is read."""

    what: str
    ending: str
    names: re.Pattern[str]
    is_built_in: Callable[[str], bool]
    load: Callable[[Path], Value]

    def path(self, folder: Path, name: str) -> Path:
        """Return the file of this name."""
        return folder / f"{name}{self.ending}"

    def is_there(self, folder: Path, name: str) -> bool:
        """Say whether one of this name is kept."""
        return self.names.fullmatch(name) is not None and self.path(folder, name).is_file()

    def own(self, folder: Path) -> dict[str, Value]:
        """Return those kept in a folder by name. Raises SettingsError for one that cannot be used."""
        found = sorted(folder.glob(f"*{self.ending}")) if folder.is_dir() else []
        return {each.name: each for each in map(self.load, found)}

    def remove(self, name: str, folder: Path) -> None:
        """Remove one of one's own. Raises SettingsError for one that is built in or not there."""
        if self.is_built_in(name):
            raise SettingsError(f"{self.what} {name}: it is built in and stays")
        if not self.is_there(folder, name):
            raise SettingsError(f"{self.what} {name}: there is none of that name among your own in {folder}")
        self.path(folder, name).unlink()
