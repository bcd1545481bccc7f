"""What a sync would do, class by class, and the same in words; nothing is done yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from develop.declaration import CLASSES
from develop.settings import SETTINGS, DevelopSettings

_MOST_NAMES: Final = 3


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that a sync changes."""

    setting: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class TargetPlan:
    """What a sync makes of one frame: its new settings, what changes, and the deltas of its own that it keeps."""

    capture_id: int
    name: str
    settings: DevelopSettings
    changes: tuple[Change, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deferred:
    """A setting of the reference that is applied once, to the result, and why."""

    setting: str
    value: Any
    reason: str


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What a sync would do; nothing is done yet. `result` are the settings for the stacked result."""

    reference: str
    result: DevelopSettings
    targets: tuple[TargetPlan, ...]
    deferred: tuple[Deferred, ...]
    notes: tuple[str, ...]

    @property
    def changed(self) -> tuple[TargetPlan, ...]:
        """The frames that would change."""
        return tuple(target for target in self.targets if target.changes)

    def lines(self) -> Iterator[str]:
        """Tell the plan in words, by class: what changes on which frames, what waits for the result, and why."""
        yield f"{self.reference} to {len(self.targets)} frames: {len(self.changed)} change"
        told: dict[str, list[str]] = defaultdict(list)
        for change, names in self._by_change():
            words = f"{change.setting} {_word(change.before)} -> {_word(change.after)} on {self._on(names)}"
            told[SETTINGS[change.setting].sync_class].append(words)
        for setting, names in self._kept():
            told["A'"].append(f"{setting} stays its own on {self._on(names)}")
        for item in self.deferred:
            told[SETTINGS[item.setting].sync_class].append(f"on the result: {item.setting} {_word(item.value)}")
        for name, reason in CLASSES.items():
            if told[name]:
                yield f"  {name:2} {reason}"
                yield from (f"       {line}" for line in told[name])
        yield from (f"  {note}" for note in self.notes)

    def _by_change(self) -> list[tuple[Change, list[str]]]:
        """Return each change with the names of its frames; most frames change alike."""
        frames: dict[Change, list[str]] = defaultdict(list)
        for target in self.targets:
            for change in target.changes:
                frames[change].append(target.name)
        return list(frames.items())

    def _kept(self) -> list[tuple[str, list[str]]]:
        frames: dict[str, list[str]] = defaultdict(list)
        for target in self.targets:
            for setting in target.kept:
                frames[setting].append(target.name)
        return list(frames.items())

    def _on(self, names: Sequence[str]) -> str:
        if len(names) == len(self.targets) > _MOST_NAMES:
            return f"all {len(names)} frames"
        if len(names) > _MOST_NAMES:
            return f"{len(names)} frames, {names[0]} to {names[-1]}"
        return ", ".join(names)

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain values."""
        return {
            "reference": self.reference,
            "frames": len(self.targets),
            "changes": [
                {"capture": t.capture_id, "name": t.name, "settings": [_plain(change) for change in t.changes]}
                for t in self.changed
            ],
            "kept": [
                {"capture": t.capture_id, "name": t.name, "settings": list(t.kept)} for t in self.targets if t.kept
            ],
            "deferred": [_plain(item) for item in self.deferred],
            "notes": list(self.notes),
        }


def _plain(said: Change | Deferred) -> dict[str, Any]:
    return {**asdict(said), "class": SETTINGS[said.setting].sync_class}


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return f"{len(value)} points" if value else "none"
    return str(value)
