"""Which files of a folder `fuse` takes, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackroom.errors import NothingToDo
from stackroom.fuse_request import expand


def test_a_folder_gives_its_pictures_by_number_and_what_links_lead_to(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "stack", tmp_path / "elsewhere"
    (folder / "deeper.jpg").mkdir(parents=True)
    elsewhere.mkdir()
    for name in ("step10.jpg", "step9.JPG", "._step9.jpg", "notes.txt"):
        (folder / name).touch()
    (elsewhere / "first.tif").touch()
    (folder / "step1.tif").symlink_to(elsewhere / "first.tif")
    (folder / "step2.tif").symlink_to(elsewhere / "gone.tif")
    assert [path.name for path in expand([folder])] == ["step1.tif", "step9.JPG", "step10.jpg"]


def test_files_keep_the_order_they_are_named_in(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.jpg"):
        (tmp_path / name).touch()
    assert [path.name for path in expand([tmp_path / "b.jpg", tmp_path / "a.jpg"])] == ["b.jpg", "a.jpg"]


def test_a_folder_without_pictures_is_told(tmp_path: Path) -> None:
    with pytest.raises(NothingToDo, match="no pictures there"):
        expand([tmp_path])
