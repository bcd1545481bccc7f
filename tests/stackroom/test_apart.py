"""Work in a process of its own: what it makes, says and dies of."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from develop.errors import UnreadablePicture
from stackroom import seeing
from stackroom.apart import Progress, run_apart
from stackroom.errors import WorkerCrashed, WorkFailed
from tests.develop.made_pictures import scene


def _doubles(number: int, progress: Progress) -> int:
    progress("counting", 1, 2)
    return 2 * number


def _fails(path: Path, progress: Progress) -> int:
    raise UnreadablePicture(path, "it ends too early")


def _crashes(number: int, progress: Progress) -> int:
    os.kill(os.getpid(), signal.SIGSEGV)
    return number


def _breaks(number: int, progress: Progress) -> float:
    return 1 / number


def _says(heard: list[tuple[str, int, int]]) -> Progress:
    return lambda stage, done, total: heard.append((stage, done, total))


def test_the_result_and_the_progress_come_back() -> None:
    heard: list[tuple[str, int, int]] = []
    assert run_apart(_doubles, 21, _says(heard)) == 42
    assert heard == [("counting", 1, 2)]


def test_a_clear_error_stays_one_clear_line() -> None:
    with pytest.raises(WorkFailed, match=r"^/card/IMG_1\.DNG: cannot be read \(it ends too early\); copy it"):
        run_apart(_fails, Path("/card/IMG_1.DNG"), _says([]))


def test_a_crash_ends_that_process_only() -> None:
    with pytest.raises(WorkerCrashed, match="signal 11"):
        run_apart(_crashes, 1, _says([]))


def test_a_defect_keeps_its_traceback() -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        run_apart(_breaks, 0, _says([]))


def test_pictures_that_can_be_read_or_are_refused_crash_nothing(tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(scene().pixels).save(tmp_path / "a.png")
    (tmp_path / "b.jpg").write_bytes(b"no picture")
    assert seeing.crashing([tmp_path / "a.png", tmp_path / "b.jpg", tmp_path / "none.dng"]) is None


def _dies(path: str) -> None:
    if path.endswith("b.dng"):
        os.kill(os.getpid(), signal.SIGSEGV)


def test_the_picture_that_crashes_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeing, "_decode", _dies)
    assert seeing.crashing([Path("a.dng"), Path("b.dng"), Path("c.dng")]) == Path("b.dng")
