"""What the daemon is doing at the moment, in a small file that `status` reads; written by the daemon alone."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from develop.codecs.atomic import is_alive
from watcher import events
from watcher.events import Listener
from watcher.task import Rule

EVERY_S = 1.0
WARNINGS = 5


def _watched(rule: Rule) -> dict[str, Any]:
    return {
        "folder": str(rule.folder),
        "mode": "copy" if rule.copy else "add",
        "preset": rule.preset.name,
        "recipes": [recipe.name for recipe in rule.wanted.recipes],
        "method": rule.wanted.stack.method,
        "export": str(rule.wanted.folder),
    }


@dataclass(slots=True)
class Heartbeat:
    """A listener that passes every event on and keeps the file up to date, at most once a second."""

    path: Path
    rules: tuple[Rule, ...]
    """What is watched, and what becomes of it."""
    slots: int
    listen: Listener
    clock: Callable[[], float] = time.time
    _jobs: dict[int, dict[str, Any]] = field(default_factory=dict)
    _live: dict[int, dict[str, Any]] = field(default_factory=dict)
    _warnings: dict[str, str] = field(default_factory=dict)
    _importing: dict[str, Any] | None = None
    _mean_s: float | None = None
    _written: float = 0.0

    def __call__(self, event: events.Event) -> None:
        """Take an event in, and pass it on."""
        self.listen(event)
        match event:
            case events.Importing(done, total, current):
                self._importing = {"done": done, "total": total, "file": current}
            case events.Imported():
                self._importing = None
            case events.JobStarted(job_id, title):
                self._jobs[job_id] = {"title": title, "started": self.clock()}
            case events.JobProgress(job_id, stage, done, total) if job_id in self._jobs:
                self._jobs[job_id] |= {"stage": stage, "done": done, "total": total}
            case events.JobDone():
                self._jobs.pop(event.job_id, None)
                mean = self._mean_s
                self._mean_s = event.elapsed_s if mean is None else 0.8 * mean + 0.2 * event.elapsed_s
            case events.JobFailed():
                self._jobs.pop(event.job_id, None)
            case events.Previewed(number, frames, path, words):
                self._live[number] = {"sequence": number, "frames": frames, "preview": path, "words": list(words)}
            case events.Warned(message, about):
                self._warnings.pop(about or message, None)
                self._warnings[about or message] = message
                for oldest in list(self._warnings)[:-WARNINGS]:
                    del self._warnings[oldest]
            case events.Resumed(_, about):
                self._warnings.pop(about, None)
        if abs(self.clock() - self._written) >= EVERY_S:
            self.write()

    def follow(self, rules: tuple[Rule, ...], slots: int) -> None:
        """Tell of other folders and another number of workers from now on."""
        gone = {f"folder {rule.folder}" for rule in self.rules} - {f"folder {rule.folder}" for rule in rules}
        self.rules, self.slots = rules, slots
        self._warnings = {about: said for about, said in self._warnings.items() if about not in gone}
        self.write()

    def write(self) -> None:
        """Write the file, whole; a disk that refuses is no reason to stop."""
        self._written = self.clock()
        self._live = {number: shown for number, shown in self._live.items() if Path(shown["preview"]).exists()}
        state = {
            "pid": os.getpid(),
            "at": self._written,
            "folders": [str(rule.folder) for rule in self.rules],
            "watched": [_watched(rule) for rule in self.rules],
            "slots": self.slots,
            "importing": self._importing,
            "jobs": [{"id": number, **job} for number, job in self._jobs.items()],
            "live": list(self._live.values()),
            "stack_s": self._mean_s,
            "warnings": list(self._warnings.values()),
        }
        partial = self.path.with_name(f"{self.path.name}.new")
        with suppress(OSError):
            partial.write_text(json.dumps(state), encoding="utf-8")
            partial.replace(self.path)

    def end(self) -> None:
        """Take the file away: nobody is at work any more."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)


def read(path: Path) -> dict[str, Any] | None:
    """Return what a living daemon is doing; None where none is at work."""
    try:
        state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return state if is_alive(int(state["pid"])) else None
    except (OSError, ValueError, KeyError):
        return None


def left_s(state: dict[str, Any], queued: int) -> float | None:
    """Estimate the seconds until the queue is empty from how long stacks have taken; None before the first."""
    each = state.get("stack_s")
    if each is None:
        return None
    running = [max(0.0, each - (state["at"] - job["started"])) for job in state["jobs"]]
    return float((queued * each + sum(running)) / max(1, state["slots"]))
