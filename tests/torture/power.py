"""What a power cut would find: no name is given to a file before its content is on the disk."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tests import cards
from tests.torture.truth import Place, once_each, verify

WATCHING = """
import json, os
_log = os.open(os.environ["FLUSHED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def _note(what, *paths):
    os.write(_log, (json.dumps([os.getpid(), what, *map(str, paths)]) + "\\n").encode())
def _wrap(name, named):
    real = getattr(os, name)
    def call(*arguments, **words):
        paths = named(*arguments)
        result = real(*arguments, **words)
        _note(name, *paths)
        return result
    setattr(os, name, call)
_wrap("fsync", lambda handle: [os.readlink(f"/proc/self/fd/{handle}")])
for _name in ("rename", "replace", "link"):
    _wrap(_name, lambda source, target, *rest: [source, target])
"""
"""Loaded by every process of the program: notes each flush, and each name that a file is given."""


def _unflushed(noted: list[list[str]], below: tuple[Path, ...]) -> tuple[int, list[str]]:
    """Return how many files got a name below some folders, and what was not flushed before, or its folder after."""
    named, wrong = 0, []
    for place, (pid, what, *paths) in enumerate(noted):
        if what == "fsync" or not any(Path(paths[1]).is_relative_to(folder) for folder in below):
            continue
        named += 1
        before = [entry[2] for entry in noted[:place] if entry[:2] == [pid, "fsync"]]
        after = [entry[2] for entry in noted[place + 1 :] if entry[:2] == [pid, "fsync"]]
        if paths[0] not in before:
            wrong.append(f"{paths[1]}: named before it was flushed")
        if str(Path(paths[1]).parent) not in after:
            wrong.append(f"{paths[1]}: its folder was never flushed")
    return named, wrong


def power_cut(root: Path) -> str:
    """Note every flush and every name given while a card is worked through; nothing may be named unflushed."""
    place = Place.at(root)
    for number in range(3):
        focus = (0.3, 0.31, 0.32, 0.33)
        cards.write_run(root / "card", cards.Run(first=1 + 4 * number, focus_m=focus, start_s=90 * number, seed=number))
    hook, log = root / "hook", root / "flushed.jsonl"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(WATCHING)
    environment = {**os.environ, "PYTHONPATH": f"{hook}:{Path.cwd()}", "FLUSHED": str(log)}
    for words in (place.watch(root / "card", once=True), place.command("backup")):
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
    noted = [json.loads(line) for line in log.read_text().splitlines()]
    named, wrong = _unflushed(noted, (place.lib / "originals", place.lib / "backups", place.out))
    assert not wrong, wrong[:5]
    assert named >= 12 + 6 + 1, f"only {named} names were given"
    verify(place, once_each(root / "card"), 3)
    return f"{named} files, each flushed before it got its name, and its folder after"
