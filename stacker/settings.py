"""What a stack is asked to be: the settings of the engine, as plain values. Imports no pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeAlias, TypeVar, get_args

from stacker.errors import SettingsError

ENGINE_VERSION = "7"
"""Changes whenever the same frames and settings would give another picture."""

Method: TypeAlias = Literal["auto", "pyramid", "depth", "weighted"]
Align: TypeAlias = Literal["auto", "none", "translation", "similarity", "affine", "homography"]
Border: TypeAlias = Literal["crop", "reflect"]
Front: TypeAlias = Literal["off", "auto", "first", "last"]

METHODS: tuple[Method, ...] = get_args(Method)
ALIGNS: tuple[Align, ...] = get_args(Align)
BORDERS: tuple[Border, ...] = get_args(Border)
FRONTS: tuple[Front, ...] = get_args(Front)

Name = TypeVar("Name", bound=str)


def _choices(choices: tuple[str | bool, ...], about: str) -> dict[str, Any]:
    return {"choices": choices, "about": about, "group": "stack"}


def _numbers(least: int, most: int, unit: str, about: str) -> dict[str, Any]:
    return {"range": (least, most), "unit": unit, "about": about, "group": "speed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSettings:
    """How to align and fuse a stack. Raises SettingsError for a value that does not exist.

    `reference` is the frame whose geometry and exposure the result has: 'first', 'middle' or an index from 0.
    `front` says which end of the sequence is focused nearest, where what is near is to hide what lies behind it; for
    'auto' the camera's distances are asked, and where there are none the first frame is the nearest.
    `threads` (0: as many as there are processors) changes the speed, never the picture; less `memory_mb` than a large
    picture needs costs further decodes of all frames.
    """

    method: Method = field(default="auto", metadata=_choices(METHODS, "how sharp detail is chosen"))
    reference: int | Literal["first", "middle"] = field(
        default="middle", metadata=_choices(("first", "middle"), "frame that the rest is laid on")
    )
    align: Align = field(default="auto", metadata=_choices(ALIGNS, "how frames may move against each other"))
    border: Border = field(
        default="crop", metadata=_choices(BORDERS, "cut to what all frames show, or fill up by reflection")
    )
    dust: bool = field(default=True, metadata=_choices((False, True), "find dust on the sensor and take it out"))
    front: Front = field(
        default="off", metadata={**_choices(FRONTS, "end of the sequence that hides what is behind it"), "later": True}
    )
    memory_mb: int = field(default=1400, metadata=_numbers(256, 1_000_000, "MB", "most memory the engine may plan for"))
    threads: int = field(default=0, metadata=_numbers(0, 256, "threads", "threads to work with; 0 for one a processor"))

    def __post_init__(self) -> None:
        for each in fields(self):
            _check(each.name, getattr(self, each.name), each.metadata)
        if self.front != "off" and self.method == "pyramid":
            raise SettingsError("front priority does not go with method pyramid; choose auto, depth or weighted")

    @staticmethod
    def parse_method(text: str) -> Method:
        """Return the method that `text` names. Raises SettingsError where there is none."""
        return _named(text, "method", METHODS)

    @staticmethod
    def parse_front(text: str) -> Front:
        """Return the end that `text` names. Raises SettingsError where there is none."""
        return _named(text, "front", FRONTS)

    def index_of_reference(self, count: int) -> int:
        """Return which of `count` frames is the reference. Raises SettingsError where it is not among them."""
        if isinstance(self.reference, str):
            return 0 if self.reference == "first" else count // 2
        if self.reference >= count:
            raise SettingsError(f"reference {self.reference} is not among the {count} frames, which count from 0")
        return self.reference

    def to_json(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> StackSettings:
        """Return the settings of `values`; keys that are unknown here are passed over."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


def _named(text: str, what: str, names: tuple[Name, ...]) -> Name:
    for name in names:
        if text == name:
            return name
    raise SettingsError(f"no {what} {text!r}; choose one of {', '.join(names)}")


def _check(name: str, value: object, metadata: Mapping[str, Any]) -> None:
    choices = metadata.get("choices", ())
    if name == "reference" and isinstance(value, int) and not isinstance(value, bool):
        if value < 0:
            raise SettingsError(f"reference {value} is not a frame; they count from 0")
    elif choices and not any(value is choice or (value == choice and isinstance(value, str)) for choice in choices):
        raise SettingsError(f"{name} cannot be {value!r}; choose one of {', '.join(choices)}")
    elif "range" in metadata:
        least, most = metadata["range"]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise SettingsError(f"{name} cannot be {value!r}; give a whole number from {least} to {most}")
