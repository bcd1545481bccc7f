"""A library on a network share is noticed, also where a path leads there through a link."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.volumes import network_filesystem


def _table(folder: Path, *mounts: tuple[str, str]) -> Path:
    lines = [f"36 35 98:0 / {point} rw,noatime master:1 - {kind} source rw" for point, kind in mounts]
    path = folder / "mountinfo"
    path.write_text("\n".join(["a line that means nothing", *lines]), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/mnt/nas/library", "nfs4"),
        ("/mnt/nas/local/library", None),
        ("/mnt/nas2", None),
        ("/mnt/my photos/2026", "cifs"),
        ("/home/me", None),
    ],
)
def test_the_nearest_mount_counts(tmp_path: Path, place: str, kind: str | None) -> None:
    mounts = _table(
        tmp_path, ("/", "ext4"), ("/mnt/nas", "nfs4"), ("/mnt/nas/local", "xfs"), (r"/mnt/my\040photos", "cifs")
    )
    assert network_filesystem(Path(place), mounts=mounts) == kind


def test_the_later_of_two_mounts_in_one_place_counts(tmp_path: Path) -> None:
    mounts = _table(tmp_path, ("/", "ext4"), ("/data", "nfs"), ("/data", "ext4"))
    assert network_filesystem(Path("/data/library"), mounts=mounts) is None


def test_a_link_is_followed(tmp_path: Path) -> None:
    real, link = tmp_path / "share", tmp_path / "library"
    real.mkdir()
    link.symlink_to(real)
    mounts = _table(tmp_path, ("/", "ext4"), (str(real.resolve()), "fuse.sshfs"))
    assert network_filesystem(link, mounts=mounts) == "fuse.sshfs"


def test_where_nobody_says_nothing_is_claimed(tmp_path: Path) -> None:
    assert network_filesystem(tmp_path, mounts=tmp_path / "nothing") is None
