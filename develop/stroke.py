"""One stroke of the retouching brush: where it goes, how soft it is, and what it paints with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from develop.errors import SettingsError

METHOD = "method:"
"""What the name of a source begins with that is another method's result, and not a frame."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A line that a soft brush follows, bringing another picture of the same place into the result.

    `source` is a frame's file name, or 'method:' and the name of a method, whose result is painted from. `points`
    count from 0 to 1 across the upright reference frame, x over its width and y down its height, so that they stay
    where they are when a rebuilt result is cut otherwise. `radius` is over the width; within `hardness` of it the
    brush covers by `opacity`, and from there fades out.
    """

    source: str
    points: tuple[Point, ...]
    radius: float
    hardness: float = 0.5
    opacity: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what cannot be painted. Raises SettingsError."""
        if not isinstance(self.source, str) or not self.source.removeprefix(METHOD):
            raise SettingsError(f"a stroke from {self.source!r}: name a frame's file, or a method as {METHOD}pyramid")
        object.__setattr__(self, "points", tuple(_point(self.source, each) for each in _listed(self)))
        for name, low, high in (("radius", 0.0, 0.5), ("hardness", 0.0, 1.0), ("opacity", 0.0, 1.0)):
            if not _within(getattr(self, name), low, high):
                raise SettingsError(
                    f"a stroke from {self.source}: its {name} must be a number from {low:g} to {high:g}"
                )
        if self.radius == 0:
            raise SettingsError(f"a stroke from {self.source}: its radius must be above 0")

    @property
    def method(self) -> str | None:
        """Return the method whose result is painted from; None for a frame."""
        return self.source.removeprefix(METHOD) if self.source.startswith(METHOD) else None

    def to_json(self) -> dict[str, Any]:
        """Return the stroke as plain values."""
        return {**asdict(self), "points": [list(point) for point in self.points]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Stroke:
        """Read a stroke; unknown keys are ignored. Raises SettingsError."""
        known = {key: data[key] for key in ("source", "points", "radius", "hardness", "opacity") if key in data}
        try:
            return cls(**known)
        except TypeError as error:
            raise SettingsError("a stroke needs source, points and radius") from error


def _within(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _listed(stroke: Stroke) -> Sequence[object]:
    points: object = stroke.points
    if not isinstance(points, Sequence) or isinstance(points, str) or not points:
        raise SettingsError(f"a stroke from {stroke.source}: give its points as a list of [x, y]")
    return points


def _point(source: str, point: object) -> Point:
    if isinstance(point, Sequence) and len(point) == 2 and not isinstance(point, str):
        x, y = point
        if all(_within(value, 0, 1) and math.isfinite(value) for value in (x, y)):
            return float(x), float(y)
    raise SettingsError(f"a stroke from {source}: {point!r} is no point; give x and y from 0 to 1")
