"""Files are taken in several at a time, and what comes of it is what one after the other would have given."""

from __future__ import annotations

import errno
import threading
from pathlib import Path

import pytest
from sqlalchemy import select

from catalog import copying
from catalog.copying import Copied
from catalog.database import Catalog
from catalog.models import File
from tests import cards
from watcher import folder
from watcher.intake import Intake, Taken


def _card(root: Path, names: list[str], seed: int = 1) -> Path:
    for number, name in enumerate(names):
        run = cards.Run(first=1, focus_m=(5.0,), start_s=60 * number, seed=seed + number)
        [frame] = cards.write_run(root / "made", run)
        (root / "card" / name).parent.mkdir(parents=True, exist_ok=True)
        frame.rename(root / "card" / name)
    return root / "card"


def _take(root: Path, card: Path, stop: threading.Event | None = None) -> tuple[Taken, list[File]]:
    catalog = Catalog.open(root / "catalog.sqlite")
    intake = Intake(catalog=catalog, originals=root / "originals", template="{name}")
    taken = intake.take(folder.scan([card]).pictures, (stop or threading.Event()).is_set)
    with catalog.reader() as session:
        files = list(session.scalars(select(File).order_by(File.source_path)))
        session.expunge_all()
    catalog.close()
    return taken, files


def test_all_arrive_each_under_a_name_of_its_own(tmp_path: Path) -> None:
    names = [f"{number}/IMG_0001.JPG" for number in range(4)]
    card = _card(tmp_path, names)
    taken, files = _take(tmp_path, card)
    assert (len(taken.captures), taken.trouble, taken.moving) == (4, None, [])
    assert [Path(file.stored_path).name for file in files] == [
        "IMG_0001.JPG",
        *(f"IMG_0001-{n}.JPG" for n in (2, 3, 4)),
    ]
    for file in files:
        assert Path(file.stored_path).read_bytes() == Path(file.source_path).read_bytes()
    assert len(list((tmp_path / "originals").rglob("*"))) == 4


def test_twins_side_by_side_are_copied_once(tmp_path: Path) -> None:
    card = _card(tmp_path, ["a.JPG", "c.JPG"])
    (card / "b.JPG").write_bytes((card / "a.JPG").read_bytes())
    taken, files = _take(tmp_path, card)
    assert (len(files), len(taken.captures)) == (2, 2)
    assert len(list((tmp_path / "originals").rglob("*"))) == 2


def test_a_disk_that_fills_up_keeps_what_arrived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = _card(tmp_path, [f"{number}.JPG" for number in range(7)])
    flush = copying._flush

    def filling_up(partial: Path) -> None:
        if ".3.JPG." in partial.name:
            raise OSError(errno.ENOSPC, "No space left on device", str(partial))
        flush(partial)

    monkeypatch.setattr(copying, "_flush", filling_up)
    taken, files = _take(tmp_path, card)
    assert isinstance(taken.trouble, OSError)
    assert taken.trouble.errno == errno.ENOSPC
    lying = [path for path in (tmp_path / "originals").rglob("*") if path.is_file()]
    assert {file.stored_path for file in files} == set(map(str, lying))
    assert {"0.JPG", "1.JPG", "2.JPG"} <= {path.name for path in lying}
    monkeypatch.undo()
    taken, files = _take(tmp_path, card)
    assert (len(files), taken.trouble) == (7, None)


def test_told_to_stop_it_gives_up_what_is_on_its_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = _card(tmp_path, [f"{number}.JPG" for number in range(6)])
    stop = threading.Event()
    copy = copying.copy_verified

    def stopping(source: Path, target: Path, *words: object) -> Copied:
        if source.name == "2.JPG":
            stop.set()
        return copy(source, target, *words)  # type: ignore[arg-type]

    monkeypatch.setattr(copying, "copy_verified", stopping)
    taken, files = _take(tmp_path, card, stop)
    assert taken.trouble is None
    assert len(files) < 6
    lying = [path for path in (tmp_path / "originals").rglob("*") if path.is_file()]
    assert sorted(map(str, lying)) == sorted(file.stored_path for file in files)


def test_one_reads_while_others_are_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is read from the card while another one is, and one is read while an earlier one is not yet done."""
    card = _card(tmp_path, ["0.JPG", "1.JPG"])
    second_is_read, flush, read_into = threading.Event(), copying._flush, copying._read_into
    reading = threading.Lock()

    def read_alone(source: Path, partial: Path, *words: object) -> str:
        assert reading.acquire(blocking=False), "two files were read at the same time"
        digest = read_into(source, partial, *words)  # type: ignore[arg-type]
        reading.release()
        if source.name == "1.JPG":
            second_is_read.set()
        return digest

    def flush_late(partial: Path) -> None:
        if ".0.JPG." in partial.name:
            assert second_is_read.wait(30), "the second had to wait for the first"
        flush(partial)

    monkeypatch.setattr(copying, "_flush", flush_late)
    monkeypatch.setattr(copying, "_read_into", read_alone)
    taken, files = _take(tmp_path, card)
    assert (len(files), taken.trouble) == (2, None)
