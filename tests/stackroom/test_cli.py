"""The command line as a process sees it: exit codes, one-line errors, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stackroom import here


def run(*words: str, library: Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own."""
    environment = {**os.environ, "STACKROOM_LIBRARY": str(library), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "stackroom", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=timeout, check=False)


def _is_one_clear_line(text: str) -> bool:
    lines = text.strip().splitlines()
    return len(lines) == 1 and lines[0].startswith("stackroom: ") and "Traceback" not in text


def test_version(tmp_path: Path) -> None:
    done = run("--version", library=tmp_path)
    assert (done.returncode, done.stdout.split()[0]) == (0, "stackroom")


def test_every_command_is_in_the_help_with_its_sentence_whole(tmp_path: Path) -> None:
    done = here.run("--help", library=tmp_path)
    assert done.returncode == 0
    for command in ("watch", "import", "sequences", "sync", "stack", "fuse", "export", "status", "list", "undo"):
        assert f"\n  {command} " in done.stdout
    assert "..." not in done.stdout.partition("Options:")[2]


def test_help_says_the_defaults_and_what_a_value_is(tmp_path: Path) -> None:
    told = " ".join(here.run("watch", "--help", library=tmp_path).stdout.split())
    assert "[default: stacks in the library]" in told
    assert "--method METHOD" in told
    assert "<" not in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("wach",), "did you mean watch?"),
        (("sequences", "shw"), "did you mean 'show'?"),
        (("stack", "one"), "a whole number is wanted"),
        (("stack", "1", "--slab", "3"), "--slab is for files of layers"),
        (("stack", "1", "--slab", "-1"), "at least 0 (stackroom stack --help)"),
        (("status", "--library", "there"), "stackroom --library DIR status ..."),
    ],
)
def test_a_wrong_word_is_a_usage_error_in_one_line(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    done = here.run(*words, library=tmp_path)
    assert done.returncode == 2
    assert _is_one_clear_line(done.stderr), done.stderr
    assert told in done.stderr


@pytest.mark.parametrize("words", [("status",), ("list",), ("sequences", "list"), ("undo",), ("check",)])
def test_an_empty_library_is_said_in_one_line(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = here.run(*words, library=tmp_path / "none")
    assert done.returncode == 1
    assert _is_one_clear_line(done.stderr), done.stderr
    assert not (tmp_path / "none").exists(), "looking must not make a library"


def test_a_missing_folder(tmp_path: Path) -> None:
    done = here.run("watch", str(tmp_path / "gone"), "--once", library=tmp_path / "lib")
    assert done.returncode == 1
    assert "no such folder" in done.stderr
    assert _is_one_clear_line(done.stderr)


def test_an_empty_folder_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "card").mkdir()
    done = run("watch", str(tmp_path / "card"), "--once", "--json", library=tmp_path / "lib")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["captures"], result["sequences"], result["skipped"]) == (0, [], [])


def test_a_library_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "card").mkdir()
    (tmp_path / "lib").write_text("not a folder")
    done = here.run("watch", str(tmp_path / "card"), "--once", library=tmp_path / "lib")
    assert done.returncode == 1
    assert _is_one_clear_line(done.stderr)
    assert "it is a file, not a folder" in done.stderr


def test_a_catalog_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/catalog.sqlite").write_text("this is no database, it is a text of some length" * 50)
    done = here.run("status", library=tmp_path / "lib")
    assert done.returncode == 1
    assert _is_one_clear_line(done.stderr)
    assert "damaged" in done.stderr


def test_an_unknown_preset_names_those_there_are(tmp_path: Path) -> None:
    (tmp_path / "card").mkdir()
    done = here.run("watch", str(tmp_path / "card"), "--once", "--preset", "none such", library=tmp_path / "lib")
    assert done.returncode == 1
    assert _is_one_clear_line(done.stderr)
    assert "neutral" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("export", "--to", "{file}"),
        ("develop", "--sequence", "99", "--set", "exposure=1"),
        ("stack", "99"),
        ("rate", "3", "9" * 30),
    ],
)
def test_what_is_not_there_or_in_the_way_is_said_in_one_line(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "card").mkdir()
    (tmp_path / "file").write_text("somebody's")
    assert here.run("import", str(tmp_path / "card"), library=tmp_path / "lib").returncode == 0
    done = here.run(*(word.format(file=tmp_path / "file") for word in words), library=tmp_path / "lib")
    assert done.returncode == 1
    assert _is_one_clear_line(done.stderr), done.stderr
    assert any(told in done.stderr for told in ("99: not in the catalog", "a file, not a folder", "so large a number"))


def test_fuse_says_what_is_missing(tmp_path: Path) -> None:
    done = run("fuse", str(tmp_path / "none.jpg"), "-o", str(tmp_path / "out.png"), library=tmp_path / "lib")
    assert done.returncode == 1
    assert _is_one_clear_line(done.stderr)


def test_fuse_of_a_damaged_file_names_it_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    done = run("fuse", str(tmp_path / "a.jpg"), "-o", str(tmp_path / "out.png"), library=tmp_path / "lib")
    assert done.returncode == 1
    assert _is_one_clear_line(done.stderr)
    assert "a.jpg" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jpg"]


def test_closed_streams_are_no_bug(tmp_path: Path) -> None:
    program = f"exec {sys.executable} -m stackroom --library {tmp_path / 'none'} status <&- >&-"
    done = subprocess.run(["sh", "-c", program], stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert _is_one_clear_line(done.stderr), done.stderr


def test_a_bug_leaves_a_report_and_one_line(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "site").mkdir()
    # A library of ours that breaks: put in front of the real one for this process alone.
    (tmp_path / "site/broken_part.py").write_text(
        "import catalog.queries\n"
        "def broken(session):\n    raise RuntimeError('boom')\n"
        "catalog.queries.counts = broken\n"
    )
    (tmp_path / "card").mkdir()
    assert here.run("import", str(tmp_path / "card"), library=tmp_path / "lib").returncode == 0
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "STACKROOM_LIBRARY": str(tmp_path / "lib")}
    code = "import broken_part; from stackroom.entry import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "status"], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 3
    assert _is_one_clear_line(done.stderr), done.stderr
    [report] = (tmp_path / "lib/logs").glob("*.log")
    assert "boom" in report.read_text()


def test_the_command_line_loads_no_pixels_before_a_command_needs_them() -> None:
    """A daemon that has never loaded a decoder cannot be crashed by one, and starts at once."""
    program = "import sys, stackroom.cli; print([m for m in ('numpy', 'cv2', 'PIL', 'rawpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
