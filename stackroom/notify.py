"""Tell somebody that a stack is done or has failed: a command, a webhook, or both; never in the daemon's way."""

from __future__ import annotations

import json
import subprocess
import threading
import urllib.request
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from watcher import events
from watcher.events import Listener, Resumed, Warned

PATIENCE_S = 30.0
LAST_WORDS_S = 4.0


@dataclass(slots=True)
class Notify:
    """A listener that passes every event on and tells of ends of jobs as JSON: on standard input, or as a POST.

    Command and webhook may change while it listens.
    """

    command: tuple[str, ...]
    webhook: str
    listen: Listener
    _messages: SimpleQueue[bytes | None] = field(default_factory=SimpleQueue)
    _teller: threading.Thread | None = None
    _failing: set[str] = field(default_factory=set)

    def __call__(self, event: events.Event) -> None:
        """Take an event in, and pass it on."""
        self.listen(event)
        message: dict[str, Any]
        match event:
            case events.JobDone(job_id, title, master):
                message = {"event": "done", "job": job_id, "title": title, "master": master}
            case events.JobFailed(job_id, title, reason, again) if not again:
                message = {"event": "failed", "job": job_id, "title": title, "reason": reason}
            case _:
                return
        if not (self.command or self.webhook):
            return
        if self._teller is None:
            self._teller = threading.Thread(target=self._tell_all, name="notify", daemon=True)
            self._teller.start()
        self._messages.put(json.dumps(message).encode())

    def close(self) -> None:
        """Let what was not told yet be told, for as long as an end can be put off."""
        if self._teller is not None:
            self._messages.put(None)
            self._teller.join(LAST_WORDS_S)

    def _tell_all(self) -> None:
        for message in iter(self._messages.get, None):
            self._tell(message)

    def _tell(self, message: bytes) -> None:
        for name, way in (("notify", self._run), ("webhook", self._post)):
            try:
                way(message)
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                if name not in self._failing:
                    self.listen(Warned(f"{name}: failed ({error}); the work goes on, the next end is told again", name))
                self._failing.add(name)
            else:
                if name in self._failing:
                    self.listen(Resumed(f"{name}: goes through again", name))
                self._failing.discard(name)

    def _run(self, message: bytes) -> None:
        if self.command:
            subprocess.run(self.command, input=message, timeout=PATIENCE_S, check=True, capture_output=True)

    def _post(self, message: bytes) -> None:
        if self.webhook:
            headers = {"Content-Type": "application/json"}
            request = urllib.request.Request(self.webhook, message, headers, method="POST")
            urllib.request.urlopen(request, timeout=PATIENCE_S).close()
