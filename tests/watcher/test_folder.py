"""Scanning: what is a picture, what is listed, what is passed over."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from watcher import errors, folder


def _touch(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_finds_pictures_in_nested_folders_in_a_stable_order(tmp_path: Path) -> None:
    for name in ("DCIM/101CANON/IMG_0001.JPG", "DCIM/100CANON/IMG_9999.CR3", "DCIM/100CANON/IMG_9998.jpg"):
        _touch(tmp_path / name)
    found = [str(f.path.relative_to(tmp_path)) for f in folder.scan([tmp_path]).pictures]
    assert found == ["DCIM/100CANON/IMG_9998.jpg", "DCIM/100CANON/IMG_9999.CR3", "DCIM/101CANON/IMG_0001.JPG"]


def test_the_plain_name_comes_before_its_numbered_copy(tmp_path: Path) -> None:
    _touch(tmp_path / "IMG_1 (1).JPG")
    _touch(tmp_path / "IMG_1.JPG")
    assert [f.path.name for f in folder.scan([tmp_path]).pictures] == ["IMG_1.JPG", "IMG_1 (1).JPG"]


@pytest.mark.parametrize(
    "name",
    [
        "._IMG_1.JPG", ".Trashes/501/IMG_1.JPG", "Thumbs.db", "IMG_1.JPG.part", "IMG_1.JPG~", "@eaDir/IMG_1.JPG",
        ".IMG_1.JPG.12-3.stackroom-part", "IMG_1.XMP", "IMG_1.THM", "AUTPRINT.MRK", "M0100.CTG", "$RECYCLE.BIN/a.jpg",
    ],
)  # fmt: skip
def test_bookkeeping_and_unfinished_files_are_not_even_listed(tmp_path: Path, name: str) -> None:
    _touch(tmp_path / name)
    assert folder.scan([tmp_path]) == folder.Scan((), ())


def test_a_video_is_listed_so_that_nobody_clears_the_card(tmp_path: Path) -> None:
    _touch(tmp_path / "DSC_1.MOV")
    _touch(tmp_path / "notes.pdf")
    reasons = {path.name: reason for path, reason in folder.scan([tmp_path]).others}
    assert "video" in reasons["DSC_1.MOV"]
    assert "not a picture" in reasons["notes.pdf"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    _touch(tmp_path / "real/IMG_1.JPG")
    (tmp_path / "real/loop").symlink_to(tmp_path / "real", target_is_directory=True)
    (tmp_path / "real/IMG_2.JPG").symlink_to(tmp_path / "real/IMG_1.JPG")
    seen = folder.scan([tmp_path])
    assert [f.path.name for f in seen.pictures] == ["IMG_1.JPG"]
    assert [path.name for path, _ in seen.others] == ["IMG_2.JPG"]


def test_our_own_outputs_are_left_out(tmp_path: Path) -> None:
    _touch(tmp_path / "IMG_1.JPG")
    _touch(tmp_path / "out/stack.jpg")
    seen = folder.scan([tmp_path], exclude=[tmp_path / "out"])
    assert [f.path.name for f in seen.pictures] == ["IMG_1.JPG"]


def test_a_file_below_two_roots_is_seen_once(tmp_path: Path) -> None:
    _touch(tmp_path / "a/IMG_1.JPG")
    assert len(folder.scan([tmp_path, tmp_path / "a"]).pictures) == 1


def test_odd_names_survive(tmp_path: Path) -> None:
    names = ["line\nbreak.jpg", "😀.jpg", "x" * 251 + ".jpg", "ümlaut.JPG"]
    for name in names:
        _touch(tmp_path / name)
    assert {f.path.name for f in folder.scan([tmp_path]).pictures} == set(names)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_no_text_is_listed_as_far_as_it_can_be_shown(tmp_path: Path) -> None:
    _touch(tmp_path / os.fsdecode(b"bad\xff.JPG"))
    _touch(tmp_path / os.fsdecode(b"dir\xe9") / "IMG_1.JPG")
    seen = folder.scan([tmp_path])
    assert seen.pictures == ()
    assert [(path.name, reason) for path, reason in seen.others] == [
        ("bad\N{REPLACEMENT CHARACTER}.JPG", "its name is not UTF-8 text: rename it"),
        ("dir\N{REPLACEMENT CHARACTER}", "its name is not UTF-8 text: rename it"),
    ]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(errors.FolderMissing, match="a file, not a folder"):
        folder.scan([_touch(tmp_path / "IMG_1.JPG")])


def test_a_missing_folder_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(errors.FolderMissing, match="no such folder"):
        folder.scan([tmp_path / "gone"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_listed(tmp_path: Path) -> None:
    _touch(tmp_path / "closed/IMG_1.JPG")
    (tmp_path / "closed").chmod(0)
    try:
        assert "cannot be read" in folder.scan([tmp_path]).others[0][1]
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_files_that_are_named_are_judged_like_those_that_are_found(tmp_path: Path) -> None:
    picture, film, link = tmp_path / "IMG_1.JPG", tmp_path / "MVI_2.MP4", tmp_path / "IMG_3.JPG"
    picture.write_bytes(b"picture")
    film.write_bytes(b"film")
    link.symlink_to(picture)
    seen = folder.look_at([picture, film, link])
    assert [found.path for found in seen.pictures] == [picture.resolve()]
    assert seen.pictures == folder.scan([tmp_path]).pictures
    assert [path.name for path, _ in seen.others] == ["IMG_3.JPG", "MVI_2.MP4"]
    with pytest.raises(errors.FolderMissing):
        folder.look_at([tmp_path / "IMG_4.JPG"])
