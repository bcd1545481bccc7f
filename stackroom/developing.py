"""Change how pictures look: what is set, a preset, and what is found from each picture, as one undoable action."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from catalog import edits, queries
from catalog.batches import chunks
from catalog.database import Catalog
from develop.presets import Preset
from develop.settings import NEUTRAL, DevelopSettings
from stackroom import seeing
from stackroom.seeing import Unseen, Wish
from stackroom.targets import Targets

_Look = Callable[[Sequence[Wish]], list[DevelopSettings | Unseen]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DevelopRequest:
    """What the user asked `develop` for, carried out in the order of the fields."""

    reset: bool = False
    preset: Preset | None = None
    auto: bool = False
    fringes: bool = False
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def asks_nothing(self) -> bool:
        """Whether nothing is to be changed."""
        return not (self.reset or self.preset or self.auto or self.fringes or self.given)

    @property
    def words(self) -> str:
        """What the history says of it."""
        asked = (
            ("reset", self.reset),
            (f"preset {self.preset.name}" if self.preset else "", self.preset),
            ("auto", self.auto),
            ("fringes", self.fringes),
        )
        return ", ".join([*(word for word, is_asked in asked if is_asked), *self.given])


@dataclass(frozen=True, slots=True)
class Developed:
    """The batch that was made, if anything changed, over how many captures, and a line for each that was left.

    `notes` tell of what was set and changes nothing.
    """

    batch: int | None
    captures: int
    left: tuple[str, ...]
    notes: tuple[str, ...] = ()


def settings_of(catalog: Catalog, targets: Targets) -> dict[int, DevelopSettings]:
    """Return the settings in force of each capture that is meant. Raises as `Targets.resolve`."""
    with catalog.reader() as session:
        return edits.settings_of(session, targets.resolve(session))


def develop(catalog: Catalog, targets: Targets, request: DevelopRequest) -> Developed:
    """Change settings as asked; a picture that would have to be looked at and cannot is left as it is, and told.

    Pictures are looked at before the catalog is held for writing. Raises as `Targets.resolve`.
    """
    with catalog.reader() as session:
        wanted = targets.resolve(session)
        current = changed = edits.settings_of(session, wanted)
        paths = edits.pictures(session, wanted) if request.auto or request.fringes else {}
    if request.reset:
        changed = dict.fromkeys(changed, NEUTRAL)
    if request.preset:
        changed = {capture: request.preset.apply(settings) for capture, settings in changed.items()}
    left: list[str] = []
    for is_asked, look in ((request.auto, seeing.auto_settings), (request.fringes, seeing.fringe_settings)):
        if is_asked:
            changed = _seen(look, paths, changed, left)
    changed = {capture: replace(settings, **request.given) for capture, settings in changed.items()}
    with catalog.writer() as session:
        batch = edits.apply(session, changed, f"develop {request.words}")
    fresh = [number for number, made in changed.items() if _profiled(made) and not _profiled(current[number])]
    return Developed(batch, len(changed), tuple(left), tuple(_unmeasured(catalog, fresh)))


def _profiled(settings: DevelopSettings) -> bool:
    return settings.lens_profile or settings.lens_colour_fringes


def _unmeasured(catalog: Catalog, captures: Sequence[int]) -> list[str]:
    """Return a line for each lens among the captures' that no profile is known for."""
    if not captures:
        return []
    from stackroom import measured_lenses  # noqa: PLC0415 - the lenses' data take longer to load than most commands

    with catalog.reader() as session:
        views = [v for ids in chunks(captures) for v in queries.list_captures(session, ids=ids, limit=len(ids))]
    return measured_lenses.unknown({view.paths[0]: view.metadata for view in views})


def _seen(
    look: _Look, paths: Mapping[int, str], settings: Mapping[int, DevelopSettings], left: list[str]
) -> dict[int, DevelopSettings]:
    found: dict[int, DevelopSettings] = {}
    wishes = [Wish(paths[capture], had) for capture, had in settings.items()]
    for capture, seen in zip(settings, look(wishes), strict=True):
        if isinstance(seen, Unseen):
            left.append(seen.why)
        else:
            found[capture] = seen
    return found
