"""Say things on a terminal: bars where somebody watches, plain lines in a log, one JSON object where a program asks."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from watcher import events

# In a pipe or a log a row is a line, however long: cut and grep must find whole paths.
_UNFOLDED = 4000
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _UNFOLDED)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def counted(number: int, noun: str) -> str:
    """Return a number with what it is the number of: one frame, two frames."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def print_json(value: Mapping[str, Any] | Sequence[Any]) -> None:
    """Write one JSON value to standard output, whole, and nothing else."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")
    sys.stdout.flush()


def print_batch(batch: int | None, captures: int, *, as_json: bool = False, left: Sequence[str] = ()) -> None:
    """Tell which edit was made, over how many captures, or that there was nothing to change; JSON what was left too."""
    if as_json:
        told: dict[str, Any] = {"edit": batch, "captures": captures if batch is not None else 0}
        print_json({**told, "left": list(left)} if left else told)
        return
    over = f": {counted(captures, 'capture')}" if captures else ""
    out.print(f"edit {batch}{over}" if batch is not None else "nothing to change", markup=False)


def print_left(lines: Sequence[str]) -> None:
    """Write on standard error what was left as it was, and why, a line each."""
    for line in lines:
        err.print(f"stackroom: {line}", markup=False)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a plain table; columns are as wide as they must be."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        # As text: a bracket in a file name is no style.
        table.add_row(*map(Text, row))
    out.print(table)


class Progressing:
    """Show the daemon's events: live bars on a terminal, a line for each thing that is finished elsewhere."""

    def __init__(self, *, quiet: bool = False) -> None:
        """Write to standard error, so that standard output stays free for the result."""
        self._quiet = quiet
        self._live = err.is_terminal and not quiet
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=err,
            transient=True,
            disable=not self._live,
        )
        self._importing: TaskID | None = None
        self._jobs: dict[int, TaskID] = {}
        self._titles: dict[int, str] = {}

    def __enter__(self) -> Self:
        """Start the bars."""
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        """Take the bars away."""
        self._bars.stop()

    def say(self, line: str) -> None:
        """Write one line above the bars."""
        if not self._quiet:
            self._bars.console.print(line, markup=False)

    def step(self, stage: str, done: int, total: int) -> None:
        """Show the progress of the one job at hand."""
        self(events.JobProgress(0, stage, done, total))

    def __call__(self, event: events.Event) -> None:
        """Show one event."""
        match event:
            case events.Importing(done, total, current):
                self._show_import(done, total, current)
            case events.Imported():
                self._hide_import()
                self.say(str(event))
            case events.Skipped(path, reason):
                self.say(f"skipped {path}: {reason}")
            case events.Grouped(focus, others):
                self.say(f"grouped: {focus} focus sequences, {others} other groups")
            case events.JobStarted(job_id, title):
                self._titles[job_id] = title
                self._jobs[job_id] = self._bars.add_task(title, total=None)
            case events.JobProgress(job_id, stage, done, total):
                self._show_job(job_id, stage, done, total)
            case events.JobDone(job_id, title, master, elapsed_s, fused):
                self._drop(job_id)
                self.say(f"{'stacked' if fused else 'rendered'} {title} in {elapsed_s:.1f} s: {master}")
            case events.JobFailed(job_id, title, reason, again):
                self._drop(job_id)
                self.say(f"{'will try again' if again else 'failed'}: {title}: {reason}")
            case events.Previewed(number, frames, path, words):
                self.say(f"sequence {number}: {frames} frames so far: {path}")
                for word in words[1:]:
                    self.say(f"  {word}")
            case events.Warned(message):
                self.say(f"warning: {message}")
            case events.Resumed(message):
                self.say(f"goes on: {message}")
            case events.Noted(message):
                self.say(message)
            case events.Scanned():
                pass

    def _show_import(self, done: int, total: int, current: str) -> None:
        if self._importing is None:
            self._importing = self._bars.add_task("importing", total=total)
        self._bars.update(self._importing, completed=done, total=total, description=f"importing {current}")

    def _hide_import(self) -> None:
        if self._importing is not None:
            self._bars.remove_task(self._importing)
            self._importing = None

    def _show_job(self, job_id: int, stage: str, done: int, total: int) -> None:
        if job_id not in self._jobs:
            self._jobs[job_id] = self._bars.add_task(stage, total=total)
        title = self._titles.get(job_id, "")
        self._bars.update(self._jobs[job_id], description=f"{title} {stage}".strip(), completed=done, total=total)

    def _drop(self, job_id: int) -> None:
        task = self._jobs.pop(job_id, None)
        if task is not None:
            self._bars.remove_task(task)
