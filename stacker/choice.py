"""What a person chose of how one sequence is stacked: it holds for every later stack of it, until chosen anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from stacker.errors import SettingsError
from stacker.settings import Front, Method, StackSettings

_OF_ENGINE: Final = ("method", "dust", "front")


@dataclass(frozen=True, slots=True, kw_only=True)
class StackChoice:
    """What was said, and nothing (None) of the rest; `slab` frames at a time, `overlap` shared, go into layered files.

    Raises SettingsError where what was said does not go together.
    """

    method: Method | None = None
    dust: bool | None = None
    front: Front | None = None
    slab: int | None = None
    overlap: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no stack can be."""
        self.on(StackSettings().to_json())
        if self.slab == 1 or (self.slab and not 0 <= (self.overlap or 0) < self.slab):
            raise SettingsError(
                f"slabs of {self.slab} frames that share {self.overlap or 0} do not go; give 2 frames or more, "
                "and fewer to share"
            )

    @property
    def said(self) -> dict[str, Any]:
        """Only what was said."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def over(self, before: StackChoice) -> StackChoice:
        """Return this choice, and the one `before` where it says nothing. Raises SettingsError."""
        return StackChoice.from_json({**before.said, **self.said})

    def on(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return an engine's settings, as plain values, with this choice. Raises SettingsError."""
        chosen = {**settings, **{name: value for name, value in self.said.items() if name in _OF_ENGINE}}
        StackSettings.from_json(chosen)
        return chosen

    @classmethod
    def of_stack(cls, settings: Mapping[str, Any]) -> StackChoice:
        """Return the choice that leads to the settings, as plain values, that a stack was made with."""
        return cls(**{name: settings[name] for name in _OF_ENGINE if name in settings})

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> StackChoice:
        """Return the choice of `values`; keys that are unknown here are passed over."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


NOTHING_SAID: Final = StackChoice()
