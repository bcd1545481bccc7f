"""What the daemon is asked to do: which folders, with which look, and what is to be made of their sequences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from develop.presets import Preset
from watcher.planner import Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One watched folder with its own wishes. `copy`: take originals into the library, else leave them in place."""

    folder: Path
    wanted: Wanted
    preset: Preset
    copy: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What the daemon is to do. `wanted` and `preset` hold for sequences that come from none of the `rules`' folders.

    `once`: end when all is done. `sequences`: work on these only; None means all.
    """

    wanted: Wanted
    preset: Preset
    once: bool
    rules: tuple[Rule, ...] = ()
    exclude: tuple[Path, ...] = ()
    rescan_s: float = 30.0
    sequences: tuple[int, ...] | None = None

    @property
    def folders(self) -> tuple[Path, ...]:
        """The watched folders."""
        return tuple(rule.folder for rule in self.rules)

    def rule_for(self, source: str) -> Rule | None:
        """Return the rule of the innermost watched folder that `source` came from."""
        path = Path(source)
        holding = [rule for rule in self.rules if path.is_relative_to(rule.folder)]
        return max(holding, key=lambda rule: len(rule.folder.parts), default=None)
