"""Tell somebody that a stack is done or has failed: a command, a webhook, or both; never in the daemon's way."""

from __future__ import annotations

import json
import subprocess
import threading
import urllib.request
from dataclasses import dataclass
from typing import Any

from watcher import events
from watcher.events import Listener, Warned

PATIENCE_S = 30.0


@dataclass(slots=True)
class Notify:
    """A listener that passes every event on and tells of ends of jobs as JSON: on standard input, or as a POST.

    Command and webhook may change while it listens.
    """

    command: tuple[str, ...]
    webhook: str
    listen: Listener

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
        threading.Thread(target=self._tell, args=(json.dumps(message).encode(),), name="notify", daemon=True).start()

    def _tell(self, message: bytes) -> None:
        for way in (self._run, self._post):
            try:
                way(message)
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                self.listen(Warned(f"notification failed: {error}"))

    def _run(self, message: bytes) -> None:
        if self.command:
            subprocess.run(self.command, input=message, timeout=PATIENCE_S, check=True, capture_output=True)

    def _post(self, message: bytes) -> None:
        if self.webhook:
            headers = {"Content-Type": "application/json"}
            request = urllib.request.Request(self.webhook, message, headers, method="POST")
            urllib.request.urlopen(request, timeout=PATIENCE_S).close()
