"""One place to heal: a disc, and where its new surface comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from develop.errors import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A disc to heal. x and source_x count from 0 to 1 across the width, y down the height, radius over the width.

    Without a source the disc is filled from its rim.
    """

    x: float
    y: float
    radius: float
    source_x: float | None = None
    source_y: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is no disc in the picture."""
        within = all(isinstance(v, int | float) and math.isfinite(v) and 0 <= v <= 1 for v in (self.x, self.y))
        if not within:
            raise SettingsError(f"spot at {self.x!r}, {self.y!r}: its place must lie within 0..1")
        if not isinstance(self.radius, int | float) or not 0 < self.radius <= 0.25:
            raise SettingsError(f"spot at {self.x:g}, {self.y:g}: its radius must be above 0 and at most 0.25")
        if (self.source_x is None) != (self.source_y is None):
            raise SettingsError(f"spot at {self.x:g}, {self.y:g}: a source needs both source_x and source_y")
        for value in (self.source_x, self.source_y):
            if value is not None and (not isinstance(value, int | float) or not 0 <= value <= 1):
                raise SettingsError(f"spot at {self.x:g}, {self.y:g}: its source must lie within 0..1")

    def to_json(self) -> dict[str, Any]:
        """Return the spot as plain values, without what is not set."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, name: str, data: Mapping[str, Any]) -> Spot:
        """Read a spot; unknown keys are ignored. Raises SettingsError naming the setting."""
        known = {key: data[key] for key in ("x", "y", "radius", "source_x", "source_y") if key in data}
        try:
            return cls(**known)
        except TypeError as error:
            raise SettingsError(f"{name}: a spot needs x, y and radius") from error
