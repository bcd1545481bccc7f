"""Disks that fill up, volumes that go away, permissions that are lost; and all of it back again."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests import cards
from tests.torture.truth import Place, once_each, stop, verify, wait_for

UNPRIVILEGED = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all")
"""Runs a program of root's without root's right to read what its modes forbid."""


@contextlib.contextmanager
def small_disk(where: Path, megabytes: int) -> Iterator[Path]:
    """Mount a small file system of its own."""
    where.mkdir(parents=True, exist_ok=True)
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m,mode=777", "tmpfs", str(where)]
    subprocess.run(["mount", *options], check=True, capture_output=True)
    try:
        yield where
    finally:
        subprocess.run(["umount", "-l", str(where)], check=True)


def _fill(disk: Path, leave: int) -> Path:
    usage = os.statvfs(disk)
    ballast = disk / "ballast.bin"
    ballast.write_bytes(b"\0" * max(0, usage.f_bavail * usage.f_frsize - leave))
    return ballast


def _card(root: Path, stacks: int, name: str = "card") -> Path:
    for number in range(stacks):
        run = cards.Run(first=1 + 4 * number, focus_m=(0.3, 0.31, 0.32, 0.33), start_s=90 * number, seed=number)
        cards.write_run(root / name, run)
    return root / name


def full_at_import(root: Path) -> str:
    """The library's disk is full while files are copied; room is made; the same daemon goes on by itself."""
    with small_disk(root / "disk", 24) as disk:
        place = Place(root, disk / "lib", root / "out")
        card = _card(root, 4)
        place.once(_card(root, 1, "first"))
        ballast = _fill(disk, leave=1_500_000)
        daemon = place.start(root / "first", card)
        wait_for(lambda: "disk is full" in place.said(), "a warning")
        assert daemon.poll() is None, place.said()
        ballast.unlink()
        took = wait_for(lambda: place.stacked() == 4, "all stacked after room was made")
        wait_for(lambda: not place.rows("SELECT 1 FROM job WHERE state <> 'done'"), "recorded")
        stop(daemon)
        verify(place, once_each(root / "first", card), 4)
        assert place.said().count("disk is full; make room; waiting") <= 2, place.said()
    return f"went on by itself {took:.1f} s after room was made"


def full_at_stack(root: Path, leave: int = 100_000) -> str:
    """The disk for results is full while stacks are written; `leave` bytes are free, less than a master takes."""
    with small_disk(root / "disk", 8) as disk:
        place = Place(root, root / "lib", disk / "out")
        place.out.mkdir()
        card = _card(root, 4)
        ballast = _fill(disk, leave=leave)
        daemon = place.start(card)
        wait_for(lambda: "will try again" in place.said(), "a failure that is tried again")
        assert daemon.poll() is None
        ballast.unlink()
        took = wait_for(lambda: place.stacked() == 4, "all stacked after room was made", 200)
        stop(daemon)
        verify(place, once_each(card), 4)
    return f"went on by itself {took:.1f} s after room was made"


def catalog_disk_full(root: Path) -> str:
    """Not one byte is left for the catalog while jobs end: their reports are kept and recorded later."""
    with small_disk(root / "disk", 16) as disk:
        place = Place(root, disk / "lib", root / "out")
        card = _card(root, 3)
        assert place.run("import", str(card)).returncode == 0
        daemon = place.start(card)
        wait_for(lambda: bool(place.rows("SELECT 1 FROM job WHERE state = 'running'")), "jobs at work")
        ballast = _fill(disk, leave=0)
        wait_for(lambda: len(list(place.out.glob("*.jpg"))) >= 1, "a result")
        with contextlib.suppress(AssertionError):
            wait_for(lambda: "waiting" in place.said(), "a warning", 20)
        assert daemon.poll() is None, place.said()
        ballast.unlink()
        wait_for(lambda: place.stacked() == 3, "all recorded after room was made")
        stop(daemon)
        verify(place, once_each(card), 3)
    return "reports kept and recorded"


def folder_vanishes(root: Path) -> str:
    """A watched volume goes away and comes back with more on it; another folder is worked on meanwhile."""
    place = Place.at(root)
    steady, volume = root / "steady", root / "volume"
    steady.mkdir()
    _card(root, 1, "volume")
    daemon = place.start(volume, steady)
    wait_for(lambda: place.stacked() == 1, "the first stack")
    volume.rename(root / "away")
    cards.write_run(steady, cards.Run(first=50, focus_m=(0.5, 0.51, 0.52, 0.53), start_s=5000, seed=50))
    wait_for(lambda: place.stacked() == 2, "the other folder's stack")
    wait_for(lambda: "no such folder" in place.said(), "a warning", 60)
    cards.write_run(root / "away", cards.Run(first=60, focus_m=(0.6, 0.61, 0.62, 0.63), start_s=9000, seed=60))
    (root / "away").rename(volume)
    took = wait_for(lambda: place.stacked() == 3, "what came with the volume")
    assert place.said().count("no such folder") <= 2, place.said()
    stop(daemon)
    verify(place, once_each(volume, steady), 3)
    return f"stacked {took:.1f} s after it was back"


def permission_lost(root: Path) -> str:
    """A file and a folder that this user may not read, until he may again."""
    if os.geteuid() != 0:
        return "skipped: written for root, whose rights are taken from the daemon"
    place = Place.at(root)
    card = _card(root, 2)
    frames = sorted(card.rglob("*.JPG"))
    frames[1].chmod(0)
    extra = cards.write_run(root / "card/more", cards.Run(first=90, focus_m=(1.0, 1.1, 1.2), start_s=7000, seed=9))
    closed = root / "card/more"
    closed.chmod(0)
    daemon = place.start(card, before=UNPRIVILEGED)
    wait_for(lambda: place.said().count("cannot be read") >= 2, "both named")
    wait_for(lambda: place.stacked() >= 1, "the others stacked")
    frames[1].chmod(0o644)
    closed.chmod(0o755)
    wait_for(lambda: place.rows("SELECT count(*) FROM capture") == [(8 + len(extra),)], "all taken in")
    wait_for(lambda: place.stacked() == 3, "all stacked")
    wait_for(lambda: not place.rows("SELECT 1 FROM job WHERE state <> 'done'"), "the late frame's new version")
    assert place.rows("SELECT source_path FROM sighting WHERE reason LIKE 'folder%'") == [], "it may be entered again"
    [(longest,)] = place.rows("SELECT max(n) FROM (SELECT count(*) n FROM stack_frame GROUP BY stack_id)")
    assert longest == 4
    stop(daemon)
    return "read again by itself, the stack rebuilt with the frame"
