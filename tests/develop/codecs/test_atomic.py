from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from develop.codecs import atomic
from develop.errors import WriteError


def test_the_file_takes_its_place_whole(tmp_path: Path) -> None:
    target = tmp_path / "new" / "a.tif"
    with atomic.write_beside(target) as partial:
        partial.write_bytes(b"abc")
        assert partial.parent == target.parent
        assert not target.exists()
    assert target.read_bytes() == b"abc"
    assert [path.name for path in target.parent.iterdir()] == ["a.tif"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.tif"
    target.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), atomic.write_beside(target) as partial:
        partial.write_bytes(b"half")
        raise ZeroDivisionError
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_two_writers_of_one_target_do_not_meet(tmp_path: Path) -> None:
    target = tmp_path / "a.tif"
    with atomic.write_beside(target) as one, atomic.write_beside(target) as other:
        assert one != other
        one.write_bytes(b"1")
        other.write_bytes(b"2")
    assert target.read_bytes() == b"1"


@pytest.mark.parametrize(
    ("code", "words"),
    [(errno.ENOSPC, "disk is full"), (errno.EROFS, "read-only"), (errno.EACCES, "permission denied")],
)
def test_what_the_disk_refuses_is_said_in_words(tmp_path: Path, code: int, words: str) -> None:
    target = tmp_path / "a.tif"
    with pytest.raises(WriteError, match=words) as caught, atomic.write_beside(target) as partial:
        partial.write_bytes(b"half")
        raise OSError(code, os.strerror(code))
    assert str(target) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_really_full_disk(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full on this system")
    with pytest.raises(WriteError, match="disk is full"), atomic.write_beside(tmp_path / "never.bin") as partial:
        partial.unlink(missing_ok=True)
        partial.symlink_to(full)
        with partial.open("wb", buffering=0) as file:
            file.write(b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(WriteError), atomic.write_beside(tmp_path / "a" / "b.tif"):
        pass


def test_a_long_name_still_has_room_for_the_temporary_one(tmp_path: Path) -> None:
    target = tmp_path / ("ä" * 120 + ".tif")
    with atomic.write_beside(target) as partial:
        partial.write_bytes(b"x")
    assert target.exists()


def test_sweep_removes_what_a_killed_process_left_and_spares_the_living(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from develop.codecs import atomic\n"
        "with atomic.write_beside(Path(sys.argv[1])) as p:\n"
        "    p.write_bytes(b'half'); print('ready', flush=True); time.sleep(60)\n"
    )
    target = tmp_path / "stack.tif"
    with subprocess.Popen([sys.executable, "-c", code, str(target)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        assert atomic.sweep(tmp_path) == 0
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert len(list(tmp_path.iterdir())) == 1
    assert atomic.sweep(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


def test_sweep_leaves_files_of_others_alone(tmp_path: Path) -> None:
    for name in (".a.tif.part", "a.stackroom-part", ".hidden.stackroom-part", ".x.y-1.stackroom-part"):
        (tmp_path / name).write_bytes(b"")
    assert atomic.sweep(tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 4


def test_sweep_spares_what_this_process_is_writing(tmp_path: Path) -> None:
    with atomic.write_beside(tmp_path / "a.tif") as partial:
        partial.write_bytes(b"x")
        assert atomic.sweep(tmp_path) == 0
    assert (tmp_path / "a.tif").read_bytes() == b"x"


def test_sweep_gives_another_machine_a_day(tmp_path: Path) -> None:
    part = tmp_path / f".a.tif.othernas-1-0{atomic.PART_SUFFIX}"
    part.write_bytes(b"x")
    assert atomic.sweep(tmp_path) == 0
    long_ago = part.stat().st_mtime - 2 * 24 * 3600
    os.utime(part, (long_ago, long_ago))
    assert atomic.sweep(tmp_path) == 1


@pytest.mark.skipif(not hasattr(os, "waitid"), reason="needs waitid")
def test_what_a_process_left_that_nobody_has_buried_is_swept(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        left = tmp_path / f".picture.jpg.{atomic._HOST}-{ended.pid}-0{atomic.PART_SUFFIX}"
        left.touch()
        assert atomic.sweep(tmp_path) == 1
    assert not left.exists()
