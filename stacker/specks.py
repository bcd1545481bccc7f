"""What is known of a speck of dust, and of all the specks on one sensor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from math import hypot
from typing import Any

import numpy as np

PROFILE_STEPS = np.arange(9) / 8
"""Distances from a speck's centre, in its radius, at which its profile is given."""

_UNROUNDED = ("profile", "is_point", "is_known")


@dataclass(frozen=True, slots=True, kw_only=True)
class Speck:
    """A speck of dust: its centre and radius in pixels of the sensor, the part of the light it takes (0..1).

    `confidence` (0..1) says how sure it is that this is dust. `profile` is what it does to linear light (natural
    logarithm, at most 0) at PROFILE_STEPS.
    """

    x: float
    y: float
    radius: float
    depth: float
    confidence: float
    profile: tuple[float, ...]
    is_point: bool = False
    """A hot or stuck pixel: it shows no light of the scene; `depth` is how far it stands out, in parts of white."""
    is_known: bool = False
    """These frames alone would not prove it: other stacks of the sensor have shown it."""

    def denied(self, marks: Sequence[Mark]) -> bool:
        """Say whether a person says that there is nothing here."""
        near = [mark for mark in marks if hypot(mark.x - self.x, mark.y - self.y) < max(mark.radius, self.radius)]
        return any(not mark.is_dust for mark in near)

    def to_json(self) -> dict[str, Any]:
        """Return the speck as plain values, rounded to what can be measured."""
        plain = {name: round(value, 3) for name, value in asdict(self).items() if name not in _UNROUNDED}
        kinds = {name: True for name in ("is_point", "is_known") if getattr(self, name)}
        return {**plain, "profile": [round(value, 4) for value in self.profile], **kinds}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Speck:
        """Return the speck of `values`; keys that are unknown here are passed over."""
        known = {each.name: values[each.name] for each in fields(cls) if each.name in values}
        return cls(**{**known, "profile": tuple(known["profile"])})


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said of a place on the sensor (px): that there is dust, or that there is none.

    By a person, whose word holds; or by other stacks of the sensor, which have `met` a speck there.
    """

    is_dust: bool
    x: float
    y: float
    radius: float
    met: Speck | None = None

    @classmethod
    def from_json(cls, values: Sequence[Any]) -> Mark:
        """Read verdict ('dust' or 'none'), x, y and radius."""
        verdict, x, y, radius = values
        return cls(verdict == "dust", float(x), float(y), float(radius))

    @classmethod
    def where_met(cls, values: Mapping[str, Any]) -> Mark:
        """Read a speck that another stack of the sensor has shown."""
        speck = Speck.from_json(values)
        return cls(is_dust=True, x=speck.x, y=speck.y, radius=speck.radius, met=speck)
