"""What must hold after every fault: nothing lost, nothing wrong, nothing twice, nothing left over."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PYTHON = sys.executable


def sha(path: Path) -> str:
    """Return a digest of our own choice, so that the program's own hashing is not asked to prove itself."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class Place:
    """One experiment: where the library and the results lie."""

    root: Path
    lib: Path
    out: Path

    @classmethod
    def at(cls, root: Path) -> Place:
        """Lay out a place below `root`."""
        return cls(root, root / "lib", root / "out")

    def environment(self) -> dict[str, str]:
        """Return the environment in which a script of ours finds the program and the tests."""
        return {**os.environ, "PYTHONPATH": str(Path.cwd())}

    def command(self, *words: str) -> list[str]:
        """Return the command line of the real program."""
        return [PYTHON, "-m", "stackroom", "--library", str(self.lib), *words]

    def watch(self, *folders: Path, once: bool = False) -> list[str]:
        """Return the command line that watches folders with one worker a processor."""
        end = ["--once", "--json"] if once else []
        return self.command("watch", *map(str, folders), "--export", str(self.out), "--workers", "2", *end)

    def run(self, *words: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(self.command(*words), capture_output=True, text=True, timeout=timeout, check=False)

    def once(self, *folders: Path, timeout: float = 300) -> dict[str, Any]:
        """Work everything through; return what `watch --json` says."""
        done = subprocess.run(
            self.watch(*folders, once=True), capture_output=True, text=True, timeout=timeout, check=False
        )
        assert done.returncode == 0, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    def start(self, *folders: Path, before: Sequence[str] = (), log: str = "daemon.log") -> subprocess.Popen[bytes]:
        """Start a daemon that stays, through the command `before`; what it says goes to a file."""
        with (self.root / log).open("ab") as file:
            return subprocess.Popen([*before, *self.watch(*folders)], stdout=file, stderr=file)

    def said(self, log: str = "daemon.log") -> str:
        """Return what the daemon said."""
        return (self.root / log).read_text(errors="replace")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the catalog file without the program."""
        with closing(sqlite3.connect(f"file:{self.lib}/catalog.sqlite?mode=ro", uri=True, timeout=30)) as connection:
            return connection.execute(query).fetchall()

    def stacked(self) -> int:
        """Count the sequences that have a result in force."""
        if not (self.lib / "catalog.sqlite").exists():
            return 0
        try:
            return int(self.rows("SELECT count(*) FROM stack WHERE current")[0][0])
        except sqlite3.OperationalError:  # its tables are just being made
            return 0


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 120) -> float:
    """Wait until something holds; return how long it took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"after {seconds:.0f} s still not: {what}")
        time.sleep(0.1)
    return time.monotonic() - began


def stop(daemon: subprocess.Popen[bytes], within_s: float = 10, *, maybe_loading: bool = False) -> float:
    """Ask a daemon to stop; return how long it took. Fails when it takes longer than it may.

    One that is `maybe_loading` has nothing to hand back yet, and may be ended by the signal itself.
    """
    began = time.monotonic()
    daemon.terminate()
    code = daemon.wait(timeout=within_s)
    assert code == 0 or (maybe_loading and code == -signal.SIGTERM), f"the daemon ended with {code}"
    return time.monotonic() - began


def verify(place: Place, originals: dict[str, int], stacks: int) -> None:
    """Hold the library to the truth: `originals` is how often each content must be there (always once)."""
    copies = Counter(sha(path) for path in (place.lib / "originals").rglob("*") if path.is_file())
    assert copies == originals, f"{sum(copies.values())} copies of {len(originals)} originals"
    assert place.rows("PRAGMA integrity_check") == [("ok",)]
    assert place.rows("PRAGMA foreign_key_check") == []
    sequences = place.rows("SELECT id FROM sequence WHERE kind = 'focus'")
    current = Counter(place.rows("SELECT sequence_id FROM stack WHERE current"))
    assert len(sequences) == stacks, f"{len(sequences)} focus sequences instead of {stacks}"
    assert current == Counter(sequences), "every sequence has one result"
    files = place.rows("SELECT path FROM stack WHERE current") + place.rows(
        "SELECT export.path FROM export JOIN stack ON stack.id = stack_id WHERE current"
    )
    on_disk = [path for path in place.out.rglob("*") if path.is_file()]
    assert sorted(map(str, on_disk)) == sorted(path for (path,) in files), "results on disk and on record differ"
    parts = [path for root in (place.lib, place.out) for path in root.rglob("*part*")]
    assert not parts, f"temporary files are left: {parts}"
    checked = place.run("check", "--verify")
    assert checked.returncode == 0, checked.stdout


def once_each(*roots: Path) -> dict[str, int]:
    """Return the contents of whole pictures below the folders, each to be kept once."""
    found: dict[str, int] = {}
    for root in roots:
        for folder, _, names in os.walk(root):
            for name in names:
                path = Path(folder, name)
                if not path.is_symlink():
                    found[sha(path)] = 1
    return found
