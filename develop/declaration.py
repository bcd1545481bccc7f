"""How one develop setting is declared: range, unit, sync group, class, stage and its name in Lightroom's sidecars."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from develop.errors import SettingsError
from develop.spot import Spot
from develop.stroke import Stroke

CLASSES: dict[str, str] = {
    "A": "must match on every frame",
    "A'": "belongs to its frame: evens it out to the reference",
    "B": "one geometry for all frames, before they are aligned",
    "C": "frames the result",
    "D": "finishes the result; on frames it would disturb the choice of the sharpest",
    "E": "lies on the sensor: the same place on every frame, before they are aligned",
    "F": "lies on the subject: has its place only on the result",
}

PRESTACK, POSTSTACK = "prestack", "poststack"

Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Settings that are synced together, their class and the stage that applies them."""

    name: str
    sync_class: str
    stage: str = POSTSTACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The declaration of one field of DevelopSettings. `crs_default` is Lightroom's own, where it is another."""

    kind: str
    group: str
    sync_class: str
    stage: str
    default: Any
    low: float = 0.0
    high: float = 1.0
    unit: str = ""
    choices: tuple[str, ...] = ()
    crs: str | None = None
    crs_default: float | None = None
    says: str = ""

    def checked(self, name: str, value: Any) -> Any:
        """Return the value in its own type. Raises SettingsError naming the setting and what it may be."""
        return _CHECKS[self.kind](self, name, value)


def _declare(kind: str, group: Group, default: Any, **rest: Any) -> Any:
    setting = Setting(
        kind=kind, group=group.name, sync_class=group.sync_class, stage=group.stage, default=default, **rest
    )
    return field(default=default, metadata={"setting": setting})


def number(group: Group, crs: str | None, low: float, high: float, default: float = 0.0, **rest: Any) -> Any:
    """Declare a number within low..high."""
    return _declare("number", group, float(default), low=float(low), high=float(high), crs=crs, **rest)


def flag(group: Group, crs: str | None, says: str) -> Any:
    """Declare something that is on or off; off is neutral."""
    return _declare("flag", group, False, crs=crs, says=says)


def choice(group: Group, crs: str | None, choices: tuple[str, ...], says: str) -> Any:
    """Declare one of a few words; the first is neutral."""
    return _declare("choice", group, choices[0], choices=choices, crs=crs, says=says)


def points(group: Group, crs: str, says: str) -> Any:
    """Declare a point curve: (input, output) pairs in 0..255; none is the straight line."""
    return _declare("curve", group, (), low=0.0, high=255.0, crs=crs, says=says)


def spots(group: Group, crs: str | None, says: str) -> Any:
    """Declare places to heal."""
    return _declare("spots", group, (), crs=crs, says=says)


def strokes(group: Group, says: str) -> Any:
    """Declare strokes of the retouching brush."""
    return _declare("strokes", group, (), crs=None, says=says)


def _check_number(setting: Setting, name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise SettingsError(f"{name}: {value!r} is not a number; give one from {setting.low:g} to {setting.high:g}")
    if not setting.low <= value <= setting.high:
        raise SettingsError(
            f"{name}: {value:g} is out of range; give a number from {setting.low:g} to {setting.high:g}"
        )
    return float(value)


def _check_flag(setting: Setting, name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(f"{name}: {value!r} is neither on nor off; give true or false")
    return value


def _check_choice(setting: Setting, name: str, value: Any) -> str:
    if value not in setting.choices:
        raise SettingsError(f"{name}: {value!r} is not known; give one of {', '.join(setting.choices)}")
    return str(value)


def _check_curve(setting: Setting, name: str, value: Any) -> Curve:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) == 1:
        raise SettingsError(f"{name}: a curve has two points or more; give pairs of 0..255 or nothing")
    found: list[tuple[float, float]] = []
    for point in value:
        if not isinstance(point, Sequence) or isinstance(point, str) or len(point) != 2:
            raise SettingsError(f"{name}: {point!r} is not a point; give pairs of input and output, 0..255")
        found.append((_check_number(setting, name, point[0]), _check_number(setting, name, point[1])))
    if any(here[0] >= after[0] for here, after in pairwise(found)):
        raise SettingsError(f"{name}: the inputs of a curve must rise; sort the points and drop doubles")
    return tuple(found)


def _check_spots(setting: Setting, name: str, value: Any) -> tuple[Spot, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise SettingsError(f"{name}: {value!r} is not a list of spots")
    found: list[Spot] = []
    for spot in value:
        if isinstance(spot, Spot):
            found.append(spot)
        elif isinstance(spot, Mapping):
            found.append(Spot.from_json(name, spot))
        else:
            raise SettingsError(f"{name}: {spot!r} is not a spot; give x, y and radius")
    return tuple(found)


def _check_strokes(setting: Setting, name: str, value: Any) -> tuple[Stroke, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise SettingsError(f"{name}: {value!r} is not a list of strokes")
    found: list[Stroke] = []
    for stroke in value:
        if not isinstance(stroke, Stroke | Mapping):
            raise SettingsError(f"{name}: {stroke!r} is not a stroke; give source, points and radius")
        found.append(stroke if isinstance(stroke, Stroke) else Stroke.from_json(stroke))
    return tuple(found)


_CHECKS = {
    "number": _check_number,
    "flag": _check_flag,
    "choice": _check_choice,
    "curve": _check_curve,
    "spots": _check_spots,
    "strokes": _check_strokes,
}
