"""A copy is whole and right or not there at all, and an original is only ever read."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import copying
from catalog.errors import CopyDiffers, CopyStopped, SourceChanged

PICTURE = bytes(range(256)) * 2000
"""Half a megabyte: more than both ends that a signature reads."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "card" / "IMG_0001.CR3"
    path.parent.mkdir()
    path.write_bytes(PICTURE)
    os.utime(path, ns=(1_700_000_000_000_000_000, 1_700_000_000_123_000_000))
    return path


def _parts(folder: Path) -> list[Path]:
    return list(folder.rglob(f"*{copying.PART_SUFFIX}"))


def test_a_copy_is_the_same_and_the_source_untouched(tmp_path: Path, source: Path) -> None:
    before = source.stat()
    copied = copying.copy_verified(source, tmp_path / "library" / "2026" / "IMG_0001.CR3")
    assert copied.path.read_bytes() == PICTURE
    assert (copied.size, copied.digest) == (len(PICTURE), copying.digest_file(source))
    after = source.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_mode) == (before.st_size, before.st_mtime_ns, before.st_mode)
    assert copied.path.stat().st_mtime_ns == before.st_mtime_ns
    assert not _parts(tmp_path)


def test_an_equal_file_in_its_place_is_taken_as_the_copy(tmp_path: Path, source: Path) -> None:
    target = tmp_path / "library" / "IMG_0001.CR3"
    copying.copy_verified(source, target)
    inode = target.stat().st_ino
    copied = copying.copy_verified(source, target)
    assert (copied.path, target.stat().st_ino) == (target, inode)
    assert not _parts(tmp_path)


@pytest.mark.parametrize("links", [True, False], ids=["with hard links", "without"])
def test_another_picture_is_never_replaced(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:
        _refuse_links(monkeypatch)
    target = tmp_path / "IMG_0001.CR3"
    target.write_bytes(b"another picture")
    with pytest.raises(FileExistsError):
        copying.copy_verified(source, target)
    assert target.read_bytes() == b"another picture"
    assert not _parts(tmp_path)


def _refuse_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_source: Path, _target: Path) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", refuse)


def test_a_disk_without_hard_links_does(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _refuse_links(monkeypatch)
    target = tmp_path / "library" / "IMG_0001.CR3"
    for _ in range(2):
        assert copying.copy_verified(source, target).path.read_bytes() == PICTURE
    assert not _parts(tmp_path)


def test_a_read_only_original_can_be_copied(tmp_path: Path, source: Path) -> None:
    source.chmod(0o444)
    assert copying.copy_verified(source, tmp_path / "library" / "a.CR3").size == len(PICTURE)
    assert not _parts(tmp_path)


@pytest.mark.parametrize("change", ["grows", "is touched"])
def test_a_source_that_changes_meanwhile_is_refused(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    read_into = copying._read_into

    def meanwhile(path: Path, partial: Path, stop: Callable[[], bool]) -> str:
        digest = read_into(path, partial, stop)
        if change == "grows":
            path.write_bytes(PICTURE + b"more")
        os.utime(path, ns=(2, 2))
        return digest

    monkeypatch.setattr(copying, "_read_into", meanwhile)
    with pytest.raises(SourceChanged, match=r"IMG_0001\.CR3: changed while it was read"):
        copying.copy_verified(source, tmp_path / "library" / "a.CR3")
    assert [path for path in (tmp_path / "library").rglob("*") if path.is_file()] == []


def test_a_copy_is_given_up_in_its_middle_when_told(tmp_path: Path, source: Path) -> None:
    with pytest.raises(CopyStopped, match=r"IMG_0001\.CR3: its copy was given up"):
        copying.copy_verified(source, tmp_path / "library" / "a.CR3", lambda: True)
    assert [path for path in (tmp_path / "library").rglob("*") if path.is_file()] == []


def test_a_disk_that_writes_something_else_is_found_out(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_into = copying._read_into

    def with_a_bad_block(path: Path, partial: Path, stop: Callable[[], bool]) -> str:
        digest = read_into(path, partial, stop)
        with partial.open("rb+") as file:
            file.seek(1000)
            file.write(b"x")
        return digest

    monkeypatch.setattr(copying, "_read_into", with_a_bad_block)
    with pytest.raises(CopyDiffers, match="reads back differently"):
        copying.copy_verified(source, tmp_path / "library" / "a.CR3")
    assert [path for path in (tmp_path / "library").rglob("*") if path.is_file()] == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_leaves_nothing(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def on_a_full_disk(path: Path, mode: str = "r", buffering: int = -1) -> object:
        if mode != "xb":
            return opened(path, mode, buffering)
        path.touch()
        return opened(Path("/dev/full"), "wb", buffering)

    monkeypatch.setattr(Path, "open", on_a_full_disk)
    with pytest.raises(OSError, match="No space left"):
        copying.copy_verified(source, tmp_path / "library" / "a.CR3")
    assert [path for path in (tmp_path / "library").rglob("*") if path.is_file()] == []


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_equal_contents_have_equal_signatures(
    tmp_path_factory: pytest.TempPathFactory, first: bytes, second: bytes
) -> None:
    folder = tmp_path_factory.mktemp("pair")
    one, two = folder / "one", folder / "two"
    one.write_bytes(first)
    two.write_bytes(second)
    # These are shorter than what a signature reads, so it tells all of them apart.
    assert (copying.signature(one) == copying.signature(two)) == (first == second)
    assert (copying.digest_file(one) == copying.digest_file(two)) == (first == second)


def test_a_signature_sees_both_ends(tmp_path: Path, source: Path) -> None:
    signatures = {copying.signature(source)}
    for at in (0, len(PICTURE) - 1):
        other = bytearray(PICTURE)
        other[at] ^= 1
        (tmp_path / "other").write_bytes(other)
        signatures.add(copying.signature(tmp_path / "other"))
    assert len(signatures) == 3


def test_what_dead_copies_left_is_swept_and_nothing_else(tmp_path: Path, source: Path) -> None:
    left = tmp_path / "library" / "deep" / f".123-abc{copying.PART_SUFFIX}"
    left.parent.mkdir(parents=True)
    left.touch()
    copied = copying.copy_verified(source, tmp_path / "library" / "a.CR3")
    assert copying.sweep_parts(tmp_path / "library") == 1
    assert not left.exists()
    assert copied.path.exists()


CUT = """
import os, signal, sys
from pathlib import Path
from catalog import copying
from develop.codecs import atomic
step, source, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
module = copying if hasattr(copying, step) else atomic
kept = getattr(module, step)
def cut(*arguments):
    if sys.argv[4] == "after":
        kept(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(module, step, cut)
copying.copy_verified(source, target)
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["_read_into", "_flush", "digest_file", "_place", "_sync", "_sync_folder"])
def test_killed_anywhere_the_next_copy_is_as_if_nothing_had_happened(
    tmp_path: Path, source: Path, step: str, when: str
) -> None:
    target = tmp_path / "library" / "IMG_0001.CR3"
    done = subprocess.run([sys.executable, "-c", CUT, step, str(source), str(target), when], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not target.exists() or target.read_bytes() == PICTURE
    copying.copy_verified(source, target)
    copying.sweep_parts(tmp_path / "library")
    assert [path for path in (tmp_path / "library").rglob("*") if path.is_file()] == [target]
    assert target.read_bytes() == PICTURE
