"""A bulk export killed at random moments and run again: nothing missing, nothing half, nothing beside."""

from __future__ import annotations

import json
import random
import subprocess
import time
from pathlib import Path

from tests import cards
from tests.torture.truth import Place, sha

_STACKS = 4


def _files(folder: Path) -> dict[str, str]:
    return {path.name: sha(path) for path in folder.iterdir()} if folder.is_dir() else {}


def _named(folder: Path) -> dict[str, str]:
    """Return what has its name already; workers of a killed export may still be about to finish a file."""
    return {path.name: sha(path) for path in folder.glob("[!.]*")}


def export_killed(root: Path, times: int) -> str:
    """Kill an export of frames and results by three recipes with -9, run it again, and compare with an uncut one."""
    chance, place = random.Random(13), Place.at(root)
    for number in range(_STACKS):
        run = cards.Run(first=1 + 4 * number, focus_m=(0.3, 0.31, 0.32, 0.33), start_s=90 * number, seed=number)
        cards.write_run(root / "card", run)
    place.once(root / "card")
    words = ("--recipe", "web,print,webp", "--what", "both", "--json")
    began = time.monotonic()
    whole = place.run("export", "--to", str(root / "whole"), *words)
    lasts = time.monotonic() - began
    assert whole.returncode == 0, whole.stderr
    expected, again = _files(root / "whole"), 0
    for number in range(times):
        to = root / f"cut{number}"
        child = subprocess.Popen(place.command("export", "--to", str(to), *words), stdout=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.2 * lasts, lasts))
        child.kill()
        child.wait()
        left = _named(to)
        half = [name for name in left if name in expected and left[name] != expected[name]]
        assert not half, f"half written: {half}"
        done = place.run("export", "--to", str(to), *words)
        assert done.returncode == 0, done.stderr
        assert _files(to) == expected, "missing, changed or beside"
        again += json.loads(done.stdout)["counts"].get("made", 0) - len(expected.keys() - left.keys())
    return f"{times} kills, {len(expected)} files each; made again though they were whole: {again}"
