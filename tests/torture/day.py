"""A day of the daemon on a clock that runs fast: its memory must stay where it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.torture.truth import Place, once_each, verify

HOURS = 24
FASTER = 360
"""Times real time: a day takes four minutes."""
GROWTH_MB = 12.0
"""The interpreter's own heap wanders by a few megabytes; a leak over hundreds of looks and two dozen cards is more."""

LIVED = """
import sys, threading, time
from pathlib import Path
from tests import cards
from develop import presets
from develop.recipe import recipe_named
from stacker.settings import StackSettings
from stackroom import workflow
from stackroom.library import Library
from stackroom.tasks import WatchRequest
from watcher import daemon as daemons, events

root, hours, faster = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
began, real = time.monotonic(), time.monotonic

def fast():
    return began + (real() - began) * faster

def memory_mb():
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * 4096 / 1e6

stop, looks = threading.Event(), [0]

def listen(event):
    looks[0] += isinstance(event, events.Scanned)

class Fast(daemons.Daemon):
    def __init__(self, **words):
        super().__init__(**words, monotonic=fast)
        threading.Thread(target=self._beat, daemon=True).start()

    def _beat(self):
        while not stop.wait(0.05):
            self.stirred.wake.set()

workflow.Daemon = Fast

def live():
    for hour in range(hours):
        run = cards.Run(first=1 + 4 * hour, focus_m=(0.3, 0.31, 0.32, 0.33), start_s=90 * hour, seed=hour)
        cards.write_run(root / "card", run)
        while fast() < began + 3600 * (hour + 1):
            time.sleep(0.1)
        print(f"{hour + 1} {memory_mb():.1f} {looks[0]}", flush=True)
    # What came in the last hour is stacked before the day ends.
    while len(list((root / "out").glob("*.jpg"))) < hours:
        time.sleep(0.1)
    stop.wait(2)
    stop.set()

if __name__ == "__main__":  # and not where a worker loads this file
    (root / "card").mkdir()
    threading.Thread(target=live, daemon=True).start()
    request = WatchRequest(
        folders=(root / "card",), export=root / "out", recipes=(recipe_named("jpeg"),), preset=presets.load("neutral"),
        stack=StackSettings(), copy=True, once=False, workers=1, report=False,
    )
    workflow.watch(Library(root / "lib"), request, listen, stop)
"""


def a_day(root: Path) -> str:
    """Run the daemon for 24 hours of its own clock with a card every hour; compare its memory, early and late."""
    place, script = Place.at(root), root / "lived.py"
    script.write_text(LIVED)
    words = [sys.executable, str(script), str(root), str(HOURS), str(FASTER)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=3600, check=False, env=place.environment())
    assert done.returncode == 0, done.stderr[-2000:]
    hours = [tuple(map(float, line.split())) for line in done.stdout.splitlines()]
    assert len(hours) == HOURS, done.stdout
    # The first hours load what is used for the first time.
    early, late = hours[5][1], hours[-1][1]
    assert late - early < GROWTH_MB, f"memory grew from {early:.1f} to {late:.1f} MB"
    verify(place, once_each(root / "card"), HOURS)
    return f"{hours[-1][2]:.0f} looks, {early:.1f} MB after 6 hours, {late:.1f} MB after {HOURS}"
