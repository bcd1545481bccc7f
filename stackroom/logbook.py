"""The daemon's own log: one line an event, with the time; old ones are kept for a while and then let go."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path

from watcher import events
from watcher.events import Listener

BYTES = 2 << 20
KEPT = 5
"""Files of `BYTES` each beside the one that is written: months of a quiet daemon, a night of a loud one."""


def line(event: events.Event) -> str | None:
    """Return an event as a line; None for what passes too often to be kept."""
    match event:
        case events.Skipped(path, reason):
            return f"skipped {path}: {reason}"
        case events.Imported():
            return str(event)
        case events.Grouped(focus, others):
            return f"grouped: {focus} focus sequences, {others} other groups"
        case events.JobStarted(job_id, title):
            return f"job {job_id} started: {title}"
        case events.JobDone(job_id, title, master, elapsed_s):
            return f"job {job_id} done in {elapsed_s:.1f} s: {title}: {master}"
        case events.JobFailed(job_id, title, reason, again):
            return f"job {job_id} {'will be tried again' if again else 'failed'}: {title}: {reason}"
        case events.Previewed(number, frames, path, _):
            return f"sequence {number}: {frames} frames so far: {path}"
        case events.Warned(message):
            return f"warning: {message}"
        case events.Resumed(message):
            return f"goes on: {message}"
        case events.Noted(message):
            return message
        case _:
            return None


@dataclass(slots=True)
class Logbook:
    """A listener that passes every event on and keeps it in a file below `folder`."""

    folder: Path
    listen: Listener
    _handler: RotatingFileHandler = field(init=False)

    def __post_init__(self) -> None:
        """Open the file, or go on with it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "daemon.log"
        self._handler = RotatingFileHandler(path, maxBytes=BYTES, backupCount=KEPT, encoding="utf-8", delay=True)
        self._handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        # A disk that is full is no reason to stop, nor to fill the terminal.
        self._handler.handleError = lambda record: None  # type: ignore[method-assign]

    def __call__(self, event: events.Event) -> None:
        """Take an event in, and pass it on."""
        self.listen(event)
        said = line(event)
        if said is not None:
            self.say(said)

    def say(self, said: str) -> None:
        """Keep one line; a line break in a name stays one line."""
        said = said.encode("unicode_escape").decode() if not said.isprintable() else said
        self._handler.handle(logging.LogRecord("stackroom", logging.INFO, "", 0, said, None, None))

    def close(self) -> None:
        """Close the file."""
        self._handler.close()
