"""Files that come in every way but the right one, and a catalog that others hold or harm."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

from tests import cards
from tests.torture.truth import Place, once_each, stop, verify, wait_for

UNTESTED = "skipped: this system lets nobody lower the limit in a user namespace"
NEAR = (0.30, 0.31, 0.32, 0.33)


def _run(card: Path, number: int, frames: int = 4) -> list[Path]:
    run = cards.Run(first=1 + 10 * number, focus_m=NEAR[:frames], start_s=90 * number, seed=number + 1)
    return cards.write_run(card, run)


def _settled(place: Place, stacks: int) -> None:
    wait_for(lambda: place.stacked() == stacks, f"{stacks} stacks")
    wait_for(lambda: not place.rows("SELECT 1 FROM job WHERE state <> 'done'"), "all jobs done")


def slow_writer(root: Path) -> str:
    """A frame that grows until another folder is stacked, 15 s at least: it is taken in whole, and only it waits."""
    place = Place.at(root)
    card, other = root / "card", root / "other"
    source = _run(root / "source", 0)
    card.mkdir()
    _run(other, 5)
    enough = threading.Event()

    def write() -> None:
        for path in source[:3]:
            shutil.copy(path, card / path.name)
        content = source[3].read_bytes()
        with (card / source[3].name).open("wb", buffering=0) as file:
            written = 0
            while not enough.wait(0.5):
                written += file.write(content[written : written + 100])
            file.write(content[written:])

    writer = threading.Thread(target=write)
    writer.start()
    daemon = place.start(card, other)
    began = time.monotonic()
    wait_for(lambda: place.stacked() >= 1, "the other folder's stack, which must not wait for a slow file", 120)
    time.sleep(max(0.0, 15 - (time.monotonic() - began)))
    assert place.rows("SELECT count(*) FROM stack") == [(1,)], "a sequence was stacked before it was whole"
    enough.set()
    writer.join()
    _settled(place, 2)
    stop(daemon)
    verify(place, once_each(card, other), 2)
    return "waited for, and nobody else had to"


def removed_while_read(root: Path) -> str:
    """Files go while they are being taken in."""
    place = Place.at(root)
    card = root / "card"
    frames = [path for number in range(20) for path in _run(card, number)]
    going = frames[-20:]
    daemon = place.start(card)
    wait_for(lambda: any((place.lib / "originals").rglob("*.JPG")), "the first copy")
    for path in reversed(going):
        path.unlink()
        time.sleep(0.01)
    wait_for(lambda: place.rows("SELECT count(*) FROM sequence WHERE complete = 0") == [(0,)], "all closed")
    wait_for(lambda: place.stacked() >= 15, "what stayed is stacked")
    wait_for(lambda: not place.rows("SELECT 1 FROM job WHERE state <> 'done'"), "all jobs done")
    assert daemon.poll() is None, place.said()
    stop(daemon)
    assert "Traceback" not in place.said()
    assert once_each(card).keys() <= once_each(place.lib / "originals").keys()
    return f"{len(once_each(place.lib / 'originals'))} of {len(frames)} were taken in before they went, none lost"


def burst(root: Path, files: int = 5000) -> str:
    """Drop thousands of small files at once into folders that are made at the same moment."""
    place = Place.at(root)
    watched = root / "watched"
    watched.mkdir()
    daemon = place.start(watched)
    wait_for((place.lib / "catalog.sqlite").exists, "a running daemon")
    [template] = _run(root / "one", 0, 1)
    content = template.read_bytes()
    for number in range(files):
        folder = watched / f"DCIM/{100 + number // 100}CANON"
        folder.mkdir(parents=True, exist_ok=True)
        # A comment at its end makes each file a picture of its own.
        (folder / f"IMG_{number:05}.JPG").write_bytes(content + b"\0%06d" % number + b"\xff\xd9")
    began = time.monotonic()
    wait_for(lambda: place.rows("SELECT count(*) FROM file") == [(files,)], "all taken in", 600)
    took = time.monotonic() - began
    stop(daemon)
    kept = once_each(place.lib / "originals")
    assert kept == once_each(watched), f"{len(kept)} of {files}"
    assert place.run("check", "--verify").returncode == 0
    return f"{files} files, none lost, taken in {took:.0f} s after the drop"


def same_card_twice(root: Path) -> str:
    """The same card into two watched folders at the same time, and once more under other names."""
    place = Place.at(root)
    first, second = root / "first", root / "second"
    for number in range(3):
        _run(root / "card", number)
    first.mkdir()
    second.mkdir()
    daemon = place.start(first, second)
    wait_for((place.lib / "catalog.sqlite").exists, "a running daemon")
    copies = [
        threading.Thread(target=shutil.copytree, args=(root / "card", folder / "dump")) for folder in (first, second)
    ]
    for copy in copies:
        copy.start()
    _settled(place, 3)
    shutil.copytree(root / "card", first / "again")
    wait_for(lambda: place.rows("SELECT count(*) FROM sighting") == [(36,)], "all three seen")
    time.sleep(1)
    stop(daemon)
    verify(place, once_each(root / "card"), 3)
    return "one copy of each, 24 duplicates"


def late_frame(root: Path) -> str:
    """A frame that comes when its sequence is stacked reopens it: a new version, and one result in force."""
    place = Place.at(root)
    frames = _run(root / "card", 0)
    late = root / frames[2].name
    frames[2].rename(late)
    daemon = place.start(root / "card")
    _settled(place, 1)
    late.rename(frames[2])
    wait_for(lambda: place.rows("SELECT count(*) FROM stack") == [(2,)], "a second version")
    _settled(place, 1)
    stop(daemon)
    [(frames_in,)] = place.rows(
        "SELECT count(*) FROM stack_frame JOIN stack ON stack.id = stack_id WHERE stack.current"
    )
    assert frames_in == 4
    return "rebuilt with the frame"


def odd_names(root: Path) -> str:
    """Names with newlines, emoji and 255 bytes, links in circles and links out of the tree."""
    place = Place.at(root)
    card = root / "card"
    frames = _run(card, 0)
    (card / "DCIM/circle").symlink_to(card, target_is_directory=True)
    (card / "DCIM/out").symlink_to("/", target_is_directory=True)
    (card / "DCIM/IMG_9999.JPG").symlink_to(frames[0])
    for number, name in enumerate(["line\nbreak.JPG", "😀.jpg", "x" * 251 + ".jpg", "ÜMLAUT.JPEG", "a'\"$(b).jpg"]):
        [path] = _run(root / f"single{number}", 20 + number, 1)
        folder = card / "DCIM/odd\nfolder 😀"
        folder.mkdir(exist_ok=True)
        path.rename(folder / name)
    place.once(card)
    verify(place, once_each(card), 1)
    return f"{len(once_each(card))} files"


def wrong_case(root: Path) -> str:
    """Endings in any case, two pictures whose names differ only in case, and the card once more in small letters."""
    place = Place.at(root)
    card = root / "card"
    frames = _run(card, 0)
    for path, ending in zip(frames, (".jpg", ".Jpg", ".jPG", ".JPEG"), strict=True):
        path.rename(path.with_suffix(ending))
    [twin] = _run(root / "single", 20, 1)
    twin.rename(card / "DCIM/100CANON/img_0001.jpg")
    daemon = place.start(card)
    _settled(place, 1)
    wait_for(lambda: place.rows("SELECT count(*) FROM file") == [(5,)], "both of one name taken in")
    originals = once_each(card)
    shutil.rmtree(card / "DCIM")
    for path in _run(root / "again", 0):
        small = card / "dcim/100canon" / path.name.lower()
        small.parent.mkdir(parents=True, exist_ok=True)
        path.rename(small)
    wait_for(lambda: place.rows("SELECT count(*) FROM sighting") == [(9,)], "the same pictures seen in small letters")
    time.sleep(1)
    stop(daemon)
    verify(place, originals, 1)
    return f"{len(originals)} pictures, each once, 4 of them seen again under other letters"


def catalog_locked(root: Path) -> str:
    """Another program holds the catalog's write lock for longer than we wait."""
    place = Place.at(root)
    _run(root / "card", 0)
    daemon = place.start(root / "card")
    _settled(place, 1)
    with closing(sqlite3.connect(place.lib / "catalog.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        _run(root / "card", 1)
        wait_for(lambda: "locked" in place.said(), "a warning", 90)
        assert daemon.poll() is None
        other.execute("ROLLBACK")
    took = wait_for(lambda: place.stacked() == 2, "on it goes")
    wait_for(lambda: not place.rows("SELECT 1 FROM job WHERE state <> 'done'"), "recorded")
    stop(daemon)
    verify(place, once_each(root / "card"), 2)
    return f"went on {took:.1f} s after it was free"


def catalog_corrupted(root: Path) -> str:
    """Overwrite pages of the catalog: noticed at the start, restored by one command, then nothing is missing."""
    place = Place.at(root)
    card = root / "card"
    _run(card, 0)
    place.once(card)
    assert place.run("backup").returncode == 0
    _run(card, 1)
    place.once(card)
    catalog = place.lib / "catalog.sqlite"
    size = catalog.stat().st_size
    with catalog.open("r+b") as file:
        for start in range(8192, size, 12288):
            file.seek(start)
            file.write(os.urandom(4096))
    refused = subprocess.run(place.watch(card, once=True), capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 1, refused.stderr
    assert "stackroom restore" in refused.stderr, refused.stderr
    restored = place.run("restore")
    assert restored.returncode == 0, restored.stderr
    place.once(card)
    assert once_each(place.lib / "originals") == once_each(card)
    assert place.stacked() == 2
    assert place.run("check", "--verify").returncode == 0
    return "noticed, restored, and what came after the backup was found again"


def _instances(count: int) -> tuple[str, ...]:
    """Return the words that run a program in a user namespace with so many inotify instances."""
    limit = f'echo {count} > /proc/sys/user/max_inotify_instances && exec "$@"'
    return ("unshare", "-Ur", "sh", "-c", limit, "sh")


def no_events(root: Path) -> str:
    """No inotify instance is left for this user: files are found by the clock instead, and a line says why."""
    if subprocess.run([*_instances(0), "true"], capture_output=True, check=False).returncode:
        return UNTESTED
    place = Place.at(root)
    card = root / "card"
    card.mkdir()
    daemon = place.start(card, before=_instances(0))
    wait_for(lambda: "no file events" in place.said(), "a warning", 60)
    _run(card, 0)
    took = wait_for(lambda: place.stacked() == 1, "stacked without events")
    assert "sysctl" in place.said()
    stop(daemon)
    return f"stacked {took:.1f} s after the drop"


def few_instances(root: Path, instances: int = 10, folders: int = 12) -> str:
    """More folders are watched than there are inotify instances: those left over are looked at by the clock."""
    if subprocess.run([*_instances(instances), "true"], capture_output=True, check=False).returncode:
        return UNTESTED
    place = Place.at(root)
    watched = [root / f"card{number}" for number in range(folders)]
    for folder in watched:
        folder.mkdir()
    daemon = place.start(*watched, before=_instances(instances))
    wait_for(lambda: "no file events" in place.said(), "a warning", 60)
    deaf = place.said().count("no file events")
    assert deaf >= folders - instances
    for number, folder in enumerate(watched):
        _run(folder, number)
    _settled(place, folders)
    stop(daemon)
    verify(place, once_each(*watched), folders)
    return f"{deaf} of {folders} folders looked at by the clock, all stacked"


def second_daemon(root: Path) -> str:
    """A second daemon on the same library is refused, and told who holds it."""
    place = Place.at(root)
    _run(root / "card", 0)
    daemon = place.start(root / "card")
    wait_for((place.lib / ".holder").exists, "a holder")
    second = subprocess.run(place.watch(root / "card"), capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1
    assert f"process {daemon.pid}" in second.stderr, second.stderr
    _settled(place, 1)
    stop(daemon)
    verify(place, once_each(root / "card"), 1)
    return "refused with the holder's name"
