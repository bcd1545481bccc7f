"""Do to the real program what goes wrong in the field, and hold the library to the truth after each: `make torture`."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.torture import clock, day, disks, drops, exports, hangs, kills, power

Fault = Callable[[Path], str]


def faults(times: int) -> dict[str, Fault]:
    """Return every fault by its name."""
    return {
        "daemon-killed": partial(kills.daemon_killed, times=times),
        "workers-killed": partial(kills.workers_killed, times=times),
        "export-killed": partial(exports.export_killed, times=times),
        "decoder-crashes": kills.decoder_crashes,
        "stopped": kills.stopped_gracefully,
        "suspended": hangs.suspended,
        "worker-stopped": hangs.worker_stopped,
        "frame-hangs": hangs.frame_hangs,
        "full-at-import": disks.full_at_import,
        "full-at-stack": disks.full_at_stack,
        "full-at-export": partial(disks.full_at_stack, leave=245_000),
        "catalog-disk-full": disks.catalog_disk_full,
        "folder-vanishes": disks.folder_vanishes,
        "permission-lost": disks.permission_lost,
        "power-cut": power.power_cut,
        "clock-set-back": clock.set_back,
        "slow-writer": drops.slow_writer,
        "removed-while-read": drops.removed_while_read,
        "burst": drops.burst,
        "same-card-twice": drops.same_card_twice,
        "late-frame": drops.late_frame,
        "odd-names": drops.odd_names,
        "wrong-case": drops.wrong_case,
        "catalog-locked": drops.catalog_locked,
        "catalog-corrupted": drops.catalog_corrupted,
        "no-events": drops.no_events,
        "few-instances": drops.few_instances,
        "second-daemon": drops.second_daemon,
        "a-day": day.a_day,
    }


def main() -> int:
    """Run the faults that were asked for; return 1 where one of them did harm."""
    parser = argparse.ArgumentParser(prog="tests.torture")
    parser.add_argument("--times", type=int, default=200, help="how often the daemon is killed, and how often a worker")
    parser.add_argument("names", nargs="*", help="which faults; all unless named")
    words = parser.parse_args()
    every = faults(words.times)
    harm = 0
    for name in words.names or every:
        root = Path(tempfile.mkdtemp(prefix=f"torture-{name}-"))
        root.chmod(0o755)
        began = time.monotonic()
        try:
            verdict, said = "held", every[name](root)
        except Exception as error:  # noqa: BLE001 - one fault that does harm must not hide the others
            harm += 1
            verdict, said = "HARM", f"{error!s:.2000} ({root} is kept)"
            traceback.print_exc()
        else:
            shutil.rmtree(root, ignore_errors=True)
        print(f"{verdict}  {name:<20} {time.monotonic() - began:6.1f} s  {said}", flush=True)
    return 1 if harm else 0


if __name__ == "__main__":
    sys.exit(main())
