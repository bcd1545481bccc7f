"""Which files an export makes, keeps, leaves and skips, and what each is called. Looks at the disk, writes nothing."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from catalog.copying import digest_file
from catalog.deliveries import Delivered
from catalog.destinations import numbered
from catalog.volumes import room_at
from develop.recipe import ExportRecipe
from stackroom.errors import NameTaken, NoRoom
from stackroom.export_orders import Item, Subject
from stackroom.naming import wanted_name
from watcher.worker import ANYTHING

_SPARE = 50 << 20
"""Bytes that stay free on the target's disk."""
_BYTES_A_PIXEL = {"jpeg": 0.9, "webp": 0.6, "avif": 0.5, "depth": 1.5, "rocking": 3.0, "rocking-webp": 6.0, "mesh": 1.0}
"""What a picture with much detail takes; the rest is counted by its samples."""
_MESH_BYTES = 12 << 20


def _is_whole(file: Delivered) -> bool:
    try:
        return bool(file.digest) and os.stat(file.path).st_size == file.size
    except OSError:
        return False


def _is_ours(file: Delivered) -> bool:
    """Say whether what lies at a file's place is what we wrote there, or were writing when we were cut."""
    return not file.digest or (_is_whole(file) and digest_file(Path(file.path)) == file.digest)


def estimated_bytes(subject: Subject, recipe: ExportRecipe) -> int:
    """Return about how much room a file takes, on the safe side."""
    width, height = subject.size
    if not width or not height:
        width, height = 6000, 4000
    limited = recipe.resize.size_for(width, height)
    pixels = limited[0] * limited[1]
    if recipe.format in _BYTES_A_PIXEL:
        return round(pixels * _BYTES_A_PIXEL[recipe.format]) + (_MESH_BYTES if recipe.format == "mesh" else 200_000)
    samples = 4 * len(subject.order.frames) + 6 if recipe.layered else 3
    return pixels * samples * recipe.bits // 8 + 200_000


@dataclass(slots=True)
class Plan:
    """Gives each file of an export its place. `known` is what was exported to the folder before."""

    folder: Path
    known: Collection[Delivered]
    originals: Collection[str] = ()
    _mine: dict[tuple[str, str], Delivered] = field(init=False)
    _owners: dict[str, tuple[str, str]] = field(init=False)
    _protected: frozenset[str] = field(init=False)
    _next: dict[str, int] = field(init=False)
    _numbering: dict[str, Iterator[Path]] = field(init=False)

    def __post_init__(self) -> None:
        """Look up what is known by what it is of, and by where it lies."""
        self._mine = {(file.subject, file.recipe): file for file in self.known}
        self._owners = {file.path.casefold(): (file.subject, file.recipe) for file in self.known}
        self._protected = frozenset(path.casefold() for path in self.originals)
        self._next, self._numbering = {}, {}
        for file in self.known:
            self._next[file.recipe] = max(self._next.get(file.recipe, 1), file.number + 1)

    def items(self, subjects: Sequence[Subject], recipes: Sequence[ExportRecipe]) -> list[Item]:
        """Return every file, in the order of the subjects. Raises NameTaken where a recipe says 'stop'."""
        return [
            self._item(subject, recipe.with_slabs(subject.choice.slab, subject.choice.overlap))
            for subject in subjects
            for recipe in recipes
        ]

    def _item(self, subject: Subject, recipe: ExportRecipe) -> Item:
        before = self._mine.get((subject.name, recipe.name))
        number = before.number if before is not None else self._next.get(recipe.name, 1)
        ending = recipe.extension_for(subject.size, len(subject.order.frames))
        wanted = Delivered(
            subject=subject.name,
            recipe=recipe.name,
            folder=str(self.folder),
            wanted=wanted_name(subject.naming, recipe, number, ending),
            number=number,
            path="",
            key="",
        )
        item = Item(subject=subject, recipe=recipe, delivered=wanted, state="to make")
        refusal = subject.refusal(recipe)
        if refusal is not None:
            return item.ended("skipped", refusal)
        self._next[recipe.name] = max(self._next.get(recipe.name, 1), number + 1)
        wanted = replace(wanted, key=subject.key(recipe))
        if before is not None and before.wanted == wanted.wanted and before.key == wanted.key and _is_whole(before):
            return replace(item, delivered=before, state="kept")
        return self._placed(replace(item, delivered=wanted, estimate=estimated_bytes(subject, recipe)), before)

    def _placed(self, item: Item, before: Delivered | None) -> Item:
        """Give a file that is to be made its place, by its recipe's word on names that are taken."""
        policy, me = item.recipe.collision, (item.delivered.subject, item.delivered.recipe)
        if before is not None and before.wanted == item.delivered.wanted and self._may_write(before):
            return self._at(item, before.path, before.digest or ANYTHING)
        for path in self._places(item.delivered.wanted, policy):
            obstacle = self._obstacle(path, me)
            if obstacle is None:
                return self._at(item, str(path))
            if policy == "replace" and obstacle == _THERE:
                return self._at(item, str(path), ANYTHING)
            if policy == "stop":
                raise NameTaken(path, obstacle)
            if policy != "number":
                return item.ended("left" if obstacle == _THERE else "skipped", f"{path}: {obstacle}")
        raise AssertionError("numbers have no end")

    def _places(self, wanted: str, policy: str) -> Iterator[Path]:
        """Return where a file may lie; what was taken when another of its name asked is taken still."""
        if policy != "number":
            return numbered(self.folder / wanted)
        return self._numbering.setdefault(wanted.casefold(), numbered(self.folder / wanted))

    def _may_write(self, before: Delivered) -> bool:
        return not os.path.lexists(before.path) or _is_ours(before)

    def _at(self, item: Item, path: str, replaces: str | None = None) -> Item:
        self._owners[path.casefold()] = (item.delivered.subject, item.delivered.recipe)
        return replace(item, delivered=replace(item.delivered, path=path), replaces=replaces)

    def _obstacle(self, path: Path, me: tuple[str, str]) -> str | None:
        folded = str(path).casefold()
        if folded in self._protected:
            return "an original lies there"
        owner = self._owners.get(folded, me)
        if owner != me:
            return f"the name is that of {owner[0].replace(':', ' ')}, recipe {owner[1]}, too; add {{counter}} to it"
        return _THERE if os.path.lexists(path) else None


_THERE = "a file of this name is there"


def require_room(folder: Path, items: Sequence[Item]) -> None:
    """Raise NoRoom where the disk has clearly too little room for what is to be made."""
    needed = sum(item.estimate for item in items if item.state == "to make")
    free = room_at(folder).free - _SPARE
    if needed > free:
        raise NoRoom(folder, needed, max(0, free))
