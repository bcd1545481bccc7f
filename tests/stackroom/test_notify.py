"""A command and a webhook are really told, and one that fails is a warning."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from stackroom.notify import Notify
from watcher import events

DONE = events.JobDone(3, "a stack", "/out/m.tif", 2.0, True)
SAID = {"event": "done", "job": 3, "title": "a stack", "master": "/out/m.tif"}


@pytest.fixture
def posted() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server on the loopback: its address, and what was posted to it."""
    seen: list[dict[str, Any]] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Taking)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", seen
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_command_gets_the_end_of_a_job_on_its_standard_input(tmp_path: Path) -> None:
    kept = tmp_path / "said.json"
    copy = f"import sys; open({str(kept)!r}, 'w').write(sys.stdin.read())"
    with closing(Notify((sys.executable, "-c", copy), "", events.nobody)) as told:
        told(DONE)
    assert json.loads(kept.read_text()) == SAID


def test_a_webhook_gets_it_as_a_post(posted: tuple[str, list[dict[str, Any]]]) -> None:
    address, seen = posted
    with closing(Notify((), address, events.nobody)) as told:
        told(DONE)
        told(events.JobFailed(4, "another", "torn", True))  # it will be tried again: nobody is woken for that
        told(events.JobFailed(4, "another", "torn", False))
    assert seen == [SAID, {"event": "failed", "job": 4, "title": "another", "reason": "torn"}]


def test_the_other_is_told_where_one_fails_and_a_warning_says_so(posted: tuple[str, list[dict[str, Any]]]) -> None:
    address, seen = posted
    heard: list[events.Event] = []
    with closing(Notify(("/nowhere/at-all",), address, heard.append)) as told:
        told(DONE)
        told(DONE)
    assert seen == [SAID, SAID]
    [warning] = [event for event in heard if not isinstance(event, events.JobDone)]
    assert isinstance(warning, events.Warned)
    assert "notify: failed" in warning.message
    assert "/nowhere/at-all" in warning.message


def test_when_they_go_through_again_it_says_so() -> None:
    heard: list[events.Event] = []
    with closing(Notify(("/nowhere/at-all",), "", heard.append)) as told:
        told(DONE)
    with closing(replace(told, command=(sys.executable, "-c", ""), _teller=None)) as told:
        told(DONE)
        told(DONE)
    assert [type(event) for event in heard if not isinstance(event, events.JobDone)] == [events.Warned, events.Resumed]


def test_without_anybody_to_tell_no_thread_waits() -> None:
    before = threading.active_count()
    Notify((), "", events.nobody)(DONE)
    assert threading.active_count() == before
